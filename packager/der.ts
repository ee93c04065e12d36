/**
 * As much of DER (X.690) as keys and ECDSA signatures need: one value after another, definite lengths in their shortest
 * form. For the host only; nothing on a device has to read DER.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { formatHex } from "../core/hex.ts";

/** Tags of the values we meet (X.690, 8.1.2; X.680, table 1). */
export const DER_TAGS = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** `[1]` of a PKCS#8: the public key, its own tag replaced (RFC 5958, section 2). */
  implicit1: 0x81,
  /** `[0]` of a SEC1 key: the curve (RFC 5915, section 3). */
  explicit0: 0xa0,
  /** `[1]` of a SEC1 key: the public key. */
  explicit1: 0xa1,
} as const;

/** A value: its tag and its content. */
export interface DerValue {
  /** The tag byte. */
  readonly tag: number;
  /** The content, a copy. */
  readonly content: Bytes;
}

/**
 * Reads the values that stand one behind the other in `bytes`.
 *
 * @param bytes DER, or the content of a constructed value.
 * @returns The values; nothing is left over.
 * @throws {SyntaxError} When the bytes are not whole values in DER. Lengths above 65,535 are refused.
 */
export function decodeDer(bytes: Uint8Array): readonly DerValue[] {
  const values: DerValue[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const { start, end } = readExtent(bytes, offset);
    values.push({ tag: bytes[offset]!, content: bytes.slice(start, end) });
    offset = end;
  }
  return values;
}

/**
 * Reads one value that must have a certain tag and be all there is.
 *
 * @param bytes DER.
 * @param tag The tag.
 * @returns Its content.
 * @throws {SyntaxError} When there is another value, or more than one.
 */
export function decodeOnlyValue(bytes: Uint8Array, tag: number): Bytes {
  const [value, ...rest] = decodeDer(bytes);
  if (rest.length > 0) throw new SyntaxError("Cannot decode DER: bytes follow the value");
  return contentOf(value, tag);
}

/**
 * Gives the content of a value that must be there and have a certain tag.
 *
 * @param value The value, if there is one.
 * @param tag The tag.
 * @returns Its content.
 * @throws {SyntaxError} When there is no value, or one with another tag.
 */
export function contentOf(value: DerValue | undefined, tag: number): Bytes {
  if (value?.tag === tag) return value.content;
  const got = value === undefined ? "the end" : `tag 0x${formatHex(Uint8Array.of(value.tag))}`;
  throw new SyntaxError(`Cannot decode DER: expected tag 0x${formatHex(Uint8Array.of(tag))}, got ${got}`);
}

function readExtent(bytes: Uint8Array, offset: number): { readonly start: number; readonly end: number } {
  const first = bytes[offset + 1];
  if (first === undefined) throw new SyntaxError(`Cannot decode DER: no length at offset ${offset + 1}`);
  const lengthBytes = first < 0x80
    ? bytes.subarray(offset + 1, offset + 2)
    : longLength(bytes, offset + 2, first & 0x7f);
  const sizeBytes = lengthBytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const start = offset + (first < 0x80 ? 2 : 2 + lengthBytes.length);
  if (start + sizeBytes > bytes.length) {
    throw new SyntaxError(`Cannot decode DER: the value at offset ${offset} runs past the end`);
  }
  return { start, end: start + sizeBytes };
}

function longLength(bytes: Uint8Array, offset: number, count: number): Uint8Array {
  const digits = bytes.subarray(offset, offset + count);
  const isShortest = digits.length === count && (count === 1 ? digits[0]! >= 0x80 : count === 2 && digits[0] !== 0);
  if (!isShortest) throw new SyntaxError(`Cannot decode DER: bad length at offset ${offset - 1}`);
  return digits;
}
