/**
 * One step on the way into a loader, and how it is written.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, formatHex, parseHex } from "../../core/mod.ts";
import type { PortSignals } from "../../protocols/link/mod.ts";
import {
  BAUD_RATE_MAX,
  BAUD_RATE_MIN,
  formatFraming,
  type Framing,
  isBaudRate,
  parseFraming,
} from "../serial/settings.ts";
import { syntaxError } from "./boot_entry_error.ts";

/** One step on the way into a loader. */
export type BootStep =
  /** Sets lines, all at once. */
  | { readonly kind: "signals"; readonly signals: PortSignals }
  /** Waits, in milliseconds. */
  | { readonly kind: "wait"; readonly durationMs: number }
  /** Changes the rate, in bits a second. */
  | { readonly kind: "baud"; readonly baudRate: number }
  /** Changes the frame. */
  | { readonly kind: "mode"; readonly framing: Required<Framing> }
  /** Sends bytes; `isHex` where they are written in hexadecimal digits even if they are text. */
  | { readonly kind: "send"; readonly bytes: Bytes; readonly isHex?: boolean | undefined }
  /** Reads until bytes come, in milliseconds at most; `isHex` as for those that are sent. */
  | { readonly kind: "expect"; readonly bytes: Bytes; readonly withinMs: number; readonly isHex?: boolean | undefined }
  /** Closes the port, and opens it when it is back, in milliseconds at most. */
  | { readonly kind: "reopen"; readonly withinMs: number };

/** How long an answer may take that says nothing about it. */
const ANSWER_WITHIN_MS = 1000;
/** How long a device on USB may take to come back that says nothing about it: what Arduino's tools allow. */
const RETURN_WITHIN_MS = 10_000;

const SIGNAL_REGEXP = /^(dtr|rts|break)-(on|off)$/;
const WAIT_REGEXP = /^wait-(\d{1,6})$/;
const BAUD_REGEXP = /^baud-(\d{1,9})$/;
const MODE_REGEXP = /^mode-(\w{3})$/;
const SEND_REGEXP = /^send-("[^]*"|\w+)$/;
const EXPECT_REGEXP = /^expect-("[^]*"|\w+)(?:-within-(\d{1,6}))?$/;
const REOPEN_REGEXP = /^reopen(?:-within-(\d{1,6}))?$/;
const TEXT_REGEXP = /^[\t\n\r\x20-\x7e]+$/;

const ADVICE = "Steps are dtr-on, rts-off, break-on (several at once with +), wait-100, baud-1200, mode-8n1, " +
  `send-7f, send-"text", expect-79, expect-"text"-within-500 and reopen`;

/**
 * Parses a step.
 *
 * @param text For example `dtr-on+rts-off`.
 * @returns The step.
 * @throws {BootEntryError} When the text is no step.
 */
export function parseBootStep(text: string): BootStep {
  const [, durationMs] = WAIT_REGEXP.exec(text) ?? [];
  if (durationMs !== undefined) return { kind: "wait", durationMs: Number(durationMs) };
  const [, baudRate] = BAUD_REGEXP.exec(text) ?? [];
  if (baudRate !== undefined) return { kind: "baud", baudRate: parseRate(text, Number(baudRate)) };
  const [, sent] = SEND_REGEXP.exec(text) ?? [];
  if (sent !== undefined) return { kind: "send", ...parseData(sent) };
  const [, expected, answerMs = ANSWER_WITHIN_MS] = EXPECT_REGEXP.exec(text) ?? [];
  if (expected !== undefined) return { kind: "expect", ...parseData(expected), withinMs: Number(answerMs) };
  const [isReopen, returnMs = RETURN_WITHIN_MS] = REOPEN_REGEXP.exec(text) ?? [];
  if (isReopen !== undefined) return { kind: "reopen", withinMs: Number(returnMs) };
  const framing = parseFraming(MODE_REGEXP.exec(text)?.[1] ?? "");
  if (framing !== undefined) return { kind: "mode", framing };
  return { kind: "signals", signals: parseSignals(text) };
}

function parseSignals(text: string): PortSignals {
  const pairs = text.split("+").map((part) => {
    const [, name, state] = SIGNAL_REGEXP.exec(part) ?? [];
    if (name === undefined) throw syntaxError(text, "it is no step", ADVICE);
    return [name, state === "on"] as const;
  });
  const signals: PortSignals = Object.fromEntries(pairs);
  if (Object.keys(signals).length === pairs.length) return signals;
  throw syntaxError(text, "it sets a line twice", "Separate the two with a comma");
}

function parseRate(text: string, baudRate: number): number {
  if (isBaudRate(baudRate)) return baudRate;
  throw syntaxError(text, "there is no such rate", `Write one from ${BAUD_RATE_MIN} to ${BAUD_RATE_MAX}`);
}

function parseData(text: string): { readonly bytes: Bytes; readonly isHex: boolean } {
  const isQuoted = text.startsWith('"');
  try {
    const bytes = isQuoted ? new TextEncoder().encode(JSON.parse(text)) : parseHex(text);
    if (bytes.length > 0) return { bytes, isHex: !isQuoted || !isText(bytes) };
  } catch {
    // Said below.
  }
  throw syntaxError(text, "it holds no bytes", `Write hexadecimal digits, two for a byte, or a text like "ok\\r\\n"`);
}

/**
 * Formats a step as {@linkcode parseBootStep} takes it.
 *
 * @param step The step.
 * @returns Its text.
 */
export function formatBootStep(step: BootStep): string {
  switch (step.kind) {
    case "signals":
      return Object.entries(step.signals).map(([name, isOn]) => `${name}-${isOn ? "on" : "off"}`).join("+");
    case "wait":
      return `wait-${step.durationMs}`;
    case "baud":
      return `baud-${step.baudRate}`;
    case "mode":
      return `mode-${formatFraming(step.framing)}`;
    case "send":
      return `send-${formatData(step.bytes, step)}`;
    case "expect":
      return `expect-${formatData(step.bytes, step)}-within-${step.withinMs}`;
    case "reopen":
      return `reopen-within-${step.withinMs}`;
  }
}

/**
 * Formats bytes as a step has them: as text where they are text, else in hexadecimal digits.
 *
 * @param bytes The bytes.
 * @param step Whether whoever wrote them wrote digits.
 * @returns For example `"ok\r\n"` or `7f00`.
 */
export function formatData(bytes: Bytes, { isHex = false }: { readonly isHex?: boolean | undefined } = {}): string {
  return isHex || !isText(bytes) ? formatHex(bytes) : JSON.stringify(new TextDecoder().decode(bytes));
}

function isText(bytes: Bytes): boolean {
  return TEXT_REGEXP.test(new TextDecoder("latin1").decode(bytes));
}
