/**
 * ECDSA signatures as DER: what OpenSSL and most key services give (RFC 3279, section 2.2.3).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/bytes.ts";
import { contentOf, decodeDer, decodeOnlyValue, DER_TAGS, type DerValue } from "./der.ts";
import { SignatureFormatError } from "./signature_error.ts";

const NUMBER_SIZE_BYTES = 32;

/**
 * Decodes a P-256 signature from DER.
 *
 * @param der A sequence of two integers, in their shortest form, not negative, and nothing behind it.
 * @returns 64 fresh bytes: r and s, most significant byte first. Their ranges are not checked.
 * @throws {SignatureFormatError} `bad-der`.
 */
export function decodeEcdsaDer(der: Uint8Array): Bytes {
  try {
    const [r, s, ...rest] = decodeDer(decodeOnlyValue(der, DER_TAGS.sequence));
    if (rest.length > 0) throw new SyntaxError("Cannot decode DER: more than two numbers");
    return concatBytes([decodeNumber(r), decodeNumber(s)]);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SignatureFormatError({
      code: "bad-der",
      message: `Cannot use signature: ${der.length} bytes are neither 64 raw bytes nor DER of two numbers`,
      advice: "Give the signature itself, in binary: neither base64 nor hexadecimal text",
      cause: error,
    });
  }
}

/**
 * Encodes a P-256 signature as DER, for verifiers that want it so.
 *
 * @param signature 64 bytes: r and s.
 * @returns Fresh bytes, 8 to 72.
 * @throws {RangeError} When it does not have 64 bytes.
 *
 * @example What openssl dgst -verify takes
 * ```ts
 * import { encodeEcdsaDer } from "@coreslot/coreslot/packager";
 *
 * console.assert(encodeEcdsaDer(new Uint8Array(64).fill(0x80)).length === 72);
 * ```
 */
export function encodeEcdsaDer(signature: Uint8Array): Bytes {
  if (signature.length !== 2 * NUMBER_SIZE_BYTES) {
    throw new RangeError(`Cannot encode signature: ${signature.length} bytes are not ${2 * NUMBER_SIZE_BYTES}`);
  }
  const numbers = [0, NUMBER_SIZE_BYTES].map((offset) =>
    encodeNumber(signature.subarray(offset, offset + NUMBER_SIZE_BYTES))
  );
  return encodeValue(DER_TAGS.sequence, concatBytes(numbers));
}

function decodeNumber(value: DerValue | undefined): Bytes {
  const content = contentOf(value, DER_TAGS.integer);
  const [first, second = 0] = content;
  if (first === undefined || first >= 0x80) throw new SyntaxError("Cannot decode DER: a number is empty or negative");
  const isPadded = first === 0 && content.length > 1;
  if (isPadded && second < 0x80) throw new SyntaxError("Cannot decode DER: a number is not in its shortest form");
  const digits = isPadded ? content.subarray(1) : content;
  if (digits.length > NUMBER_SIZE_BYTES) throw new SyntaxError("Cannot decode DER: a number is too long for P-256");
  const number = new Uint8Array(NUMBER_SIZE_BYTES);
  number.set(digits, NUMBER_SIZE_BYTES - digits.length);
  return number;
}

function encodeNumber(bytes: Uint8Array): Bytes {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : bytes.slice(start);
  return encodeValue(DER_TAGS.integer, digits[0]! < 0x80 ? digits : concatBytes([Uint8Array.of(0), digits]));
}

function encodeValue(tag: number, content: Bytes): Bytes {
  return concatBytes([Uint8Array.of(tag, content.length), content]);
}
