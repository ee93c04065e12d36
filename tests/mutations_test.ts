/**
 * Every way to damage an update: refused by `verifyUpdate()`, always with a coded error.
 *
 * The small pair has 715 bytes (32 bundle header, 2 x 256 image headers, 96 + 64 padded payloads of 68 and 37 bytes, 11
 * metadata), the small single as a container 320. On them everything is enumerated, nothing sampled.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, concatBytes, crc32, equalBytes, parseHex } from "../core/mod.ts";
import { BUNDLE_FIELDS, decodeBundle, headerOffset } from "../packager/bundle.ts";
import { containerOf } from "../packager/extract.ts";
import { HEADER_FIELDS, type KeyType, SIGNED_SIZE_BYTES } from "../packager/header.ts";
import type { VerifyingKey } from "../packager/keys.ts";
import { computeSetId } from "../packager/set_id.ts";
import { SET_FIELDS } from "../packager/set_rules.ts";
import { verifyUpdate } from "../packager/verify.ts";
import { forgeBundle, forgeImage } from "./forge.ts";
import { bitFlips, byteValues, flipBit, refusalOf, tallyRefusals, totalOf, truncations } from "./mutants.ts";
import { importKnownKey, packSmallPair, packSmallSingle } from "./small_pair.ts";

const TYPES: readonly KeyType[] = ["ed25519", "p256"];
const PAYLOADS_OFFSET = headerOffset(2);
const PAIRS = { ed25519: await prepare("ed25519"), p256: await prepare("p256") };

for (const type of TYPES) {
  const { pair, keys } = PAIRS[type];
  const name = (what: string) => `verifyUpdate() refuses ${what} of the small pair, signed with ${type}`;

  Deno.test(name("every truncation"), async () => {
    assert.deepEqual(await tallyRefusals(truncations(pair), keys), { truncated: 715 });
  });

  Deno.test(name("every single-bit flip"), async () => {
    const codes = await tallyRefusals(bitFlips(pair), keys);
    assert.equal(totalOf(codes), 715 * 8);
    // What no CRC covers is caught all the same: signatures, metadata, and the padding of 28 and 27 bytes.
    assert.equal(codes["bad-signature"], 2 * 64 * 8);
    assert.equal(codes["bad-metadata-digest"], 11 * 8);
    assert.equal(codes["bad-padding"], (28 + 27) * 8);
  });

  Deno.test(name("every byte set to 00, 7f, 80 and ff"), async () => {
    assert.equal(totalOf(await tallyRefusals(byteValues(pair), keys)), [...byteValues(pair)].length);
  });

  Deno.test(name("every bit flip of signed fields, with set id and CRCs made to fit again"), async () => {
    const codes: Record<string, number> = {};
    for (let bit = 0; bit < 2 * SIGNED_SIZE_BYTES * 8; bit++) {
      const forged = await repairSet(flipHeaderBit(pair, bit));
      if (equalBytes(forged, pair)) continue; // A bit of the set id or of the CRC.
      const code = await refusalOf(forged, keys);
      codes[code] = (codes[code] ?? 0) + 1;
      // The negative control: all that is wrong with these bundles is the signature.
      if (code === "bad-signature") assert.equal(decodeBundle(forged).images.length, 2);
    }
    assert.equal(totalOf(codes), 2 * (SIGNED_SIZE_BYTES - 16 - 4) * 8);
    // No rule of the format can judge version, counter, part, product and the two digests: 784 bits a header.
    assert.ok(codes["bad-signature"]! >= 2 * 784, JSON.stringify(codes));
  });

  Deno.test(name("every bit flip of a payload, with its CRC made to fit again"), async () => {
    const forgeries = [[0, 0, 68] as const, [1, 96, 37] as const].flatMap(([index, start, sizeBytes]) =>
      Array.from({ length: sizeBytes * 8 }, (_, bit) => {
        const forged = flipBit(pair, (PAYLOADS_OFFSET + start) * 8 + bit);
        const payload = forged.subarray(PAYLOADS_OFFSET + start, PAYLOADS_OFFSET + start + sizeBytes);
        return forgeImage(forged, index, { payloadCrc: crc32(payload) });
      })
    );
    assert.deepEqual(await tallyRefusals(forgeries, keys), { "bad-set-id": (68 + 37) * 8 });
  });
}

Deno.test("verifyUpdate() takes the small pair as it is: the other tests would pass if it took nothing", async () => {
  for (const { pair, keys } of Object.values(PAIRS)) {
    assert.equal((await verifyUpdate(pair, { keys })).images.length, 2);
  }
});

Deno.test("verifyUpdate() refuses every truncation, bit flip and byte value of a container", async () => {
  const container = containerOf(await packSmallSingle(), "CM4");
  const { keys } = PAIRS.ed25519;
  assert.equal(container.length, 320);
  await verifyUpdate(container, { keys });
  assert.deepEqual(await tallyRefusals(truncations(container), keys), { truncated: 320 });
  assert.equal(totalOf(await tallyRefusals(bitFlips(container), keys)), 320 * 8);
  assert.equal(totalOf(await tallyRefusals(byteValues(container), keys)), [...byteValues(container)].length);
});

Deno.test("verifyUpdate() refuses every bit flip of the bundle header, with its CRC made to fit again", async () => {
  const { pair, keys } = PAIRS.ed25519;
  const bits = Array.from({ length: BUNDLE_FIELDS.headerCrc.offset * 8 }, (_, bit) => bit);
  const codes = await tallyRefusals(bits.map((bit) => forgeBundle(flipBit(pair, bit), {})), keys);
  assert.equal(totalOf(codes), 28 * 8);
  assert.equal(codes["bad-crc"], undefined);
});

Deno.test("verifyUpdate() refuses garbage behind a bundle, however long, counted in or not", async () => {
  const { pair, keys } = PAIRS.ed25519;
  for (const sizeBytes of [1, 2, 31, 32, 33, 256, 715, 1 << 20]) {
    for (const fill of [0x00, 0xff, 0x89]) {
      const longer = concatBytes([pair, new Uint8Array(sizeBytes).fill(fill)]);
      assert.equal(await refusalOf(longer, keys), "trailing-bytes");
      assert.equal(await refusalOf(forgeBundle(longer, { totalSizeBytes: longer.length }), keys), "bad-size");
    }
  }
});

/** Beginnings of files, ours and others'. */
const MAGICS: readonly [string, string][] = [
  ["a bundle", "89 43 53 42 0d 0a 1a 0a"],
  ["a container", "89 43 53 49 0d 0a 1a 0a"],
  ["a commit word", "89 43 53 43 0d 0a 1a 0a"],
  ["a bundle in the wrong byte order", "0a 1a 0a 0d 42 53 43 89"],
  ["an image of MCUboot", "3d b8 f3 96"],
  ["an image of MCUboot's first version", "3c b8 f3 96"],
];

for (const [name, magic] of MAGICS) {
  Deno.test(`verifyUpdate() refuses a file that begins like ${name} and goes on with 00 or ff`, async () => {
    for (const fill of [0x00, 0xff]) {
      await refusalOf(concatBytes([parseHex(magic), new Uint8Array(1000).fill(fill)]), PAIRS.ed25519.keys);
    }
  });
}

Deno.test("verifyUpdate() refuses 3,000 random edits, half of them with CRCs made to fit again", async () => {
  const { pair, keys } = PAIRS.ed25519;
  const edit = fc.record({ offset: fc.nat(pair.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.boolean(), async (edits, isRepaired) => {
      const edited = pair.slice();
      for (const { offset, bytes } of edits) edited.set(bytes.subarray(0, pair.length - offset), offset);
      const forged = isRepaired ? forgeImage(forgeImage(forgeBundle(edited, {}), 0, {}), 1, {}) : edited;
      if (!equalBytes(forged, pair)) await refusalOf(forged, keys);
    }),
    { seed: 20250524, numRuns: 3000 },
  );
});

async function prepare(type: KeyType): Promise<{ readonly pair: Bytes; readonly keys: readonly VerifyingKey[] }> {
  const key = await importKnownKey(type);
  return { pair: await packSmallPair({ key }), keys: [key.publicKey] };
}

/** Flips a bit of the signed parts; in both headers where the field must be equal in both. */
function flipHeaderBit(pair: Bytes, bit: number): Bytes {
  const index = Math.floor(bit / (SIGNED_SIZE_BYTES * 8));
  const inHeader = bit % (SIGNED_SIZE_BYTES * 8);
  const isShared = SET_FIELDS.some((name) => {
    const { offset, sizeBytes } = HEADER_FIELDS[name];
    return inHeader >= offset * 8 && inHeader < (offset + sizeBytes) * 8;
  });
  const indexes = isShared ? [0, 1] : [index];
  return indexes.reduce((bytes, at) => flipBit(bytes, headerOffset(at) * 8 + inHeader), pair);
}

/** All that can be made to fit without a key. */
async function repairSet(pair: Bytes): Promise<Bytes> {
  const setId = await computeSetId([0, 1].map((index) => pair.subarray(headerOffset(index), headerOffset(index + 1))));
  return forgeImage(forgeImage(pair, 0, { setId }), 1, { setId });
}
