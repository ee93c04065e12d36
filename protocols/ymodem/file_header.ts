/**
 * Block 0 of YMODEM: the name of a file, its size and, where known, its time and mode.
 *
 * ```text
 * name NUL size SPACE time SPACE mode SPACE serial NUL ...
 * ```
 *
 * Size in decimal digits; time in octal seconds since 1970, mode and serial number in octal. Fields may be left out from
 * the right only, so a mode without a time has a time of 0. An empty name ends the batch. Only the first byte tells: lrzsz
 * 0.12.21 leaves a count in bytes 126 and 127 of every block 0, the closing one too, for KMD and IMP.
 *
 * Source: "XMODEM/YMODEM Protocol Reference", 18 June 1988, chapter 5 and figure 6.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { LONG_BLOCK_SIZE_BYTES, SHORT_BLOCK_SIZE_BYTES } from "../xmodem/constants.ts";
import { TransferError } from "../xmodem/error.ts";

/** What block 0 says of a file. */
export interface FileHeader {
  /**
   * Name of the file, without folders and spaces. A label: nothing here opens a file by it. ST's loaders write past a
   * buffer when it has 64 characters or more.
   */
  readonly name: string;
  /** Size in bytes; `undefined` when the sender does not know it. */
  readonly sizeBytes: number | undefined;
  /** Seconds since 1970; `undefined` when not given or 0. */
  readonly modifiedAtS?: number | undefined;
  /** Mode as Unix has it; `undefined` when not given or 0. */
  readonly mode?: number | undefined;
}

/** Fifteen digits are exact in a number. */
const SIZE_REGEXP = /^\d{1,15}$/;
const OCTAL_REGEXP = /^[0-7]{1,15}$/;

/** How much of a header that cannot be read is shown. */
const SHOWN_LENGTH = 32;

/**
 * Encodes block 0.
 *
 * A space always follows the size: ST's loaders copy digits up to a space, not up to NUL.
 *
 * @param header The file; `undefined` for the block that ends the batch.
 * @returns 128 fresh bytes; 1024 when the name is too long for that, which not every receiver takes.
 * @throws {RangeError} When the name is empty, holds NUL, or does not fit; or when a number is none.
 *
 * @example The header that the reference prints
 * ```ts
 * import { encodeFileHeader } from "@coreslot/coreslot/ymodem";
 *
 * const data = encodeFileHeader({ name: "bbcsched.txt", sizeBytes: 6347, modifiedAtS: 0o3314742513, mode: 0o100644 });
 * console.assert(new TextDecoder().decode(data).startsWith("bbcsched.txt\0" + "6347 3314742513 100644 0\0"));
 * ```
 */
export function encodeFileHeader(header: FileHeader | undefined): Bytes {
  if (header === undefined) return new Uint8Array(SHORT_BLOCK_SIZE_BYTES);
  const { name, sizeBytes, modifiedAtS = 0, mode = 0 } = header;
  for (const number of [sizeBytes ?? 0, modifiedAtS, mode]) {
    if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`Cannot send a header with ${number} in it`);
  }
  const fields = sizeBytes === undefined ? "" : `${sizeBytes} ${modifiedAtS.toString(8)} ${mode.toString(8)} 0`;
  const bytes = new TextEncoder().encode(`${name}\0${fields}\0`);
  if (name === "" || name.includes("\0") || bytes.length > LONG_BLOCK_SIZE_BYTES) {
    throw new RangeError(`Cannot send a file named ${JSON.stringify(name)}: 1 to 900 bytes without NUL are possible`);
  }
  const block = new Uint8Array(bytes.length > SHORT_BLOCK_SIZE_BYTES ? LONG_BLOCK_SIZE_BYTES : SHORT_BLOCK_SIZE_BYTES);
  block.set(bytes);
  return block;
}

/**
 * Decodes block 0.
 *
 * @param data The data of the block.
 * @returns The file; `undefined` when the block ends the batch. A time or mode that is not octal counts as not given.
 * @throws {TransferError} With code `bad-header`, when the name does not end, or the size is not a number.
 */
export function decodeFileHeader(data: Bytes): FileHeader | undefined {
  if (data[0] === 0) return undefined;
  const nameEnd = data.indexOf(0);
  if (nameEnd < 0) throw badHeader("the name does not end", data);
  const name = decodeText(data.subarray(0, nameEnd));
  const fieldsEnd = data.indexOf(0, nameEnd + 1);
  const fields = decodeText(data.subarray(nameEnd + 1, fieldsEnd < 0 ? data.length : fieldsEnd));
  const [size = "", modifiedAt = "", mode = ""] = fields.trim().split(/ +/);
  if (size !== "" && !SIZE_REGEXP.test(size)) {
    throw badHeader("the size is not a decimal number", data.subarray(nameEnd + 1));
  }
  const sizeBytes = size === "" ? undefined : Number(size);
  return { name, sizeBytes, modifiedAtS: parseOctal(modifiedAt), mode: parseOctal(mode) };
}

function parseOctal(text: string): number | undefined {
  return OCTAL_REGEXP.test(text) ? parseInt(text, 8) || undefined : undefined;
}

function badHeader(what: string, bytes: Uint8Array): TransferError {
  const shown = JSON.stringify(decodeText(bytes.subarray(0, SHOWN_LENGTH)));
  return new TransferError("bad-header", `Cannot read the file's header: ${what}: ${shown}`);
}

/** File names may come in any encoding: what is not UTF-8 shows as U+FFFD. */
function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
