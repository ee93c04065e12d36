/**
 * Damage in all small ways: cut off anywhere, one byte changed anywhere. For tests that a reader stays in its own words.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Bytes } from "../core/bytes.ts";

/** Values that tend to matter: nothing, the largest positive byte, the sign bit alone, erased flash. */
const REPLACEMENTS = [0x00, 0x7f, 0x80, 0xff];

/** A damaged copy, and what was done to it. */
export interface Damage {
  /** For messages. */
  readonly name: string;
  /** The damaged copy. */
  readonly bytes: Bytes;
}

/**
 * Cuts a file off after every number of bytes.
 *
 * @param bytes The file. Not modified.
 * @returns Every beginning of it, the empty one first, without the whole.
 */
export function* truncations(bytes: Uint8Array): Generator<Damage> {
  for (let length = 0; length < bytes.length; length++) {
    yield { name: `cut to ${length} bytes`, bytes: bytes.slice(0, length) };
  }
}

/**
 * Changes every byte in turn: each of its bits, and to each of four values that it does not have.
 *
 * @param bytes The file. Not modified.
 * @param offsets Where to do it.
 * @default offsets {every offset}
 * @returns One copy for each change.
 */
export function* mutations(bytes: Uint8Array, offsets: Iterable<number> = bytes.keys()): Generator<Damage> {
  for (const offset of offsets) {
    const old = bytes[offset]!;
    const flipped = Array.from({ length: 8 }, (_, bit) => old ^ 1 << bit);
    for (const value of new Set([...flipped, ...REPLACEMENTS])) {
      if (value === old) continue;
      const changed = bytes.slice();
      changed[offset] = value;
      yield { name: `byte ${offset} from ${old} to ${value}`, bytes: changed };
    }
  }
}

/**
 * Counts what a reader does with damaged files, and fails when it throws anything but the errors it is documented for.
 *
 * @param damages The files.
 * @param read The reader.
 * @param documented The classes of error that it may throw.
 * @returns How many files it read all the same, and how many it refused.
 */
export function countRefusals(
  damages: Iterable<Damage>,
  read: (bytes: Bytes) => unknown,
  documented: readonly (new (...args: never[]) => Error)[],
): { readonly read: number; readonly refused: number } {
  const counts = { read: 0, refused: 0 };
  for (const { name, bytes } of damages) {
    try {
      read(bytes);
      counts.read++;
    } catch (error) {
      assert(documented.some((kind) => error instanceof kind), `${name}: ${error}`);
      counts.refused++;
    }
  }
  return counts;
}
