/**
 * The update without faults over time: a row for each slot.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../core/mod.ts";
import { CAPTION, COLORS, formatTime, MARGIN, type Panel, ROWS_LEFT, ROWS_RIGHT, tickOf } from "./picture_style.ts";
import type { RehearsalReport, ReportedStretch } from "./report.ts";
import { element, rectangle, text } from "./svg.ts";

const ROW_HEIGHT = 20;
const BAND_HEIGHT = 18;

interface TimeAxis {
  readonly xOf: (atMs: number) => number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Draws the time line.
 *
 * @param report The report.
 * @param y Where to begin.
 * @returns The panel.
 */
export function drawTimeLine(report: RehearsalReport, y: number): Panel {
  const { times, timeLine, areas } = report;
  const totalMs = Math.max(times.totalMs, 0.001);
  const xOf = (atMs: number) => ROWS_LEFT + atMs * (ROWS_RIGHT - ROWS_LEFT) / totalMs;
  const bandTop = y + 20;
  const top = bandTop + BAND_HEIGHT + 4;
  // What is written first stands first: B, then A.
  const rows = areas.filter(({ slot }) => slot !== null)
    .toSorted((a, b) => (a.slot === b.slot ? 0 : a.slot === "B" ? -1 : 1));
  const bottom = top + rows.length * (ROW_HEIGHT + 4);
  const axis: TimeAxis = { xOf, top: bandTop, bottom };
  const drawn = rows.map(({ owner, slot }, nth) => {
    const rowTop = top + nth * (ROW_HEIGHT + 4);
    const stretches = timeLine.filter((stretch) => stretch.core === owner && stretch.slot === slot);
    return [
      text({ x: ROWS_LEFT - 8, y: rowTop + 14 }, `${owner} ${slot}`, { "text-anchor": "end" }),
      rectangle({ x: ROWS_LEFT, y: rowTop, width: ROWS_RIGHT - ROWS_LEFT, height: ROW_HEIGHT }, { fill: "#f5f6f8" }),
      ...stretches.map((stretch) => drawStretch(stretch, axis, rowTop)),
    ].join("");
  });
  return {
    svg: [
      text({ x: MARGIN, y: y + 8 }, "The update without faults", CAPTION),
      drawKey(MARGIN + 230, y + 8),
      ...drawBands(report, axis),
      ...drawn,
      ...drawVerifications(report, axis),
      ...drawTicks(totalMs, axis),
    ].join(""),
    bottom: bottom + 18,
  };
}

function drawStretch(stretch: ReportedStretch, { xOf }: TimeAxis, y: number): string {
  const { kind, part, startMs, endMs, addressStart, addressEnd, count, operation } = stretch;
  const x = xOf(startMs);
  const what = kind === "erase" ? "erase" : `program ${part}`;
  const words = `${what}, ${formatAddress(addressStart)} to ${formatAddress(addressEnd)}, ` +
    `${count} operations from ${operation} on, ${formatTime(startMs)} to ${formatTime(endMs)}`;
  const isMark = kind === "program" && part !== "payload";
  const fill = kind === "erase"
    ? "url(#erase)"
    : part === "payload"
    ? COLORS.program
    : part === "header"
    ? COLORS.header
    : COLORS.commit;
  const width = Math.max(isMark ? 2.5 : 0.8, xOf(endMs) - x);
  // Headers and commit words follow each other at once: one stands above the other, or only the last would be seen.
  const half = ROW_HEIGHT / 2;
  const box = isMark
    ? { x: x - 1, y: part === "header" ? y : y + half, width, height: half }
    : { x, y, width, height: ROW_HEIGHT };
  return rectangle(box, { fill, stroke: kind === "erase" ? COLORS.erase : undefined, "stroke-width": 0.5 }, words);
}

function drawBands({ times }: RehearsalReport, { xOf, top }: TimeAxis): string[] {
  const bands = [
    { name: "staging", durationMs: times.stagingMs, fill: COLORS.slotB },
    { name: "install (copy)", durationMs: times.installMs, fill: COLORS.slotA },
    { name: "boot", durationMs: times.bootMs, fill: COLORS.loader },
  ];
  let startMs = 0;
  return bands.filter(({ durationMs }) => durationMs > 0).map(({ name, durationMs, fill }) => {
    const x = xOf(startMs);
    startMs += durationMs;
    const width = xOf(startMs) - x;
    const words = `${name} ${formatTime(durationMs)}`;
    const box = rectangle({ x, y: top, width: Math.max(0.8, width), height: BAND_HEIGHT }, { fill }, words);
    return width < 120 ? box : box + text({ x: x + 6, y: top + 13 }, words);
  });
}

function drawVerifications({ verifications }: RehearsalReport, { xOf, top, bottom }: TimeAxis): string[] {
  return verifications.map(({ phase, startMs, endMs }) => {
    const x = xOf(startMs);
    const y = top + BAND_HEIGHT;
    const box = { x: x - 0.75, y, width: Math.max(1.5, xOf(endMs) - x), height: bottom - y };
    return rectangle(
      box,
      { fill: COLORS.verify, "fill-opacity": 0.45 },
      `verify, ${phase}, ${formatTime(endMs - startMs)}`,
    );
  });
}

function drawTicks(totalMs: number, { xOf, bottom }: TimeAxis): string[] {
  const tick = tickOf(totalMs);
  const ticks: string[] = [];
  for (let nth = 0; nth * tick <= totalMs; nth++) {
    const x = xOf(nth * tick);
    ticks.push(
      element("path", { d: `M${Math.round(x * 100) / 100} ${bottom}v4`, stroke: COLORS.ink }),
      text({ x, y: bottom + 15 }, formatTick(nth * tick), { "text-anchor": "middle", "font-size": 10 }),
    );
  }
  return ticks;
}

function formatTick(atMs: number): string {
  return `${Math.round(atMs * 1000) / 1_000_000} s`;
}

function drawKey(x: number, y: number): string {
  const entries: readonly [string, string][] = [
    ["erase", "url(#erase)"],
    ["program", COLORS.program],
    ["header", COLORS.header],
    ["commit word", COLORS.commit],
    ["verify", COLORS.verify],
  ];
  let left = x;
  return entries.map(([name, fill]) => {
    const at = left;
    left += 30 + name.length * 7;
    return rectangle({ x: at, y: y - 9, width: 12, height: 10 }, { fill }) + text({ x: at + 16, y }, name);
  }).join("");
}
