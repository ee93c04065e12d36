/**
 * Facts about the two curves, for the checks that WebCrypto leaves to its platforms: ranges, the curve's equation, points
 * of small order.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { formatHex, parseHex } from "../core/hex.ts";

/** Order of the group of P-256 (FIPS 186-4, D.1.2.3). */
export const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Order of the base point of Ed25519 (RFC 8032, section 5.1). */
export const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** P-256: y^2 = x^3 - 3x + b over the field of this prime (FIPS 186-4, D.1.2.3). */
const P256_PRIME = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const P256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const ED25519_PRIME = 2n ** 255n - 19n;

/**
 * The y of the eight points whose order divides 8. The sign of x adds nothing. A signature made for such a "key" verifies
 * for many messages. The test recomputes the list.
 */
const SMALL_ORDER_Y: readonly bigint[] = [
  0n,
  1n,
  ED25519_PRIME - 1n,
  littleEndian(parseHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
  littleEndian(parseHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
];

/**
 * Reads a number, most significant byte first.
 *
 * @param bytes The bytes.
 * @returns The number; 0 for no bytes.
 */
export function bigEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x0${formatHex(bytes)}`);
}

/**
 * Reads a number, least significant byte first.
 *
 * @param bytes The bytes.
 * @returns The number; 0 for no bytes.
 */
export function littleEndian(bytes: Uint8Array): bigint {
  return bigEndian(bytes.toReversed());
}

/**
 * Writes a number, most significant byte first.
 *
 * @param value 0 or more, below 256 to the power of `sizeBytes`.
 * @param sizeBytes Number of bytes.
 * @returns Fresh bytes.
 */
export function encodeBigEndian(value: bigint, sizeBytes: number): Bytes {
  return parseHex(value.toString(16).padStart(sizeBytes * 2, "0"));
}

/**
 * Tells whether 64 bytes are a point of P-256.
 *
 * @param point X and Y, 32 bytes each.
 * @returns `true` when both are below the prime and the equation holds.
 */
export function isP256Point(point: Uint8Array): boolean {
  const x = bigEndian(point.subarray(0, 32));
  const y = bigEndian(point.subarray(32));
  if (x >= P256_PRIME || y >= P256_PRIME) return false;
  return (y * y - (x * x - 3n) * x - P256_B) % P256_PRIME === 0n;
}

/**
 * Tells whether 32 bytes can be an Ed25519 public key of a signer: a y below the prime, and not of small order. Whether
 * there is an x to that y shows when a signature is verified.
 *
 * @param key The encoded point.
 * @returns `false` for encodings that are not canonical and for points of small order.
 */
export function isEd25519Key(key: Uint8Array): boolean {
  const y = littleEndian(key) & (2n ** 255n - 1n);
  return y < ED25519_PRIME && !SMALL_ORDER_Y.includes(y);
}
