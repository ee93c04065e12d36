/**
 * Blocks of XMODEM and YMODEM.
 *
 * | offset | size | field |
 * | ---: | ---: | --- |
 * | 0 | 1 | SOH (128 bytes of data) or STX (1024) |
 * | 1 | 1 | block number, 0 to 255, then 0 again |
 * | 2 | 1 | 255 less the block number |
 * | 3 | 128 or 1024 | data |
 * | behind | 1 or 2 | sum of the data bytes modulo 256, or their CRC-16, high byte first |
 *
 * Source: "XMODEM/YMODEM Protocol Reference", 18 June 1988, chapters 4.3, 7.2 and 8, figures 9 and 11.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { LONG_BLOCK_SIZE_BYTES, PADDING, SHORT_BLOCK_SIZE_BYTES, SOH, STX } from "./constants.ts";
import { crc16 } from "./crc16.ts";

/** How a block is checked: a byte that sums its data up, or a CRC-16. The receiver decides. */
export type BlockCheck = "checksum" | "crc";

/** Size of the data of a block. */
export type BlockSize = typeof SHORT_BLOCK_SIZE_BYTES | typeof LONG_BLOCK_SIZE_BYTES;

/** SOH or STX, block number, its complement. */
export const BLOCK_HEADER_SIZE_BYTES = 3;

/**
 * Gives the number of bytes behind the data of a block.
 *
 * @param check How the block is checked.
 * @returns 1 or 2.
 */
export function checkSizeBytes(check: BlockCheck): number {
  return check === "crc" ? 2 : 1;
}

/** Options of {@linkcode encodeBlock}. */
export interface EncodeBlockOptions {
  /** Block number; taken modulo 256. */
  readonly number: number;
  /** Size of the data. */
  readonly sizeBytes: BlockSize;
  /** How the block is checked. */
  readonly check: BlockCheck;
}

/**
 * Encodes a block.
 *
 * @param data 0 to `sizeBytes` bytes; the rest is filled with {@linkcode PADDING}.
 * @param options Number, size and check of the block.
 * @returns A fresh frame.
 * @throws {RangeError} When there are more bytes than the block takes.
 *
 * @example The last block of a file
 * ```ts
 * import { encodeBlock } from "@coreslot/coreslot/xmodem";
 *
 * const frame = encodeBlock(Uint8Array.of(7), { number: 1, sizeBytes: 128, check: "checksum" });
 * console.assert(frame.length === 132 && frame[3] === 7 && frame[4] === 0x1a);
 * ```
 */
export function encodeBlock(data: Uint8Array, options: EncodeBlockOptions): Bytes {
  const { number, sizeBytes, check } = options;
  if (data.length > sizeBytes) {
    throw new RangeError(`Cannot encode the block: ${data.length} bytes are more than ${sizeBytes}`);
  }
  const dataEnd = BLOCK_HEADER_SIZE_BYTES + sizeBytes;
  const frame = new Uint8Array(dataEnd + checkSizeBytes(check));
  frame[0] = sizeBytes === LONG_BLOCK_SIZE_BYTES ? STX : SOH;
  frame[1] = number & 0xff;
  frame[2] = 0xff - frame[1];
  frame.set(data, BLOCK_HEADER_SIZE_BYTES);
  frame.fill(PADDING, BLOCK_HEADER_SIZE_BYTES + data.length, dataEnd);
  const value = checkOf(frame.subarray(BLOCK_HEADER_SIZE_BYTES, dataEnd), check);
  if (check === "crc") frame[dataEnd] = value >>> 8;
  frame[frame.length - 1] = value;
  return frame;
}

/** A block, taken apart. */
export interface Block {
  /** Block number, 0 to 255. */
  readonly number: number;
  /** Its data, padding included. */
  readonly data: Bytes;
}

/**
 * Decodes a block.
 *
 * @param frame The bytes of a whole block.
 * @param check How it is checked.
 * @returns The block with fresh data, or what is wrong: `bad-size` when the bytes are not as many as the first one says,
 *   `bad-number` when number and complement disagree, `bad-check` when sum or CRC-16 is not that of the data.
 *
 * @example There and back
 * ```ts
 * import { decodeBlock, encodeBlock } from "@coreslot/coreslot/xmodem";
 *
 * const frame = encodeBlock(Uint8Array.of(7), { number: 256, sizeBytes: 1024, check: "crc" });
 * const block = decodeBlock(frame, "crc");
 * console.assert(typeof block === "object" && block.number === 0 && block.data[0] === 7);
 * frame[3] = 8;
 * console.assert(decodeBlock(frame, "crc") === "bad-check");
 * ```
 */
export function decodeBlock(frame: Uint8Array, check: BlockCheck): Block | "bad-size" | "bad-number" | "bad-check" {
  const [lead] = frame;
  if (lead !== SOH && lead !== STX || frame.length !== 1 + restSizeBytes(lead, check)) return "bad-size";
  return decodeRest(frame.slice(1), check);
}

/**
 * Gives the number of bytes behind the first one of a block.
 *
 * @param lead The first one.
 * @param check How the block is checked.
 * @returns Bytes.
 */
export function restSizeBytes(lead: typeof SOH | typeof STX, check: BlockCheck): number {
  const dataSizeBytes = lead === STX ? LONG_BLOCK_SIZE_BYTES : SHORT_BLOCK_SIZE_BYTES;
  return BLOCK_HEADER_SIZE_BYTES - 1 + dataSizeBytes + checkSizeBytes(check);
}

/**
 * Decodes what is behind the first byte of a block, without a copy.
 *
 * @param rest As many bytes as the first one asks for.
 * @param check How the block is checked.
 * @returns The block, with a view of `rest` for data; or what is wrong.
 */
export function decodeRest(rest: Bytes, check: BlockCheck): Block | "bad-number" | "bad-check" {
  const dataEnd = rest.length - checkSizeBytes(check);
  const number = rest[0]!;
  if (number + rest[1]! !== 0xff) return "bad-number";
  const data = rest.subarray(BLOCK_HEADER_SIZE_BYTES - 1, dataEnd);
  const got = check === "crc" ? rest[dataEnd]! << 8 | rest[dataEnd + 1]! : rest[dataEnd]!;
  return got === checkOf(data, check) ? { number, data } : "bad-check";
}

function checkOf(data: Uint8Array, check: BlockCheck): number {
  if (check === "crc") return crc16(data);
  let sum = 0;
  for (let index = 0; index < data.length; index++) sum += data[index]!;
  return sum & 0xff;
}
