/**
 * Recognises binary files that some program has opened and saved as UTF-8 text.
 *
 * Such a program replaces every byte sequence that is not UTF-8 by U+FFFD, which is the bytes EF BF BD: most bytes from
 * 0x80 up are gone for good. A vendor's firmware collection has shipped a `.dfu` file like that for years.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { ImageFormatError } from "./error.ts";
import { FORMAT_NAMES, type ImageFormat } from "./format.ts";

/**
 * Refuses a binary file that has been saved as UTF-8 text.
 *
 * It is one when it is UTF-8 from the first byte to the last and contains U+FFFD. Firmware is not UTF-8: every second
 * instruction of Thumb code has a byte from 0x80 up.
 *
 * @param bytes The whole file.
 * @param format The format it is said to be.
 * @throws {ImageFormatError} `bad-character` at the first replaced byte.
 */
export function refuseUtf8Damage(bytes: Uint8Array, format: ImageFormat): void {
  // Firmware fails the first test within its first bytes, so that a good file costs nothing.
  if (!isUtf8(bytes)) return;
  const offset = findReplacementCharacter(bytes);
  if (offset === undefined) return;
  throw new ImageFormatError({
    code: "bad-character",
    format,
    message:
      `Cannot read the ${
        FORMAT_NAMES[format]
      } file: it was saved as UTF-8 text, which has replaced bytes from 0x80 up ` +
      "by EF BF BD",
    advice: "The lost bytes cannot be had back: fetch the file again as a binary, or build it again",
    offset,
    got: "EF BF BD",
  });
}

function findReplacementCharacter(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(0xef); at >= 0; at = bytes.indexOf(0xef, at + 1)) {
    if (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) return at;
  }
  return undefined;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
