/**
 * What every command of the boot ROM does: read a frame, say yes or no.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { ACK, NACK } from "./constants.ts";
import type { BootRomDevice, BootRomExit } from "./device.ts";
import { decodeWord, readFrame, xorOf } from "./frames.ts";
import type { BootRomProfile } from "./profiles.ts";

/** A ROM at work: its end of the wire, its chip, its profile. */
export interface BootRom {
  /** Its end of the wire. */
  readonly link: ByteLink;
  /** The chip. */
  readonly device: BootRomDevice;
  /** What it knows and where it is wrong. */
  readonly profile: BootRomProfile;
}

/** Answers one command whose two bytes were right; an exit ends the conversation. */
export type CommandHandler = (rom: BootRom) => Procedure<BootRomExit | undefined>;

/** How a ROM's conversation ends when the chip resets. */
export const RESET: BootRomExit = { kind: "reset" };

const ACK_FRAME: Bytes = Uint8Array.of(ACK);
const NACK_FRAME: Bytes = Uint8Array.of(NACK);

/**
 * Reads a frame from the host.
 *
 * @param rom The ROM.
 * @param count How many bytes.
 * @param expected What they are.
 * @returns Fresh bytes.
 */
export function readFrameOf(rom: BootRom, count: number, expected: string): Procedure<Bytes> {
  return readFrame(rom.link, count, { expected, pauseMs: rom.profile.pauseMs });
}

/**
 * Reads one byte from the host.
 *
 * @param rom The ROM.
 * @param expected What it is.
 * @returns 0 to 255.
 */
export function readByteOf(rom: BootRom, expected: string): Procedure<number> {
  return rom.link.readByte(expected, rom.profile.pauseMs);
}

/**
 * Reads a count less one in a byte, that many bytes, and their checksum.
 *
 * @param rom The ROM.
 * @param expected What the bytes are.
 * @returns The bytes; nothing when the checksum is wrong.
 */
export function* readCounted(rom: BootRom, expected: string): Procedure<Bytes | undefined> {
  const last = yield* readByteOf(rom, "count");
  const body = yield* readFrameOf(rom, last + 2, expected);
  return xorOf(body) === last ? body.subarray(0, last + 1) : undefined;
}

/**
 * Reads a 32-bit number and its checksum.
 *
 * @param rom The ROM.
 * @param expected What it is.
 * @returns 0 to 0xFFFFFFFF; nothing when the checksum is wrong.
 */
export function* readWord(rom: BootRom, expected: string): Procedure<number | undefined> {
  const frame = yield* readFrameOf(rom, 5, expected);
  return xorOf(frame) === 0 ? decodeWord(frame) : undefined;
}

/**
 * Says yes.
 *
 * @param rom The ROM.
 * @param what To what, for the trace.
 */
export function* acknowledge(rom: BootRom, what: string): Procedure<void> {
  yield* answer(rom, ACK_FRAME, what);
}

/**
 * Says no.
 *
 * @param rom The ROM.
 * @param what To what, for the trace.
 * @returns Nothing: the ROM goes on with the next command.
 */
export function* refuse(rom: BootRom, what: string): Procedure<undefined> {
  yield* answer(rom, NACK_FRAME, what);
  return undefined;
}

/**
 * Sends an answer, after the time that this ROM needs for one.
 *
 * @param rom The ROM.
 * @param frame The bytes. Kept until they have left.
 * @param what What they answer, for the trace.
 */
export function* answer(rom: BootRom, frame: Bytes, what: string): Procedure<void> {
  if (rom.profile.answerDelayMs > 0) yield* rom.link.sleep(rom.profile.answerDelayMs);
  rom.link.send(frame, what);
}
