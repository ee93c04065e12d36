/**
 * Numbers and bytes as people read them in a datasheet: `0x08020000`, `de ad be ef`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "./bytes.ts";

const HEX_BYTES_REGEXP = /^(?:[0-9a-f]{2})*$/i;

/**
 * Formats an address as `0x` and eight upper-case digits.
 *
 * @param address 0 to 2^32; the end of the last segment may be 2^32 and takes nine digits.
 * @returns For example `0x08020000`.
 *
 * @example The first byte behind the loader
 * ```ts
 * import { formatAddress } from "@coreslot/coreslot/core";
 *
 * console.assert(formatAddress(0x0802_0000) === "0x08020000");
 * ```
 */
export function formatAddress(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(8, "0")}`;
}

/**
 * Formats bytes as lower-case hexadecimal digits.
 *
 * @param bytes Any bytes.
 * @param separator What stands between two bytes.
 * @default separator {""}
 * @returns Two digits a byte.
 *
 * @example An answer on the wire
 * ```ts
 * import { formatHex } from "@coreslot/coreslot/core";
 *
 * console.assert(formatHex(Uint8Array.of(0x31, 0xce), " ") === "31 ce");
 * ```
 */
export function formatHex(bytes: Uint8Array, separator = ""): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);
}

/**
 * Parses hexadecimal digits into bytes; white space between bytes is skipped.
 *
 * @param text An even number of digits, either case.
 * @returns Fresh bytes.
 * @throws {SyntaxError} When anything but pairs of digits and white space is found.
 *
 * @example Bytes out of a specification
 * ```ts
 * import { parseHex } from "@coreslot/coreslot/core";
 *
 * console.assert(parseHex("31 ce").length === 2);
 * ```
 */
export function parseHex(text: string): Bytes {
  const digits = text.replaceAll(/\s+/g, "");
  if (!HEX_BYTES_REGEXP.test(digits)) {
    throw new SyntaxError(`Cannot parse hexadecimal bytes: "${text}" is not pairs of digits`);
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
