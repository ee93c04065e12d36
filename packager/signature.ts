/**
 * The form of signatures: 64 bytes, every number in its range, one signature only for what one key says of one message.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/bytes.ts";
import { bigEndian, ED25519_ORDER, encodeBigEndian, littleEndian, P256_ORDER } from "./curves.ts";
import { decodeEcdsaDer } from "./ecdsa_der.ts";
import type { KeyType } from "./header.ts";
import { SignatureFormatError } from "./signature_error.ts";

/** Size of a signature in a header, in bytes. */
export const SIGNATURE_SIZE_BYTES = 64;

const HALF = 32;

/**
 * Finds what is wrong with the form of a signature, before any mathematics.
 *
 * @param type Kind of the key that it is checked against.
 * @param signature The signature as it stands in a header.
 * @returns What is wrong, in words, or `undefined` when its form is right.
 */
export function findSignatureFlaw(type: KeyType, signature: Uint8Array): string | undefined {
  if (signature.length !== SIGNATURE_SIZE_BYTES) return `${signature.length} bytes`;
  if (type === "ed25519") {
    return littleEndian(signature.subarray(HALF)) < ED25519_ORDER
      ? undefined
      : "an s that is not below the group order";
  }
  const r = bigEndian(signature.subarray(0, HALF));
  const s = bigEndian(signature.subarray(HALF));
  if (r === 0n || r >= P256_ORDER) return "an r outside 1 to n - 1";
  if (s === 0n || s >= P256_ORDER) return "an s outside 1 to n - 1";
  return s > P256_ORDER / 2n ? "a high s, of which n - s is the accepted twin" : undefined;
}

/**
 * Brings a signature made elsewhere into the form of a header: P-256 signatures may come as DER, and with a high s.
 *
 * @param type Kind of the key that made it.
 * @param signature 64 raw bytes, or for P-256 the DER that OpenSSL, PKCS#11 wrappers and most key services give.
 * @returns 64 fresh bytes.
 * @throws {SignatureFormatError} When it is neither, or a number in it is out of range.
 *
 * @example A signature of 64 bytes in Ed25519 stays as it is
 * ```ts
 * import { normalizeSignature } from "@coreslot/coreslot/packager";
 *
 * console.assert(normalizeSignature("ed25519", new Uint8Array(64)).length === 64);
 * ```
 */
export function normalizeSignature(type: KeyType, signature: Uint8Array): Bytes {
  const isDer = type === "p256" && signature.length !== SIGNATURE_SIZE_BYTES;
  const raw = isDer ? decodeEcdsaDer(signature) : signature.slice();
  const normal = type === "p256" && raw.length === SIGNATURE_SIZE_BYTES ? withLowS(raw) : raw;
  const flaw = findSignatureFlaw(type, normal);
  if (flaw === undefined) return normal;
  throw new SignatureFormatError({
    code: raw.length === SIGNATURE_SIZE_BYTES ? "out-of-range" : "bad-length",
    message: `Cannot use signature: expected 64 bytes in range, got ${flaw}`,
  });
}

function withLowS(signature: Bytes): Bytes {
  const s = bigEndian(signature.subarray(HALF));
  if (s <= P256_ORDER / 2n || s >= P256_ORDER) return signature;
  return concatBytes([signature.subarray(0, HALF), encodeBigEndian(P256_ORDER - s, HALF)]);
}
