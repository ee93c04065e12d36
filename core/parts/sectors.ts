/**
 * The sectors of a part, one by one.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BankMode, Core, Part } from "./part.ts";

/** A sector: the smallest thing that can be erased. STM32 manuals call it a page where all have one small size. */
export interface Sector {
  /** 0-based, by address, counted through all banks. */
  readonly index: number;
  /** The bank it is in: 1 or 2. */
  readonly bank: number;
  /** Absolute address of its first byte. */
  readonly addressStart: number;
  /** Size in bytes. */
  readonly sizeBytes: number;
}

/**
 * Finds one of the part's bank modes by name.
 *
 * @param part The part.
 * @param name Name of the mode: `single` or `dual`.
 * @returns The mode, or `undefined` when the part has none of that name.
 *
 * @example An H745 always has two banks
 * ```ts
 * import { bankModeOf, findPart } from "@coreslot/coreslot/core";
 *
 * console.assert(bankModeOf(findPart("stm32h745"), "single") === undefined);
 * ```
 */
export function bankModeOf(part: Part, name: string): BankMode | undefined {
  return part.flash.bankModes.find((mode) => mode.name === name);
}

/**
 * Lists the sectors of a part's flash.
 *
 * @param part The part.
 * @param bankMode Name of one of the part's bank modes.
 * @default bankMode {the mode of a new part}
 * @returns The sectors, ascending by address. Two neighbours may have a hole between them.
 * @throws {RangeError} When the part has no such bank mode.
 *
 * @example The uneven sectors of an F407
 * ```ts
 * import { findPart, sectorsOf } from "@coreslot/coreslot/core";
 *
 * const sizes = sectorsOf(findPart("stm32f407")).map(({ sizeBytes }) => sizeBytes / 1024);
 * console.assert(sizes.join() === "16,16,16,16,64,128,128,128,128,128,128,128");
 * ```
 */
export function sectorsOf(part: Part, bankMode?: string): readonly Sector[] {
  const mode = bankMode === undefined ? part.flash.bankModes[0] : bankModeOf(part, bankMode);
  if (mode === undefined) throw new RangeError(`Cannot list the sectors of ${part.name}: no bank mode "${bankMode}"`);
  return mode.sectorRuns
    .flatMap(({ bank, addressStart, sectorSizeBytes, sectorCount }) =>
      Array.from({ length: sectorCount }, (_, nth) => ({
        bank,
        addressStart: addressStart + nth * sectorSizeBytes,
        sizeBytes: sectorSizeBytes,
      }))
    )
    .map((sector, index) => ({ index, ...sector }));
}

/**
 * Tells on which multiple of bytes a core's vector table must stand.
 *
 * The vector table offset register ignores its low bits: the alignment is the number of vectors rounded up to a power
 * of two, times four, and 128 at least (Armv7-M Architecture Reference Manual, "Vector Table Offset Register").
 *
 * @param core The core.
 * @returns Bytes, a power of two.
 *
 * @example 166 vectors take 1024 bytes
 * ```ts
 * import { findPart, vectorTableAlignmentOf } from "@coreslot/coreslot/core";
 *
 * console.assert(findPart("stm32h745").cores.every((core) => vectorTableAlignmentOf(core) === 1024));
 * ```
 */
export function vectorTableAlignmentOf(core: Core): number {
  return Math.max(128, 2 ** Math.ceil(Math.log2(4 * core.vectorCount)));
}
