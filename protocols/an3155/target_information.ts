/**
 * The boot ROM's Get, Get Version and Get ID.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Procedure } from "../link/mod.ts";
import { ACK } from "./constants.ts";
import { answer, type BootRom } from "./target_answer.ts";

/**
 * Answers Get: version and list of commands. The count is that of the commands, for it is one less than what follows.
 *
 * @param rom The ROM.
 */
export function* answerGet(rom: BootRom): Procedure<undefined> {
  const { version, commands } = rom.profile;
  yield* answer(rom, Uint8Array.of(ACK, commands.length, version, ...commands, ACK), "Get");
  return undefined;
}

/**
 * Answers Get Version: the version and two option bytes, which OpenBootloader leaves zero.
 *
 * @param rom The ROM.
 */
export function* answerGetVersion(rom: BootRom): Procedure<undefined> {
  yield* answer(rom, Uint8Array.of(ACK, rom.profile.version, 0, 0, ACK), "Get Version");
  return undefined;
}

/**
 * Answers Get ID: the product id in two bytes.
 *
 * @param rom The ROM.
 */
export function* answerGetId(rom: BootRom): Procedure<undefined> {
  const { chipId } = rom.device;
  yield* answer(rom, Uint8Array.of(ACK, 1, chipId >>> 8, chipId & 0xff, ACK), "Get ID");
  return undefined;
}
