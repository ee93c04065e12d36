/**
 * Readout protection: what the RDP option byte means.
 *
 * | level | flash through the boot ROM | way back |
 * |---|---|---|
 * | 0 | open | |
 * | 1 | closed | to 0, with a mass erase |
 * | 2 | the boot ROM does not start any more | none |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Part } from "../core/mod.ts";

/** Name of the option in the emulator, whatever the reference manual calls the byte (RDP, RDPROT). */
export const RDP_OPTION = "RDP";

/** How closed a chip is. */
export type ReadProtectionLevel = 0 | 1 | 2;

/** Level 0 on all families but F1 (unverified: RM0090, RM0367, RM0399, RM0432, RM0440, RM0444, "Read protection"). */
const LEVEL_0 = 0xaa;
/** Level 2, not on F1 (unverified: the same). */
const LEVEL_2 = 0xcc;
/** F1: everything but this key is protected, and there is no level 2 (unverified: PM0075, "Read protection"). */
const F1_LEVEL_0 = 0xa5;
/** Any other value is level 1. */
const LEVEL_1 = 0x00;

/** Families whose chips have levels 0 and 1 only. */
const TWO_LEVELS_REGEXP = /^stm32f1/;

/**
 * Reads the level out of the option byte.
 *
 * @param part The part.
 * @param rdp The option byte.
 * @returns The level.
 */
export function levelOfRdp(part: Part, rdp: number): ReadProtectionLevel {
  if (TWO_LEVELS_REGEXP.test(part.name)) return rdp === F1_LEVEL_0 ? 0 : 1;
  return rdp === LEVEL_0 ? 0 : rdp === LEVEL_2 ? 2 : 1;
}

/**
 * Gives the option byte of a level.
 *
 * @param part The part.
 * @param level The level.
 * @returns The option byte.
 * @throws {RangeError} When the part has no such level.
 */
export function rdpOfLevel(part: Part, level: ReadProtectionLevel): number {
  const hasTwoLevels = TWO_LEVELS_REGEXP.test(part.name);
  if (level === 0) return hasTwoLevels ? F1_LEVEL_0 : LEVEL_0;
  if (level === 1) return LEVEL_1;
  if (hasTwoLevels) throw new RangeError(`Cannot protect ${part.name}: it has no readout protection level 2`);
  return LEVEL_2;
}
