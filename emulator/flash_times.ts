/**
 * How long a part's flash is busy, from the part table.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { FlashTiming, Part, TimeRange } from "../core/mod.ts";

/** Which of the datasheet's figures count. */
export interface FlashTimesOptions {
  /**
   * `typical` or `maximum`.
   *
   * @default {"typical"}
   */
  readonly times?: "typical" | "maximum" | undefined;
  /**
   * Program parallelism in bits, on parts that have a choice. The boot ROM of an F4 works with 8.
   *
   * @default {the first of the part's timings}
   */
  readonly parallelismBits?: 8 | 16 | 32 | 64 | undefined;
  /**
   * What each time is multiplied with: 0 for flash that takes no time, for a device that people wait for.
   *
   * @default {1}
   */
  readonly timeScale?: number | undefined;
}

/** Times of one part's flash, in milliseconds. */
export interface FlashTimes {
  /** Programming one unit. */
  readonly programMs: number;
  /** Erasing a bank, or all of them at once. */
  readonly massEraseMs: number;
  /** Erasing one sector, by its size in bytes. */
  readonly sectorEraseMs: ReadonlyMap<number, number>;
  /** Programming option bytes: unverified, taken to be as long as the erase of the smallest sector. */
  readonly optionBytesMs: number;
}

/**
 * Reads the times of a part.
 *
 * @param part The part.
 * @param options Which of its figures.
 * @returns The times. A part without a time for mass erase takes as long as all its sectors one after another.
 * @throws {RangeError} When the part has no times for that parallelism.
 */
export function flashTimesOf(part: Part, options: FlashTimesOptions = {}): FlashTimes {
  const { times = "typical", parallelismBits, timeScale = 1 } = options;
  const { timings, programUnit, bankModes } = part.flash;
  const timing = parallelismBits === undefined
    ? timings[0]
    : timings.find((timing) => timing.parallelismBits === parallelismBits);
  if (timing === undefined) {
    throw new RangeError(`Cannot time the flash of ${part.name}: no times for ${parallelismBits} bits in parallel`);
  }
  const toMs = ({ typicalUs, maximumUs }: TimeRange) =>
    (times === "typical" ? typicalUs : maximumUs) / 1000 * timeScale;
  const sectorEraseMs = new Map(timing.sectorErase.map((time) => [time.sectorSizeBytes, toMs(time)]));
  const oneByOneMs = bankModes[0]!.sectorRuns.reduce(
    (sum, { sectorSizeBytes, sectorCount }) => sum + sectorCount * (sectorEraseMs.get(sectorSizeBytes) ?? 0),
    0,
  );
  return {
    programMs: toMs(timing.program) * stepsOf(timing, programUnit),
    massEraseMs: timing.massErase === null ? oneByOneMs : toMs(timing.massErase),
    sectorEraseMs,
    optionBytesMs: Math.min(...sectorEraseMs.values()),
  };
}

/** An F4 programs a unit in steps of its parallelism; flash with an ECC programs a unit at once. */
function stepsOf(timing: FlashTiming, unit: { readonly sizeBytes: number; readonly isWriteOnce: boolean }): number {
  if (unit.isWriteOnce || timing.parallelismBits === null) return 1;
  return Math.max(1, unit.sizeBytes * 8 / timing.parallelismBits);
}
