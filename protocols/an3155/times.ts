/**
 * How long a part's flash may take: for time-outs the longest time that the datasheet allows under any condition, for
 * nobody tells the host which voltage range the ROM assumes, and a margin ({@linkcode FLASH_TIME_MARGIN}).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { FlashTiming, Part, Sector, TimeRange } from "../../core/parts/mod.ts";
import { ANSWER_WITHIN_MS, FLASH_TIME_MARGIN } from "./constants.ts";

/** For a sector size that the table has no time for: stm32flash waits 5 s for any page. */
const UNKNOWN_ERASE: TimeRange = { typicalUs: 5_000_000, maximumUs: 5_000_000 };

/** Which of a datasheet's two figures. */
export type TimeKind = keyof TimeRange;

/**
 * Gives the time-out of the erase of sectors.
 *
 * @param part The part.
 * @param sectors The sectors.
 * @returns Milliseconds.
 */
export function eraseWithinMs(part: Part, sectors: readonly Sector[]): number {
  return withMargin(part, (timing) => eraseTimeUs(timing, sectors, "maximumUs"));
}

/**
 * Gives the time-out of a mass erase.
 *
 * @param part The part.
 * @param sectors All its sectors.
 * @returns Milliseconds.
 */
export function massEraseWithinMs(part: Part, sectors: readonly Sector[]): number {
  return withMargin(part, (timing) => massEraseTimeUs(timing, sectors, "maximumUs"));
}

/**
 * Gives the time-out of a write.
 *
 * @param part The part.
 * @param sizeBytes Number of bytes.
 * @returns Milliseconds.
 */
export function programWithinMs(part: Part, sizeBytes: number): number {
  return withMargin(part, (timing) => operationCount(part, timing, sizeBytes) * timing.program.maximumUs);
}

/**
 * Gives the time of the erase of sectors, one after another.
 *
 * @param timing One of the part's timings.
 * @param sectors The sectors.
 * @param kind Which figure.
 * @returns Microseconds.
 */
export function eraseTimeUs(timing: FlashTiming, sectors: readonly Sector[], kind: TimeKind): number {
  return sectors.reduce((sum, { sizeBytes }) => {
    const time = timing.sectorErase.find(({ sectorSizeBytes }) => sectorSizeBytes === sizeBytes) ?? UNKNOWN_ERASE;
    return sum + time[kind];
  }, 0);
}

/**
 * Gives the time of a mass erase: that of a bank for each bank, or of the sectors one after another where the table has
 * none.
 *
 * @param timing One of the part's timings.
 * @param sectors All sectors of the part.
 * @param kind Which figure.
 * @returns Microseconds.
 */
export function massEraseTimeUs(timing: FlashTiming, sectors: readonly Sector[], kind: TimeKind): number {
  if (timing.massErase === null) return eraseTimeUs(timing, sectors, kind);
  return timing.massErase[kind] * new Set(sectors.map(({ bank }) => bank)).size;
}

/**
 * Counts the program operations that bytes take: flash with an ECC programs a unit at once, an F4 as many bytes as it has
 * bits in parallel.
 *
 * @param part The part.
 * @param timing One of its timings.
 * @param sizeBytes Number of bytes.
 * @returns How many.
 */
export function operationCount(part: Part, timing: FlashTiming, sizeBytes: number): number {
  const { sizeBytes: unitBytes, isWriteOnce } = part.flash.programUnit;
  const { parallelismBits } = timing;
  return Math.ceil(sizeBytes / (isWriteOnce || parallelismBits === null ? unitBytes : parallelismBits / 8));
}

function withMargin(part: Part, timeUs: (timing: FlashTiming) => number): number {
  const longestUs = Math.max(0, ...part.flash.timings.map(timeUs));
  return Math.ceil(ANSWER_WITHIN_MS + FLASH_TIME_MARGIN * longestUs / 1000);
}
