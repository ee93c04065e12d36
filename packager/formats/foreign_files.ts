/**
 * Files that are not firmware, but get taken for it: each would pass as a raw binary, be signed, and stop the device.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { ImageFormatError } from "./error.ts";

/** A kind of file that is told by how it begins. */
interface ForeignKind {
  readonly what: string;
  readonly begins: readonly string[];
  readonly advice: string;
}

const UNPACK = "Unpack it and give the firmware file inside";
const CROSS_COMPILE = "Give the output of the cross compiler for the device, not a program for another machine";
const FETCH_AGAIN = "The download brought a page instead of the file: fetch the raw file";

/** What files begin with, one character a byte. None of these can be the initial stack pointer of a vector table. */
const FOREIGN_KINDS: readonly ForeignKind[] = [
  {
    what: "an update bundle or container of Coreslot",
    begins: ["\x89CSB\r\n\x1a\n", "\x89CSI\r\n\x1a\n"],
    advice: "It is packed already: use inspect, verify or extract on it",
  },
  { what: "a gzip archive", begins: ["\x1f\x8b\x08"], advice: UNPACK },
  { what: "a bzip2 archive", begins: ["BZh"], advice: UNPACK },
  { what: "an xz archive", begins: ["\xfd7zXZ\0"], advice: UNPACK },
  { what: "a Zstandard archive", begins: ["\x28\xb5\x2f\xfd"], advice: UNPACK },
  { what: "a 7z archive", begins: ["7z\xbc\xaf\x27\x1c"], advice: UNPACK },
  { what: "a zip archive", begins: ["PK\x03\x04", "PK\x05\x06"], advice: UNPACK },
  { what: "a static library", begins: ["!<arch>\n"], advice: "Link it, and give the linker's output" },
  { what: "a program for Windows", begins: ["MZ"], advice: CROSS_COMPILE },
  {
    what: "a program for macOS",
    begins: ["\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"],
    advice: CROSS_COMPILE,
  },
  { what: "a key or a certificate (PEM)", begins: ["-----BEGIN "], advice: "Give the firmware file instead" },
  {
    what: "a Git LFS pointer",
    begins: ["version https://git-lfs"],
    advice: "The file itself was not fetched: run `git lfs pull`",
  },
  { what: "a web page", begins: ["<!DOCTYPE", "<!doctype", "<html", "<HTML"], advice: FETCH_AGAIN },
  { what: "XML", begins: ["<?xml"], advice: FETCH_AGAIN },
  {
    what: "text in UTF-16",
    begins: ["\xff\xfe", "\xfe\xff"],
    advice: "Save it as ASCII text; the > of PowerShell writes UTF-16",
  },
];

/** The same for files that are ASCII text all through. */
const FOREIGN_TEXTS: readonly ForeignKind[] = [
  { what: "JSON", begins: ["{", "["], advice: FETCH_AGAIN },
  { what: "Verilog or TI-TXT hex", begins: ["@"], advice: "Let the tool chain write Intel HEX or S-records" },
  { what: "text", begins: [""], advice: "Give the ELF, HEX, S-record, DfuSe, UF2 or binary file that the build wrote" },
];

/** Enough for the longest beginning above. */
const HEAD_SIZE_BYTES = 32;

/**
 * Refuses a file that is something else than firmware.
 *
 * @param bytes The whole file, which is none of the formats that have a signature of their own.
 * @throws {ImageFormatError} `unknown-format` or `merge-conflict`; the message names what the file is.
 */
export function refuseForeignFile(bytes: Uint8Array): void {
  const head = String.fromCharCode(...bytes.subarray(0, HEAD_SIZE_BYTES));
  if (head.startsWith("<<<<<<< ")) {
    throw new ImageFormatError({
      code: "merge-conflict",
      message: "Cannot read the file: it begins with the marker of an unresolved merge",
      advice: "Take one side of the merge whole, or build the file again",
      offset: 0,
      line: 1,
    });
  }
  const kinds = isAscii(bytes) ? [...FOREIGN_KINDS, ...FOREIGN_TEXTS] : FOREIGN_KINDS;
  const kind = kinds.find(({ begins }) => begins.some((beginning) => head.trimStart().startsWith(beginning)));
  if (kind === undefined) return;
  throw new ImageFormatError({
    code: "unknown-format",
    message: `Cannot read the file as firmware: it is ${kind.what}`,
    advice: kind.advice,
    offset: 0,
    got: kind.what,
  });
}

/** Firmware is never ASCII all through: a vector table for flash holds zeros, and bytes from 0x80 up. */
function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f || byte >= 0x09 && byte <= 0x0d);
}
