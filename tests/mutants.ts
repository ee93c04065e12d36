/**
 * Ways to damage bytes, and what comes of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, CoreslotError } from "../core/mod.ts";
import type { VerifyingKey } from "../packager/keys.ts";
import { verifyUpdate } from "../packager/verify.ts";

/** How often each code came. */
export type Tally = Readonly<Record<string, number>>;

/**
 * Flips one bit.
 *
 * @param bytes The bytes.
 * @param bit Number of the bit, from the lowest one of the first byte.
 * @returns Fresh bytes.
 */
export function flipBit(bytes: Uint8Array, bit: number): Bytes {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}

/**
 * Makes every beginning of a file, from nothing to all but the last byte.
 *
 * @param bytes The file.
 */
export function* truncations(bytes: Bytes): Generator<Bytes> {
  for (let sizeBytes = 0; sizeBytes < bytes.length; sizeBytes++) yield bytes.slice(0, sizeBytes);
}

/**
 * Flips every bit of a file, one at a time.
 *
 * @param bytes The file.
 */
export function* bitFlips(bytes: Bytes): Generator<Bytes> {
  for (let bit = 0; bit < bytes.length * 8; bit++) yield flipBit(bytes, bit);
}

/**
 * Sets every byte of a file to 00, 7f, 80 and ff, one at a time, where it has another value.
 *
 * @param bytes The file.
 */
export function* byteValues(bytes: Bytes): Generator<Bytes> {
  for (let offset = 0; offset < bytes.length; offset++) {
    for (const value of [0x00, 0x7f, 0x80, 0xff]) {
      if (bytes[offset] !== value) yield bytes.with(offset, value);
    }
  }
}

/**
 * Verifies what must be refused.
 *
 * @param bytes The file.
 * @param keys The keys that are trusted.
 * @returns The code of the refusal; fails on anything but a coded error with field and offset.
 */
export async function refusalOf(bytes: Bytes, keys: readonly VerifyingKey[]): Promise<string> {
  try {
    await verifyUpdate(bytes, { keys });
  } catch (error) {
    if (!(error instanceof CoreslotError)) throw error;
    const { field, offset } = error.toJSON();
    assert.equal(typeof field, "string");
    assert.ok(typeof offset === "number" && offset >= 0 && offset <= bytes.length, `${field} at ${offset}`);
    return error.code;
  }
  assert.fail("a forged update was accepted");
}

/**
 * Verifies files that must all be refused.
 *
 * @param mutants The files.
 * @param keys The keys that are trusted.
 * @returns How often each code came.
 */
export async function tallyRefusals(mutants: Iterable<Bytes>, keys: readonly VerifyingKey[]): Promise<Tally> {
  const codes: Record<string, number> = {};
  for (const mutant of mutants) {
    const code = await refusalOf(mutant, keys);
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
}

/**
 * Adds a tally up.
 *
 * @param tally The tally.
 * @returns The number of files.
 */
export function totalOf(tally: Tally): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0);
}
