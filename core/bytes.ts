/**
 * Bytes as the whole project passes them around.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/**
 * Bytes in ordinary, unshared memory: what WebCrypto, files and ports accept without a copy.
 *
 * @example A function that takes and gives bytes
 * ```ts
 * import type { Bytes } from "@coreslot/coreslot/core";
 *
 * function twice(bytes: Bytes): Bytes {
 *   return Uint8Array.of(...bytes, ...bytes);
 * }
 *
 * console.assert(twice(Uint8Array.of(1)).length === 2);
 * ```
 */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Joins several byte arrays into a fresh one.
 *
 * @param parts The arrays, in order. Not modified, not kept.
 * @returns A fresh array that holds them one after another.
 *
 * @example Joining a header and a payload
 * ```ts
 * import { concatBytes } from "@coreslot/coreslot/core";
 *
 * console.assert(concatBytes([Uint8Array.of(1), Uint8Array.of(2, 3)]).length === 3);
 * ```
 */
export function concatBytes(parts: readonly Uint8Array[]): Bytes {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Tells whether two byte arrays hold the same bytes.
 *
 * Not in constant time: for digests, addresses and identifiers that everybody may know, never for secrets.
 *
 * @param a One array.
 * @param b The other array.
 * @returns `true` when length and content are equal.
 *
 * @example Comparing a digest with the one expected
 * ```ts
 * import { equalBytes } from "@coreslot/coreslot/core";
 *
 * console.assert(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
 * ```
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // Five times as fast as every() with a callback, and a fifth of a sweep over power cuts compares bytes.
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

/**
 * Rounds a size or an address up to the next multiple of a unit.
 *
 * @param value A whole number, 0 to 2^53 - 1.
 * @param unit The unit, 1 or more.
 * @returns The least multiple of `unit` that is not below `value`.
 *
 * @example A payload of 33 bytes takes two 32-byte flash words
 * ```ts
 * import { roundUp } from "@coreslot/coreslot/core";
 *
 * console.assert(roundUp(33, 32) === 64);
 * ```
 */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
