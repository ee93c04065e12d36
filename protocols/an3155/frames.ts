/**
 * The frames of AN3155 as bytes: what the host sends and the target reads. Everything is big endian.
 *
 * | frame | bytes |
 * | --- | --- |
 * | command | code, complement |
 * | address, checksum size | 4 bytes, XOR of them |
 * | count of Read Memory | count - 1, complement |
 * | data of Write Memory | count - 1, data, XOR of all these |
 * | pages of Erase | count - 1, a byte each, XOR of all these; or `FF 00` |
 * | pages of Extended Erase | count - 1 in 2 bytes, 2 bytes each, XOR of all these; or a code in 2 bytes, XOR |
 * | special code | 2 bytes, XOR of them |
 * | special data | size in 2 bytes, data, XOR of all these |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import {
  COMMAND_NAMES,
  DATA_SIZE_MAX,
  ERASE_PAGES_MAX,
  EXTENDED_ERASE_PAGES_MAX,
  MASS_ERASE_CODES,
} from "./constants.ts";
import type { MassEraseScope } from "./device.ts";

/**
 * Gives the exclusive or of bytes.
 *
 * @param bytes Any number of bytes.
 * @returns 0 to 255; 0 for a frame with the right checksum at its end.
 *
 * @example An address and its checksum
 * ```ts
 * import { xorOf } from "@coreslot/coreslot/an3155";
 *
 * console.assert(xorOf(Uint8Array.of(0x08, 0x01, 0x00, 0x00)) === 0x09);
 * ```
 */
export function xorOf(bytes: Uint8Array): number {
  let xor = 0;
  for (let index = 0; index < bytes.length; index++) xor ^= bytes[index]!;
  return xor;
}

/** Every byte with its complement: a session sends them by the thousand. */
const COMMAND_FRAMES: readonly Bytes[] = Array.from({ length: 256 }, (_, code) => Uint8Array.of(code, code ^ 0xff));

/**
 * Encodes a command, or any byte that is followed by its complement.
 *
 * @param code 0 to 255.
 * @returns Two bytes, shared: do not modify them.
 * @throws {RangeError} When the code is out of range.
 */
export function encodeCommand(code: number): Bytes {
  return COMMAND_FRAMES[checkRange(code, [0, 0xff], "command")]!;
}

/**
 * Encodes an address or another 32-bit number.
 *
 * @param value 0 to 0xFFFFFFFF.
 * @returns Five fresh bytes.
 * @throws {RangeError} When the number is out of range.
 */
export function encodeWord(value: number): Bytes {
  checkRange(value, [0, 0xffffffff], "32-bit number");
  const frame = new Uint8Array(5);
  frame[0] = value >>> 24;
  frame[1] = value >>> 16;
  frame[2] = value >>> 8;
  frame[3] = value;
  return withXor(frame);
}

/**
 * Decodes a 32-bit number.
 *
 * @param frame At least four bytes.
 * @returns 0 to 0xFFFFFFFF.
 */
export function decodeWord(frame: Uint8Array): number {
  return (frame[0]! << 24 | frame[1]! << 16 | frame[2]! << 8 | frame[3]!) >>> 0;
}

/**
 * Encodes the count of a Read Memory.
 *
 * @param count 1 to 256.
 * @returns Two bytes, shared: do not modify them.
 * @throws {RangeError} When the count is out of range.
 */
export function encodeCount(count: number): Bytes {
  return encodeCommand(checkRange(count, [1, DATA_SIZE_MAX], "bytes in one command") - 1);
}

/**
 * Encodes the bytes of a Write Memory, or the sector codes of a Write Protect.
 *
 * @param data 1 to 256 bytes. Not kept.
 * @returns Fresh bytes, two more.
 * @throws {RangeError} When there are none, or too many.
 */
export function encodeData(data: Uint8Array): Bytes {
  const frame = new Uint8Array(data.length + 2);
  frame[0] = checkRange(data.length, [1, DATA_SIZE_MAX], "bytes in one command") - 1;
  frame.set(data, 1);
  return withXor(frame);
}

/**
 * Encodes the sector codes of a Write Protect.
 *
 * @param sectors 1 to 256 codes, 0 to 255 each.
 * @returns Fresh bytes, two more than codes.
 * @throws {RangeError} When there are none, too many, or codes too large.
 */
export function encodeSectors(sectors: readonly number[]): Bytes {
  checkRange(sectors.length, [1, DATA_SIZE_MAX], "sectors in one Write Protect");
  for (const sector of sectors) checkRange(sector, [0, 0xff], "sector code");
  return encodeData(Uint8Array.from(sectors));
}

/**
 * Encodes the page numbers of an Erase.
 *
 * @param pages 1 to 255 numbers, 0 to 255 each.
 * @returns Fresh bytes, two more than pages.
 * @throws {RangeError} When there are none, too many, or numbers too large.
 */
export function encodePages(pages: readonly number[]): Bytes {
  checkRange(pages.length, [1, ERASE_PAGES_MAX], "pages in one Erase");
  for (const page of pages) checkRange(page, [0, 0xff], "page number");
  return encodeData(Uint8Array.from(pages));
}

/**
 * Encodes the page numbers of an Extended Erase.
 *
 * @param pages 1 to 512 numbers, 0 to 0xFFFF each.
 * @returns Fresh bytes, three and two for each page.
 * @throws {RangeError} When there are none, too many, or numbers too large.
 */
export function encodeExtendedPages(pages: readonly number[]): Bytes {
  checkRange(pages.length, [1, EXTENDED_ERASE_PAGES_MAX], "pages in one Extended Erase");
  const frame = new Uint8Array(3 + 2 * pages.length);
  [pages.length - 1, ...pages].forEach((number, index) => {
    checkRange(number, [0, 0xffff], "page number");
    frame[2 * index] = number >>> 8;
    frame[2 * index + 1] = number & 0xff;
  });
  return withXor(frame);
}

/**
 * Encodes a special code of Extended Erase.
 *
 * @param scope What to erase.
 * @returns Three fresh bytes.
 */
export function encodeMassErase(scope: MassEraseScope): Bytes {
  return encodeCode(MASS_ERASE_CODES[scope]);
}

/**
 * Encodes a 16-bit code.
 *
 * @param code 0 to 0xFFFF.
 * @returns Three fresh bytes.
 * @throws {RangeError} When the code is out of range.
 */
export function encodeCode(code: number): Bytes {
  checkRange(code, [0, 0xffff], "code");
  return withXor(Uint8Array.of(code >>> 8, code & 0xff, 0));
}

/**
 * Encodes the data of Special and Extended Special.
 *
 * @param data The bytes. Not kept.
 * @param sizeMax How many this part of the command carries at most.
 * @returns Fresh bytes, three more.
 * @throws {RangeError} When there are too many.
 */
export function encodeSized(data: Uint8Array, sizeMax: number): Bytes {
  checkRange(data.length, [0, sizeMax], "bytes in this part of the command");
  const frame = new Uint8Array(data.length + 3);
  frame.set([data.length >>> 8, data.length & 0xff]);
  frame.set(data, 2);
  return withXor(frame);
}

/**
 * Names a command, for traces and errors.
 *
 * @param code 0 to 255.
 * @returns The application note's name, or the code where it has none.
 */
export function formatCommand(code: number): string {
  return COMMAND_NAMES.get(code) ?? `command 0x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * Reads a frame as long as its bytes keep coming: a long one at a low rate takes seconds.
 *
 * @param link The end to read from.
 * @param count How many bytes.
 * @param options What they are, and how long they may pause.
 * @returns Fresh bytes.
 * @throws {LinkTimeoutError} When nothing has come for one to two times the pause.
 */
export function* readFrame(link: ByteLink, count: number, options: ReadFrameOptions): Procedure<Bytes> {
  for (let heardCount = 0;;) {
    try {
      return yield* link.read(count, options.expected, options.pauseMs);
    } catch (error) {
      if (!(error instanceof LinkTimeoutError) || link.unreadCount <= heardCount) throw error;
      heardCount = link.unreadCount;
    }
  }
}

/** Options of {@linkcode readFrame}. */
export interface ReadFrameOptions {
  /** What the frame is, as a noun phrase. */
  readonly expected: string;
  /** How long its bytes may pause, in milliseconds; `Infinity` for ever. */
  readonly pauseMs: number;
}

function checkRange(value: number, [min, max]: readonly [number, number], what: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`Cannot send ${value} as ${what}: the protocol carries ${min} to ${max}`);
}

/** Completes a frame whose last byte is 0 with the exclusive or of the others. */
function withXor(frame: Bytes): Bytes {
  frame[frame.length - 1] = xorOf(frame);
  return frame;
}
