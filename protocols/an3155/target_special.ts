/**
 * The boot ROM's Special and Extended Special, as OpenBootloader has them: the codes are its vendor's own, and the one
 * of its example does nothing.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Procedure } from "../link/mod.ts";
import { ACK, EXTENDED_SPECIAL_SIZE_MAX, SPECIAL_SIZE_MAX } from "./constants.ts";
import { xorOf } from "./frames.ts";
import { acknowledge, answer, type BootRom, readFrameOf, refuse } from "./target_answer.ts";

/**
 * Answers Special: a code, data, then no data, no status and a last ACK.
 *
 * @param rom The ROM.
 */
export function* answerSpecial(rom: BootRom): Procedure<undefined> {
  yield* acknowledge(rom, "Special");
  if (!(yield* takeCode(rom)) || !(yield* takeData(rom, SPECIAL_SIZE_MAX))) return undefined;
  yield* answer(rom, Uint8Array.of(0, 0, 0, 0, ACK), "no data, no status");
  return undefined;
}

/**
 * Answers Extended Special: a code, data, more data, then no status and a last ACK.
 *
 * @param rom The ROM.
 */
export function* answerExtendedSpecial(rom: BootRom): Procedure<undefined> {
  yield* acknowledge(rom, "Extended Special");
  if (!(yield* takeCode(rom)) || !(yield* takeData(rom, SPECIAL_SIZE_MAX))) return undefined;
  if (!(yield* takeData(rom, EXTENDED_SPECIAL_SIZE_MAX))) return undefined;
  yield* answer(rom, Uint8Array.of(0, 0, ACK), "no status");
  return undefined;
}

/** Reads and answers the code; tells whether it is one of the ROM's. */
function* takeCode(rom: BootRom): Procedure<boolean> {
  const frame = yield* readFrameOf(rom, 3, "special code");
  const isKnown = xorOf(frame) === 0 && rom.profile.specialCodes.includes(frame[0]! << 8 | frame[1]!);
  yield* isKnown ? acknowledge(rom, "special code") : refuse(rom, "special code");
  return isKnown;
}

/** Reads and answers a size and that many bytes; tells whether they were right. */
function* takeData(rom: BootRom, sizeMax: number): Procedure<boolean> {
  const head = yield* readFrameOf(rom, 2, "size of special data");
  const sizeBytes = head[0]! << 8 | head[1]!;
  if (sizeBytes > sizeMax && rom.profile.refusesSpecialSizeEarly) {
    yield* refuse(rom, "size of special data");
    return false;
  }
  const body = yield* readFrameOf(rom, sizeBytes + 1, "special data");
  const isRight = sizeBytes <= sizeMax && xorOf(body) === xorOf(head);
  yield* isRight ? acknowledge(rom, "special data") : refuse(rom, "special data");
  return isRight;
}
