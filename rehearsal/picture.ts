/**
 * A rehearsal as one picture: the slots, the update over time, and every point.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { drawPoints } from "./picture_points.ts";
import { drawSlots } from "./picture_slots.ts";
import { COLORS, formatTime, MARGIN, type Panel, PATTERNS, WIDTH } from "./picture_style.ts";
import { drawTimeLine } from "./picture_time_line.ts";
import type { RehearsalReport } from "./report.ts";
import { element, text } from "./svg.ts";

const GAP = 34;
const HEAD_HEIGHT = 74;
const FOOT_HEIGHT = 24;

/**
 * Draws a report: an SVG of 1200 units across, readable when printed, dark differing from light where colours differ.
 *
 * @param report The report.
 * @returns An SVG document; the same for the same report.
 *
 * @example A picture beside the report
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
 * import { drawRehearsal, rehearse } from "@coreslot/coreslot/rehearsal";
 *
 * const layout = findLayout("stm32f411");
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const images = [{ core: "CM4" as const, image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }];
 * const { bundle } = await packBundle({ layout, images, version: "1.0.0", counter: 1, product: "fan", key });
 * const report = await rehearse(bundle, { layout, keys: [key.publicKey], transport: "direct" });
 * console.assert(drawRehearsal(report).startsWith("<svg "));
 * ```
 */
export function drawRehearsal(report: RehearsalReport): string {
  const panels: readonly ((report: RehearsalReport, y: number) => Panel)[] = [drawSlots, drawTimeLine, drawPoints];
  const parts: string[] = [];
  let y = HEAD_HEIGHT;
  for (const draw of panels) {
    const panel = draw(report, y + GAP);
    parts.push(panel.svg);
    y = panel.bottom;
  }
  const height = y + GAP + FOOT_HEIGHT;
  const root = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${WIDTH} ${Math.ceil(height)}`,
    width: WIDTH,
    height: Math.ceil(height),
    "font-family": "Helvetica, Arial, sans-serif",
    "font-size": 12,
    fill: COLORS.ink,
  };
  const background = element("rect", { width: WIDTH, height: Math.ceil(height), fill: "#ffffff" });
  return `${element("svg", root, [PATTERNS, background, drawHead(report), ...parts, drawFoot(report, y + GAP)])}\n`;
}

function drawHead(report: RehearsalReport): string {
  const { from, to, part, layout, policy, transport, verdict, isProven } = report;
  const update = from === null ? `${to.version} onto an empty device` : `${from.version} to ${to.version}`;
  const facts = `${part}, layout ${layout}, policy ${policy}, over ${transport.name} (${transport.wire})`;
  return [
    text({ x: MARGIN, y: 34 }, `Rehearsal of an update: ${update}`, { "font-size": 22, "font-weight": "bold" }),
    text({ x: MARGIN, y: 55 }, facts, { fill: COLORS.faint }),
    text({ x: MARGIN, y: 77 }, `${isProven ? "" : "NOT PROVEN: "}${verdict}`, {
      "font-weight": "bold",
      "font-size": 14,
      fill: isProven ? COLORS.ink : COLORS.failed,
    }),
  ].join("");
}

function drawFoot(report: RehearsalReport, y: number): string {
  const { times, operations: { staging, install }, seed, flashTimes, counts } = report;
  const eraseCount = staging.eraseCount + install.eraseCount;
  const programCount = staging.programCount + install.programCount;
  const line =
    `Without faults: ${eraseCount} erases, ${programCount} program operations, ${formatTime(times.totalMs)} ` +
    `with ${flashTimes} flash times; computing takes no time. Points: ${counts.enumeratedCount} enumerated, ` +
    `${counts.sampledCount} sampled (seed ${seed})${counts.givenCount > 0 ? `, ${counts.givenCount} given` : ""}.`;
  return text({ x: MARGIN, y }, line, { fill: COLORS.faint });
}
