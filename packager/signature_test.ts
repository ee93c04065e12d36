import assert from "node:assert/strict";
import { type Bytes, concatBytes, parseHex } from "../core/mod.ts";
import { ED25519_ORDER, encodeBigEndian, P256_ORDER } from "./curves.ts";
import { encodeEcdsaDer } from "./ecdsa_der.ts";
import type { KeyType } from "./header.ts";
import { findSignatureFlaw, normalizeSignature } from "./signature.ts";

const HALF_ORDER = P256_ORDER / 2n;

const p256 = (r: bigint, s: bigint) => concatBytes([encodeBigEndian(r, 32), encodeBigEndian(s, 32)]);
const ed25519 = (s: bigint) => concatBytes([new Uint8Array(32).fill(1), encodeBigEndian(s, 32).reverse()]);

/** Signatures by their form. */
const FORMS: readonly [string, KeyType, Bytes, boolean][] = [
  ["the smallest numbers", "p256", p256(1n, 1n), true],
  ["the largest r and the largest low s", "p256", p256(P256_ORDER - 1n, HALF_ORDER), true],
  ["the smallest high s", "p256", p256(1n, HALF_ORDER + 1n), false],
  ["the largest high s", "p256", p256(1n, P256_ORDER - 1n), false],
  ["r = 0", "p256", p256(0n, 1n), false],
  ["s = 0", "p256", p256(1n, 0n), false],
  ["r = n", "p256", p256(P256_ORDER, 1n), false],
  ["r = n + 1", "p256", p256(P256_ORDER + 1n, 1n), false],
  ["r = 2^256 - 1", "p256", p256(2n ** 256n - 1n, 1n), false],
  ["s = n", "p256", p256(1n, P256_ORDER), false],
  ["s = 2^256 - 1", "p256", p256(1n, 2n ** 256n - 1n), false],
  ["63 bytes", "p256", new Uint8Array(63).fill(1), false],
  ["65 bytes", "p256", new Uint8Array(65).fill(1), false],
  ["s = L - 1", "ed25519", ed25519(ED25519_ORDER - 1n), true],
  ["s = 0", "ed25519", ed25519(0n), true],
  ["s = L", "ed25519", ed25519(ED25519_ORDER), false],
  ["s = L + 1", "ed25519", ed25519(ED25519_ORDER + 1n), false],
  ["s = 2^256 - 1", "ed25519", ed25519(2n ** 256n - 1n), false],
  ["63 bytes", "ed25519", new Uint8Array(63), false],
  ["65 bytes", "ed25519", new Uint8Array(65), false],
  ["nothing", "ed25519", new Uint8Array(), false],
];

for (const [name, type, signature, isRight] of FORMS) {
  Deno.test(`findSignatureFlaw() ${isRight ? "takes" : "refuses"} ${type} with ${name}`, () => {
    assert.equal(findSignatureFlaw(type, signature) === undefined, isRight);
  });
}

Deno.test("normalizeSignature() brings a high s down, raw or in DER, and leaves a low one", () => {
  const low = p256(5n, 7n);
  const high = p256(5n, P256_ORDER - 7n);
  for (const signature of [low, high, encodeEcdsaDer(low), encodeEcdsaDer(high)]) {
    assert.deepEqual(normalizeSignature("p256", signature), low);
  }
});

/** What is no signature. */
const REFUSED: readonly [string, KeyType, Bytes, string][] = [
  ["63 bytes", "ed25519", new Uint8Array(63), "bad-length"],
  ["65 bytes", "ed25519", new Uint8Array(65), "bad-length"],
  ["DER for Ed25519", "ed25519", parseHex("3006020101020101"), "bad-length"],
  ["s = L", "ed25519", ed25519(ED25519_ORDER), "out-of-range"],
  ["63 bytes", "p256", new Uint8Array(63), "bad-der"],
  ["65 bytes", "p256", new Uint8Array(65), "bad-der"],
  ["r = 0", "p256", p256(0n, 1n), "out-of-range"],
  ["s = n", "p256", p256(1n, P256_ORDER), "out-of-range"],
  ["s = n in DER", "p256", encodeEcdsaDer(p256(1n, P256_ORDER)), "out-of-range"],
  ["r = 0 in DER", "p256", encodeEcdsaDer(p256(0n, 1n)), "out-of-range"],
];

for (const [name, type, signature, code] of REFUSED) {
  Deno.test(`normalizeSignature() refuses ${type} with ${name}`, () => {
    assert.throws(() => normalizeSignature(type, signature), { name: "SignatureFormatError", code });
  });
}

Deno.test("normalizeSignature() gives fresh bytes", () => {
  const signature = p256(1n, 1n);
  normalizeSignature("p256", signature).fill(0);
  assert.deepEqual(signature, p256(1n, 1n));
});
