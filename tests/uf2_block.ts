/**
 * UF2 blocks for tests, built from the specification without any of the code under test.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";

/** The fields of a block; what is left out makes block 0 of 1 for the STM32H7, 4 bytes for 0x08020000. */
export interface Uf2BlockFields {
  readonly flags?: number;
  readonly address?: number;
  /** payloadSize; the length of `data` by default. */
  readonly size?: number;
  readonly number?: number;
  readonly count?: number;
  readonly family?: number;
  readonly data?: Uint8Array;
}

/**
 * Builds a block.
 *
 * @param fields What it says.
 * @returns Its 512 bytes.
 */
export function uf2Block(fields: Uf2BlockFields = {}): Bytes {
  const { flags = 0x2000, address = 0x0802_0000, number = 0, count = 1, family = 0x6db6_6082 } = fields;
  const data = fields.data ?? Uint8Array.of(1, 2, 3, 4);
  const bytes = new Uint8Array(512);
  const words = [0x0a32_4655, 0x9e5d_5157, flags, address, fields.size ?? data.length, number, count, family];
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint32(4 * index, word, true));
  view.setUint32(508, 0x0ab1_6f30, true);
  bytes.set(data, 32);
  return bytes;
}
