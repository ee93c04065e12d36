/**
 * The eight bytes that each of our records begins with, and what a damaged path makes of them.
 *
 * As in PNG (RFC 2083, 12.11 "PNG file signature"): a byte with its high bit set, letters that a person reads
 * in a hex dump, CR LF, the DOS end-of-file character, LF. Whatever strips a bit or rewrites line ends changes them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../core/bytes.ts";
import { formatHex } from "../core/hex.ts";
import { ContainerFormatError } from "./container_error.ts";
import type { Place } from "./field_table.ts";

/** Size of a magic number in bytes. */
export const MAGIC_SIZE_BYTES = 8;

/** Begins a bundle: `\x89CSB`. */
export const BUNDLE_MAGIC: Bytes = magic("CSB");
/** Begins an image header, and so a container: `\x89CSI`. */
export const HEADER_MAGIC: Bytes = magic("CSI");
/** Begins a commit word: `\x89CSC`. */
export const COMMIT_MAGIC: Bytes = magic("CSC");

/** What well-known damage does to a magic number. */
const DAMAGES: readonly { readonly what: string; readonly change: (magic: string) => string }[] = [
  { what: "each byte lost its high bit", change: (text) => text.replace("\x89", "\x09") },
  { what: "CR LF became LF, as in text mode", change: (text) => text.replace("\r\n", "\n") },
  { what: "LF became CR LF, as in text mode", change: (text) => text.replaceAll("\n", "\r\n") },
  { what: "LF became CR LF, as in text mode", change: (text) => text.replaceAll(/(?<!\r)\n/g, "\r\n") },
  { what: "CR became LF, as in text mode", change: (text) => text.replaceAll("\r", "\n") },
  { what: "LF became CR, as in text mode", change: (text) => text.replaceAll("\n", "\r") },
  { what: "CR was dropped", change: (text) => text.replaceAll("\r", "") },
  { what: "it was read as Latin-1 text and written as UTF-8", change: (text) => text.replace("\x89", "\xc2\x89") },
  { what: "it was read as UTF-8 text", change: (text) => text.replace("\x89", "\xef\xbf\xbd") },
];

/**
 * Checks that a record begins with its magic number, and says what happened where damage is recognised.
 *
 * @param bytes The record and whatever follows it; may be short.
 * @param expected The magic number.
 * @param place Where the record stands.
 * @throws {ContainerFormatError} `bad-magic`, `damaged-in-transfer`, or `truncated` where what is there is right.
 */
export function checkMagic(bytes: Uint8Array, expected: Bytes, place: Place): void {
  const got = bytes.subarray(0, MAGIC_SIZE_BYTES);
  const at = { field: `${place.path}.magic`, offset: place.offset, expected: formatHex(expected), got: formatHex(got) };
  if (equalBytes(got, expected)) return;
  if (equalBytes(got, expected.subarray(0, got.length))) {
    throw new ContainerFormatError({ code: "truncated", ...at, got: `the end after ${got.length} bytes` });
  }
  const damage = findDamage(bytes, expected);
  if (damage === undefined) throw new ContainerFormatError({ code: "bad-magic", ...at, advice: adviseOn(got) });
  const advice = `The file was damaged on its way (${damage}): fetch it again in binary mode`;
  throw new ContainerFormatError({ code: "damaged-in-transfer", ...at, advice });
}

function findDamage(bytes: Uint8Array, expected: Bytes): string | undefined {
  const whole = String.fromCharCode(...expected);
  return DAMAGES.find(({ change }) => {
    const damaged = Uint8Array.from(change(whole).slice(0, MAGIC_SIZE_BYTES), (char) => char.charCodeAt(0));
    return equalBytes(bytes.subarray(0, damaged.length), damaged);
  })?.what;
}

function adviseOn(got: Uint8Array): string {
  const kinds = [
    { is: BUNDLE_MAGIC, what: "a bundle" },
    { is: HEADER_MAGIC, what: "a container or an image header" },
    { is: COMMIT_MAGIC, what: "a commit word" },
  ];
  const kind = kinds.find(({ is }) => equalBytes(got, is));
  return kind === undefined
    ? "This is no file of Coreslot's; bundles and containers are what coreslot pack and coreslot extract write"
    : `This is ${kind.what}`;
}

function magic(letters: string): Bytes {
  return Uint8Array.from(`\x89${letters}\r\n\x1a\n`, (char) => char.charCodeAt(0));
}
