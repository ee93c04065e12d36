/**
 * What the reports of all commands are made of: facts in two columns, sizes, digests.
 *
 * @module
 */

import type { KeyType } from "../packager/header.ts";
import type { Style, Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

const THOUSANDS_REGEXP = /\B(?=(?:\d{3})+$)/g;

/** What a command has to say when it is done. */
export interface Report {
  /** For programs: printed as JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly lines: (style: Style) => readonly string[];
  /** For people, in a phrase, where there is one line for each of many devices. */
  readonly summary?: string | undefined;
}

/** Options of {@linkcode printReport}. */
export interface PrintReportOptions {
  /** Whether JSON is wanted. */
  readonly isJson: boolean;
  /**
   * Whether standard output is taken by what the command makes; the report goes to standard error then.
   *
   * @default {false}
   */
  readonly isOutputTaken?: boolean;
}

/**
 * Prints a report.
 *
 * @param terminal Where to.
 * @param report The report.
 * @param options In which form.
 */
export function printReport(terminal: Terminal, report: Report, options: PrintReportOptions): void {
  const { isJson, isOutputTaken = false } = options;
  const print = isOutputTaken ? terminal.printError : terminal.print;
  if (isJson) print(JSON.stringify(report.data, null, 2));
  else print(...report.lines(isOutputTaken ? terminal.errorStyle : terminal.style));
}

/** A name and its value. A fact without a value is left out. */
export type Fact = readonly [name: string, value: string | undefined];

/**
 * Sets facts in two columns.
 *
 * @param facts The facts, in order.
 * @param style How to mark up the names, and where to break.
 * @returns One line a fact, or more where the value is long.
 */
export function formatFacts(facts: readonly Fact[], style: Style): string[] {
  const shown = facts.flatMap(([name, value]) => value === undefined ? [] : [{ name, value }]);
  const width = Math.max(...shown.map(({ name }) => name.length));
  return shown.flatMap(({ name, value }) => {
    const [first = "", ...rest] = wrap(value.split(" "), { lead: " ".repeat(width + 4), columns: style.columns });
    return [`  ${style.faint(name.padEnd(width))}  ${first.trimStart()}`, ...rest];
  });
}

/**
 * Formats a number of bytes exactly, for any locale alike.
 *
 * @param sizeBytes A whole number.
 * @returns For example `45,312 bytes`.
 */
export function formatSize(sizeBytes: number): string {
  return `${groupDigits(sizeBytes)} ${sizeBytes === 1 ? "byte" : "bytes"}`;
}

/**
 * Formats the size of a slot or an area: in KiB where that is exact.
 *
 * @param sizeBytes A whole number.
 * @returns For example `384 KiB`.
 */
export function formatArea(sizeBytes: number): string {
  return sizeBytes % 1024 === 0 ? `${groupDigits(sizeBytes / 1024)} KiB` : formatSize(sizeBytes);
}

/**
 * Groups the digits of a number by thousands.
 *
 * @param value A whole number, 0 or more.
 * @returns For example `45,312`.
 */
export function groupDigits(value: number): string {
  return String(value).replaceAll(THOUSANDS_REGEXP, ",");
}

/**
 * Formats a time that is foretold.
 *
 * @param durationMs Milliseconds.
 * @returns For example `104.8 s`, `35 ms`.
 */
export function formatDuration(durationMs: number): string {
  return durationMs < 1000 ? `${Math.ceil(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
}

/**
 * Formats a share.
 *
 * @param part The part.
 * @param whole The whole, not 0.
 * @returns Per cent with one decimal: `11.5 %`.
 */
export function formatShare(part: number, whole: number): string {
  return `${(100 * part / whole).toFixed(1)} %`;
}

/**
 * Formats 16 bytes as a UUID, the form in which a product id is given.
 *
 * @param hex 32 hexadecimal digits.
 * @returns Groups of 8, 4, 4, 4 and 12 digits.
 */
export function formatUuid(hex: string): string {
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([start, end]) => hex.slice(start, end)).join("-");
}

/** What people call each kind of key. */
export const KEY_TYPE_NAMES: Readonly<Record<KeyType, string>> = { ed25519: "Ed25519", p256: "P-256" };
