/**
 * Which operations of a long run to cut: all erases, all units of headers and commit words, and of each run of payload
 * units the first, the middle and the last.
 *
 * @module
 */

import type { FlashOperation } from "../../emulator/mod.ts";
import { slotEndAddressOf } from "../../packager/slots/mod.ts";
import type { Stage } from "./loader_scenarios.ts";

/**
 * Plays a scenario without cuts and picks operations.
 *
 * @param stage The scenario.
 * @returns Their numbers, ascending.
 */
export function notableOperations(stage: Stage): readonly number[] {
  const { chip, config: { layout } } = stage.device;
  const seen: FlashOperation[] = [];
  const unitBytes = layout.part.flash.programUnit.sizeBytes;
  stage.device.onOperation = (operation) => seen.push(operation);
  const start = chip.flash.operations.count;
  stage.run([]);
  stage.device.onOperation = undefined;
  const ends = layout.slots.flatMap((slots) => [slotEndAddressOf(slots, "A"), slotEndAddressOf(slots, "B")]);
  const notable = new Set<number>();
  let runStart = -1;
  for (const [nth, operation] of seen.entries()) {
    const first = operation.index - start;
    if (first >= stage.operations) break;
    const isPayload = operation.kind === "program" &&
      !ends.some((address) => operation.address >= address && operation.address < address + 288);
    if (!isPayload) {
      for (let unit = 0; unit < operation.count; unit++) notable.add(first + unit);
      continue;
    }
    const before = seen[nth - 1]!;
    if (before.kind !== "program" || before.address + before.sizeBytes !== operation.address) runStart = first;
    const next = seen[nth + 1];
    const goesOn = next?.kind === "program" && next.address === operation.address + operation.count * unitBytes;
    if (goesOn) continue;
    const last = first + operation.count - 1;
    for (const unit of [runStart, Math.floor((runStart + last) / 2), last]) notable.add(unit);
  }
  return [...notable].filter((operation) => operation < stage.operations).sort((a, b) => a - b);
}
