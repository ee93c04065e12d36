/**
 * What somebody without the key tries: signatures that lenient verifiers take, keys mixed up, releases mixed up.
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes, parseHex } from "../core/mod.ts";
import { decodeBundle, headerOffset } from "../packager/bundle.ts";
import { bigEndian, ED25519_ORDER, encodeBigEndian, littleEndian, P256_ORDER } from "../packager/curves.ts";
import { containerOf } from "../packager/extract.ts";
import { generateKey } from "../packager/generate_key.ts";
import { HEADER_FIELDS, type KeyType } from "../packager/header.ts";
import type { PackOptions } from "../packager/pack.ts";
import { verifyUpdate } from "../packager/verify.ts";
import { type Changes, forgeBundle, forgeImage, resign } from "./forge.ts";
import { refusalOf } from "./mutants.ts";
import { createSmallImages, importKnownKey, packSmallPair } from "./small_pair.ts";

const ED25519 = await importKnownKey("ed25519");
const P256 = await importKnownKey("p256");
const KEYS = [ED25519.publicKey, P256.publicKey];
const PAIRS = { ed25519: await packSmallPair({ key: ED25519 }), p256: await packSmallPair({ key: P256 }) };

/** Signatures in place of the right one: r and s, or R and S. */
const SIGNATURES: readonly [string, KeyType, (signature: Bytes) => Bytes][] = [
  ["ones", "p256", () => new Uint8Array(64).fill(0xff)],
  ["r = 0", "p256", (signature) => concatBytes([new Uint8Array(32), signature.subarray(32)])],
  ["s = 0", "p256", (signature) => concatBytes([signature.subarray(0, 32), new Uint8Array(32)])],
  ["r = n", "p256", (signature) => concatBytes([encodeBigEndian(P256_ORDER, 32), signature.subarray(32)])],
  ["s = n", "p256", (signature) => concatBytes([signature.subarray(0, 32), encodeBigEndian(P256_ORDER, 32)])],
  ["r = n + 1 and s = n + 1", "p256", () => {
    const number = encodeBigEndian(P256_ORDER + 1n, 32);
    return concatBytes([number, number]);
  }],
  ["r = s = 1", "p256", () => concatBytes([encodeBigEndian(1n, 32), encodeBigEndian(1n, 32)])],
  ["n - s, which the mathematics takes", "p256", (signature) => {
    const twin = P256_ORDER - bigEndian(signature.subarray(32));
    return concatBytes([signature.subarray(0, 32), encodeBigEndian(twin, 32)]);
  }],
  ["r and s exchanged", "p256", (signature) => concatBytes([signature.subarray(32), signature.subarray(0, 32)])],
  ["the least significant byte first", "p256", (signature) => {
    return concatBytes([signature.slice(0, 32).reverse(), signature.slice(32).reverse()]);
  }],
  ["ones", "ed25519", () => new Uint8Array(64).fill(0xff)],
  ["S + L, which the mathematics takes", "ed25519", (signature) => {
    const twin = littleEndian(signature.subarray(32)) + ED25519_ORDER;
    return concatBytes([signature.subarray(0, 32), encodeBigEndian(twin, 32).reverse()]);
  }],
  ["R of small order and S = 0", "ed25519", () => parseHex(`01${"00".repeat(63)}`)],
  ["R of order 4 and S = 0", "ed25519", () => parseHex(`${"00".repeat(31)}80${"00".repeat(32)}`)],
  [
    "R that is not reduced",
    "ed25519",
    (signature) => concatBytes([parseHex(`ee${"ff".repeat(30)}7f`), signature.subarray(32)]),
  ],
];

for (const [name, type, change] of SIGNATURES) {
  Deno.test(`verifyUpdate() refuses a ${type} signature with ${name}, in either header`, async () => {
    for (const index of [0, 1]) {
      const forged = PAIRS[type].slice();
      const offset = headerOffset(index) + HEADER_FIELDS.signature.offset;
      forged.set(change(forged.slice(offset, offset + 64)), offset);
      assert.equal(await refusalOf(forged, KEYS), "bad-signature");
    }
  });
}

Deno.test("verifyUpdate() refuses the two signatures of a release exchanged, and one in both places", async () => {
  for (const pair of Object.values(PAIRS)) {
    const [first, second] = [pair.slice(224, 288), pair.slice(480, 544)];
    assert.equal(await refusalOf(withSignatures(pair, second, first), KEYS), "bad-signature");
    assert.equal(await refusalOf(withSignatures(pair, first, first), KEYS), "bad-signature");
    assert.equal(await refusalOf(withSignatures(pair, second, second), KEYS), "bad-signature");
    assert.deepEqual(withSignatures(pair, first, second), pair);
  }
});

/** Headers whose key id, kind and signature are not of one key. All CRCs and set ids fit. */
const KEY_MIXES: readonly [string, () => Promise<Bytes>, string][] = [
  [
    "a new key under the trusted key's id",
    async () => resign(PAIRS.ed25519, 2, (await generateKey("ed25519")).key),
    "bad-signature",
  ],
  [
    "a new P-256 key under the trusted one's id",
    async () => resign(PAIRS.p256, 2, (await generateKey("p256")).key),
    "bad-signature",
  ],
  ["a new key under its own id", async () => packSmallPair({ key: (await generateKey("p256")).key }), "unknown-key"],
  ["a P-256 signature in an Ed25519 header", () => resign(PAIRS.ed25519, 2, P256), "bad-signature"],
  ["an Ed25519 signature in a P-256 header", () => resign(PAIRS.p256, 2, ED25519), "bad-signature"],
  [
    "kind P-256 with the Ed25519 key's id",
    () => resign(both(PAIRS.ed25519, { signatureKind: 2 }), 2, P256),
    "wrong-signature-kind",
  ],
  [
    "kind Ed25519 with the P-256 key's id",
    () => resign(both(PAIRS.p256, { signatureKind: 1 }), 2, ED25519),
    "wrong-signature-kind",
  ],
  [
    "the P-256 key's id with kind Ed25519",
    () => resign(both(PAIRS.ed25519, { keyId: P256.keyId }), 2, ED25519),
    "wrong-signature-kind",
  ],
  ["one header signed by each key", async () => {
    const other = await resign(PAIRS.ed25519, 2, P256);
    return withSignatures(PAIRS.ed25519, PAIRS.ed25519.slice(224, 288), other.slice(480, 544));
  }, "bad-signature"],
];

for (const [name, make, code] of KEY_MIXES) {
  Deno.test(`verifyUpdate() refuses ${name}`, async () => assert.equal(await refusalOf(await make(), KEYS), code));
}

/** Releases that differ from the small pair in one thing, so that a mixture fits but for the set id. */
const OTHER_RELEASES: readonly [string, Partial<PackOptions>, string][] = [
  ["other firmware under the same version", { images: createSmallImages(1) }, "set-mismatch"],
  ["another version", { version: "1.2.4+4" }, "set-mismatch"],
  ["another build", { version: "1.2.3+5" }, "set-mismatch"],
  ["a lower counter", { counter: 6 }, "set-mismatch"],
  ["another product", { product: "another pump" }, "set-mismatch"],
  ["other metadata", { metadata: new TextEncoder().encode('{"sbom":2}\n') }, "set-mismatch"],
];

for (const [name, options, code] of OTHER_RELEASES) {
  Deno.test(`verifyUpdate() refuses the CM4 image of a release with ${name}, with CRCs made to fit`, async () => {
    const other = await packSmallPair(options);
    for (const [pair, donor] of [[PAIRS.ed25519, other], [other, PAIRS.ed25519]] as const) {
      await verifyUpdate(donor, { keys: KEYS });
      const mixed = concatBytes([
        pair.subarray(0, headerOffset(1)),
        donor.subarray(headerOffset(1), headerOffset(2)),
        pair.subarray(headerOffset(2), headerOffset(2) + 96),
        donor.subarray(headerOffset(2) + 96, headerOffset(2) + 160),
        pair.subarray(headerOffset(2) + 160),
      ]);
      assert.equal(await refusalOf(forgeBundle(mixed, {}), KEYS), code);
      // Even if both headers are made to name the same set.
      const shared = both(mixed, { setId: pair.slice(120, 136) });
      assert.ok(["bad-set-id", "set-mismatch"].includes(await refusalOf(shared, KEYS)));
    }
  });
}

Deno.test("verifyUpdate() refuses the metadata of another release of the same size", async () => {
  const other = await packSmallPair({ metadata: new TextEncoder().encode('{"sbom":2}\n') });
  const swapped = concatBytes([PAIRS.ed25519.subarray(0, -11), other.subarray(-11)]);
  assert.equal(await refusalOf(swapped, KEYS), "bad-metadata-digest");
});

Deno.test("verifyUpdate() refuses a release with its images exchanged, and with one of them twice", async () => {
  const { images } = decodeBundle(PAIRS.ed25519);
  const [first, second] = [PAIRS.ed25519.slice(32, 288), PAIRS.ed25519.slice(288, 544)];
  assert.equal(images.length, 2);
  const withHeaders = (...headers: Bytes[]) =>
    concatBytes([PAIRS.ed25519.subarray(0, 32), ...headers, PAIRS.ed25519.subarray(544)]);
  assert.equal(await refusalOf(withHeaders(second, first), KEYS), "bad-count");
  assert.equal(await refusalOf(withHeaders(first, first), KEYS), "bad-count");
  const twice = forgeImage(withHeaders(first, first), 1, { index: 1 });
  assert.equal(await refusalOf(twice, KEYS), "duplicate-core");
});

Deno.test("verifyUpdate() refuses one image of two, even if it claims to be all", async () => {
  const container = containerOf(PAIRS.ed25519, "CM7");
  assert.equal(await refusalOf(container, KEYS), "incomplete-set");
  const alone = concatBytes([PAIRS.ed25519.subarray(0, 288), container.subarray(256), PAIRS.ed25519.subarray(-11)]);
  const claiming = forgeBundle(forgeImage(alone, 0, { imageCount: 1 }), {
    imageCount: 1,
    totalSizeBytes: alone.length,
  });
  assert.equal(await refusalOf(claiming, KEYS), "bad-set-id");
});

function both(pair: Bytes, changes: Changes<typeof HEADER_FIELDS>): Bytes {
  return forgeImage(forgeImage(pair, 0, changes), 1, changes);
}

function withSignatures(pair: Bytes, first: Bytes, second: Bytes): Bytes {
  return forgeImage(forgeImage(pair, 0, { signature: first }), 1, { signature: second });
}
