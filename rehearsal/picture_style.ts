/**
 * What all parts of the picture share: measures, colours, words.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { element } from "./svg.ts";

/** Width of the picture. */
export const WIDTH = 1200;

/** Free at the left and right. */
export const MARGIN = 40;

/** Where rows begin, right of their captions. */
export const ROWS_LEFT = 165;

/** Where rows end. */
export const ROWS_RIGHT: number = WIDTH - MARGIN;

/** Colours. Those of what booted differ in lightness too, for printers without colour. */
export const COLORS = {
  ink: "#1b1b1f",
  faint: "#5c5f66",
  line: "#b9bcc4",
  loader: "#d7d9de",
  slotA: "#cfe3d4",
  slotB: "#d6e0f2",
  payload: "#7f93ad",
  erase: "#c96f4a",
  program: "#3f6fa8",
  header: "#1f8a5b",
  commit: "#111111",
  verify: "#8a5fb0",
  old: "#3f6fa8",
  new: "#a9d6b0",
  stays: "#f0b93a",
  failed: "#b00020",
  untried: "#eeeeee",
} as const;

/** Erases are hatched: they destroy. */
export const PATTERNS: string = element("defs", {}, [
  element("pattern", { id: "erase", width: 5, height: 5, patternUnits: "userSpaceOnUse" }, [
    element("rect", { width: 5, height: 5, fill: "#f3d5c8" }),
    element("path", { d: "M0 5L5 0", stroke: COLORS.erase, "stroke-width": 1.6 }),
  ]),
]);

/** A part of the picture. */
export interface Panel {
  /** What it shows. */
  readonly svg: string;
  /** Where it ends. */
  readonly bottom: number;
}

/** What a panel is called, over it. */
export const CAPTION: Readonly<Record<string, string | number>> = { "font-size": 14, "font-weight": "bold" };

/** Shades of a recovery's length, light to dark; the last is for the longest. */
export const TIME_SHADES: readonly string[] = ["#f2eef7", "#dacdea", "#b9a3d6", "#8f72bb", "#65479a", "#3d2569"];

/**
 * Formats a time.
 *
 * @param durationMs Milliseconds.
 * @returns Seconds with two digits, or milliseconds below one second.
 */
export function formatTime(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs * 10) / 10} ms` : `${(durationMs / 1000).toFixed(2)} s`;
}

/**
 * Gives the distance of ticks that divides a range into 4 to 10.
 *
 * @param range How far, more than 0.
 * @returns 1, 2 or 5 times a power of ten.
 */
export function tickOf(range: number): number {
  const rough = range / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((step) => step * power >= rough) ?? 10);
}
