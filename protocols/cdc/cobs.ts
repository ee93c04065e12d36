/**
 * Consistent Overhead Byte Stuffing: bytes without a zero among them, so that a zero can end a frame (Cheshire and Baker,
 * IEEE/ACM Transactions on Networking 7(2), 1999).
 *
 * A block is a code byte 1 to 255 and code - 1 bytes that are not zero; a code below 255 stands for a zero behind its
 * block, except for the last block. A frame that ends with a full block of 254 bytes has no empty block behind it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";

/** Bytes that are not zero in a full block. */
const BLOCK_BYTES = 254;

/**
 * Encodes bytes.
 *
 * @param bytes Any number of bytes.
 * @returns Fresh bytes without a zero: one more than there were, and one more for each 254 without a zero among them.
 *
 * @example A zero becomes a code
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeCobs } from "@coreslot/coreslot/cdc";
 *
 * assert.deepEqual(encodeCobs(Uint8Array.of(0x11, 0x00, 0x22)), Uint8Array.of(2, 0x11, 2, 0x22));
 * ```
 */
export function encodeCobs(bytes: Uint8Array): Bytes {
  const encoded = new Uint8Array(bytes.length + Math.floor(bytes.length / BLOCK_BYTES) + 1);
  let codeAt = 0;
  let end = 1;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte !== 0) encoded[end++] = byte;
    const isFull = end - codeAt === BLOCK_BYTES + 1;
    if (byte !== 0 && !(isFull && index + 1 < bytes.length)) continue;
    encoded[codeAt] = end - codeAt;
    codeAt = end++;
  }
  encoded[codeAt] = end - codeAt;
  return encoded.subarray(0, end);
}

/**
 * Decodes bytes.
 *
 * @param encoded A frame without its delimiter.
 * @returns Fresh bytes; nothing when it has a zero in it, or ends inside a block.
 *
 * @example A frame that was cut off
 * ```ts
 * import { decodeCobs } from "@coreslot/coreslot/cdc";
 *
 * console.assert(decodeCobs(Uint8Array.of(3, 0x11)) === undefined);
 * ```
 */
export function decodeCobs(encoded: Uint8Array): Bytes | undefined {
  const bytes = new Uint8Array(encoded.length);
  let end = 0;
  for (let at = 0; at < encoded.length;) {
    const code = encoded[at++]!;
    const blockEnd = at + code - 1;
    if (code === 0 || blockEnd > encoded.length) return undefined;
    while (at < blockEnd) {
      const byte = encoded[at++]!;
      if (byte === 0) return undefined;
      bytes[end++] = byte;
    }
    if (code <= BLOCK_BYTES && at < encoded.length) bytes[end++] = 0;
  }
  return bytes.subarray(0, end);
}
