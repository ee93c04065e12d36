/**
 * The slots as bars over flash addresses, and how often their sectors are erased.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../core/mod.ts";
import { CAPTION, COLORS, MARGIN, type Panel, ROWS_RIGHT } from "./picture_style.ts";
import type { RehearsalReport, ReportedArea } from "./report.ts";
import { element, rectangle, text } from "./svg.ts";

const BAR_HEIGHT = 46;
const WEAR_HEIGHT = 20;
/** Narrower boxes have no room for words. */
const LABEL_WIDTH_MIN = 54;
const COUNT_WIDTH_MIN = 34;

/**
 * Draws the slots.
 *
 * @param report The report.
 * @param y Where to begin.
 * @returns The panel.
 */
export function drawSlots(report: RehearsalReport, y: number): Panel {
  const { areas, wear } = report;
  const start = areas[0]!.addressStart;
  // The last sector may go on behind the slot.
  const end = Math.max(...[...areas, ...wear].map(({ addressStart, sizeBytes }) => addressStart + sizeBytes));
  const xOf = (address: number) => MARGIN + (address - start) * (ROWS_RIGHT - MARGIN) / (end - start);
  const barTop = y + 22;
  const wearTop = barTop + BAR_HEIGHT + 20;
  const bars = areas.map((area) => drawArea(area, { xOf, y: barTop }));
  return {
    svg: [
      text({ x: MARGIN, y: y + 8 }, "Slots over flash addresses", CAPTION),
      text({ x: MARGIN + 230, y: y + 8 }, "dark: the update's payload; green and black: header and commit word", {
        fill: COLORS.faint,
      }),
      ...bars,
      ...drawWear(report, { xOf, y: wearTop }),
    ].join(""),
    bottom: wearTop + WEAR_HEIGHT + 16,
  };
}

interface AddressAxis {
  readonly xOf: (address: number) => number;
  readonly y: number;
}

function drawArea(area: ReportedArea, { xOf, y }: AddressAxis): string {
  const { owner, slot, addressStart, sizeBytes, payloadSizeBytes } = area;
  const x = xOf(addressStart);
  const width = xOf(addressStart + sizeBytes) - x;
  const box = { x, y, width, height: BAR_HEIGHT };
  const fill = slot === null ? COLORS.loader : slot === "A" ? COLORS.slotA : COLORS.slotB;
  const name = slot === null ? owner : `${owner} ${slot}`;
  const words = `${name}, ${formatAddress(addressStart)}, ${sizeBytes / 1024} KiB, payload ${payloadSizeBytes} bytes`;
  const parts = [rectangle(box, { fill, stroke: COLORS.ink, "stroke-width": 0.8 }, words)];
  if (slot !== null) {
    const payloadWidth = xOf(addressStart + payloadSizeBytes) - x;
    parts.push(rectangle({ x, y: y + BAR_HEIGHT - 14, width: Math.max(1, payloadWidth), height: 14 }, {
      fill: COLORS.payload,
    }));
    // To scale they would not be seen.
    parts.push(rectangle({ x: x + width - 5, y, width: 3, height: BAR_HEIGHT }, { fill: COLORS.header }));
    parts.push(rectangle({ x: x + width - 2, y, width: 2, height: BAR_HEIGHT }, { fill: COLORS.commit }));
  }
  if (width >= LABEL_WIDTH_MIN) {
    parts.push(text({ x: x + 6, y: y + 18 }, name, { "font-weight": "bold" }));
    if (width >= 2 * LABEL_WIDTH_MIN) {
      parts.push(text({ x: x + width - 10, y: y + 18 }, `${sizeBytes / 1024} KiB`, { "text-anchor": "end" }));
    }
    parts.push(
      text({ x, y: y + BAR_HEIGHT + 13 }, formatAddress(addressStart), { "font-size": 9, fill: COLORS.faint }),
    );
  }
  return parts.join("");
}

/** A box for each sector that was erased: how often without faults, and at the worst point. */
function drawWear({ wear }: RehearsalReport, { xOf, y }: AddressAxis): string[] {
  const boxes = wear.map(({ sector, addressStart, sizeBytes, eraseCount, worstEraseCount }) => {
    const x = xOf(addressStart);
    const width = xOf(addressStart + sizeBytes) - x;
    const words = `sector ${sector}: erased ${eraseCount} times, ${worstEraseCount} at the worst point`;
    const box = rectangle({ x, y, width, height: WEAR_HEIGHT }, {
      fill: "url(#erase)",
      "fill-opacity": Math.min(1, 0.35 + 0.2 * worstEraseCount),
      stroke: "#ffffff",
      "stroke-width": Math.min(1, width / 8),
    }, words);
    if (width < COUNT_WIDTH_MIN) return box;
    return box + text({ x: x + width / 2, y: y + 14 }, `${eraseCount} / ${worstEraseCount}`, {
      "text-anchor": "middle",
      "font-size": 11,
      "font-weight": "bold",
      stroke: "#ffffff",
      "stroke-width": 2.5,
      "paint-order": "stroke",
    });
  });
  const least = Math.min(...wear.map(({ eraseCount }) => eraseCount));
  const most = Math.max(...wear.map(({ worstEraseCount }) => worstEraseCount));
  const note = wear.length === 0
    ? "no sector is erased"
    : `erases of each sector: without faults / at the worst point (${least} to ${most})`;
  return [element("g", {}, boxes), text({ x: MARGIN, y: y + WEAR_HEIGHT + 14 }, note, { fill: COLORS.faint })];
}
