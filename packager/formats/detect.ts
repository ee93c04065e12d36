/**
 * Tells the format of a firmware file by its content, never by its name.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { decodeDfuSuffix, DFUSE_VERSION } from "./dfu_suffix.ts";
import { ImageFormatError } from "./error.ts";
import { refuseForeignFile } from "./foreign_files.ts";
import type { ImageFormat } from "./format.ts";
import { refuseUtf8Damage } from "./utf8_damage.ts";

/** Files of a format, told by how they begin, one character a byte. */
interface Beginning {
  readonly format: ImageFormat;
  readonly regexp: RegExp;
}

/**
 * No raw binary for an STM32 begins like one of these: its first word is a stack pointer, a multiple of 4 in RAM.
 * A record of text needs no more than its mark and as many printable characters as the shortest record has, so that the
 * reader gets to say what is wrong with them; so with a byte order mark.
 */
const BEGINNINGS: readonly Beginning[] = [
  { format: "elf", regexp: /^\x7fELF/ },
  { format: "dfuse", regexp: /^DfuSe/ },
  { format: "uf2", regexp: /^UF2\n/ },
  { format: "hex", regexp: /^(?:\xef\xbb\xbf)?\s*:[ -~]{10}/ },
  { format: "srec", regexp: /^(?:\xef\xbb\xbf)?\s*S[0-9][ -~]{8}/ },
];
const HEAD_SIZE_BYTES = 64;

/**
 * Tells the format of a firmware file.
 *
 * What begins like one format is taken for it, however damaged the rest is: its reader says what is wrong. What begins
 * like none, and is not recognised as something else, is a raw binary. A binary with the suffix of plain DFU files behind
 * it (`bcdDFU` 0x0100 or 0x0110) is one, too.
 *
 * @param bytes The whole file. Not modified, not kept.
 * @returns The format.
 * @throws {ImageFormatError} When the file is empty, or surely no firmware: an archive, a web page, a key, a pointer of
 *   Git LFS, an update bundle, a program for another system, other text; or was damaged by being saved as text; or ends
 *   with a DFU suffix that is not right.
 *
 * @example A vector table is all that a raw binary has
 * ```ts
 * import { detectFormat } from "@coreslot/coreslot/packager";
 *
 * console.assert(detectFormat(Uint8Array.of(0, 0, 2, 0x24, 0x99, 2, 2, 8)) === "bin");
 * console.assert(detectFormat(new TextEncoder().encode(":00000001FF\n")) === "hex");
 * ```
 */
export function detectFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) {
    throw new ImageFormatError({
      code: "no-data",
      message: "Cannot read the file: it is empty",
      advice: "Look at the build that wrote it",
      offset: 0,
    });
  }
  const head = String.fromCharCode(...bytes.subarray(0, HEAD_SIZE_BYTES));
  const format = BEGINNINGS.find(({ regexp }) => regexp.test(head))?.format;
  if (format === "hex" || format === "srec") return format;
  if (format === undefined) refuseForeignFile(bytes);
  refuseUtf8Damage(bytes, format ?? "bin");
  return format ?? (decodeDfuSuffix(bytes)?.dfuVersion === DFUSE_VERSION ? "dfuse" : "bin");
}
