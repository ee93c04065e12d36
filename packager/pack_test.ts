import assert from "node:assert/strict";
import { type Bytes, crc32, crc32Stm32, MemoryImage } from "../core/mod.ts";
import { createSmallImages, importKnownKey, packSmallPair } from "../tests/small_pair.ts";
import { decodeBundle } from "./bundle.ts";
import { PlacementError } from "./checks/placement_error.ts";
import { encodeBigEndian, P256_ORDER } from "./curves.ts";
import { bigEndian } from "./curves.ts";
import { encodeEcdsaDer } from "./ecdsa_der.ts";
import type { SigningKey } from "./keys.ts";
import type { Layout } from "./layouts/layout.ts";
import { findLayout, LAYOUT_PRESETS } from "./layouts/presets.ts";
import { type CoreImage, packBundle, type PackOptions } from "./pack.ts";
import { deriveProductId } from "./product_id.ts";
import { verifyUpdate } from "./verify.ts";

const OPTIONS: PackOptions = {
  layout: findLayout("stm32h745"),
  images: createSmallImages(),
  version: "1.2.3+4",
  counter: 7,
  product: "pump",
  key: await importKnownKey("ed25519"),
};

Deno.test("packBundle() writes what the options and the layout say", async () => {
  const { bundle, images, notes } = await packBundle(OPTIONS);
  const headers = decodeBundle(bundle).images.map(({ header }) => header);
  assert.deepEqual(images.map(({ header }) => header), headers);
  assert.deepEqual(notes, []);
  for (const [index, header] of headers.entries()) {
    const payload = createSmallImages()[index]!.image.segments[0]!.data;
    assert.equal(header.index, index);
    assert.equal(header.imageCount, 2);
    assert.equal(header.payloadSizeBytes, payload.length);
    assert.equal(header.payloadCrc, crc32(payload));
    assert.deepEqual(header.payloadDigest, new Uint8Array(await crypto.subtle.digest("SHA-256", payload)));
    assert.equal(header.chipId, 0x450);
    assert.equal(header.fill, 0xff);
    assert.equal(header.counter, 7);
    assert.deepEqual(header.version, { major: 1, minor: 2, patch: 3, build: 4 });
    assert.deepEqual(header.productId, await deriveProductId("pump"));
    assert.deepEqual(header.keyId, OPTIONS.key.keyId);
    assert.deepEqual(header.metadataDigest, new Uint8Array(32));
  }
  assert.deepEqual(headers.map(({ core }) => core), ["CM7", "CM4"]);
  assert.deepEqual(headers.map(({ runAddress }) => runAddress), [0x0802_0000, 0x0810_0000]);
  assert.deepEqual(headers.map(({ stagingAddress }) => stagingAddress), [0x0808_0000, 0x0818_0000]);
  assert.deepEqual(headers.map(({ slotSizeBytes }) => slotSizeBytes), [0x6_0000, 0x8_0000]);
});

for (const type of ["ed25519", "p256"] as const) {
  Deno.test(`packBundle() gives the same bytes for the same ${type} options, in any order of the images`, async () => {
    const options = { ...OPTIONS, key: await importKnownKey(type), metadata: Uint8Array.of(1) };
    const { bundle } = await packBundle(options);
    assert.deepEqual((await packBundle(options)).bundle, bundle);
    assert.deepEqual((await packBundle({ ...options, images: OPTIONS.images.toReversed() })).bundle, bundle);
    const version = { major: 1, minor: 2, patch: 3, build: 4 };
    assert.deepEqual((await packBundle({ ...options, version, crcKind: "zlib", crop: false })).bundle, bundle);
  });
}

Deno.test("packBundle() computes the CRC of the STM32 unit, its last word filled", async () => {
  const { bundle } = await packBundle({ ...OPTIONS, crcKind: "stm32" });
  for (const { header, payload } of decodeBundle(bundle).images) {
    assert.equal(header.crcKind, "stm32");
    assert.equal(header.payloadCrc, crc32Stm32(payload, 0xff));
    assert.notEqual(header.payloadCrc, crc32(payload));
  }
});

Deno.test("packBundle() binds metadata and carries it", async () => {
  const metadata = new TextEncoder().encode("SPDX");
  const { bundle } = await packBundle({ ...OPTIONS, metadata });
  const decoded = decodeBundle(bundle);
  assert.deepEqual(decoded.metadata, metadata);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", metadata));
  for (const { header } of decoded.images) assert.deepEqual(header.metadataDigest, digest);
});

Deno.test("packBundle() crops, and says so", async () => {
  const [cm7, cm4] = createSmallImages();
  const both = MemoryImage.fromSegments([...cm7.image.segments, ...cm4.image.segments]);
  const images: CoreImage[] = [{ core: "CM7", image: both }, { core: "CM4", image: both }];
  await assert.rejects(packBundle({ ...OPTIONS, images }), PlacementError);
  const { bundle, images: packed, notes } = await packBundle({ ...OPTIONS, images, crop: true });
  assert.deepEqual(bundle, (await packBundle(OPTIONS)).bundle);
  assert.equal(packed[0]!.placed.cropped[0]?.addressStart, 0x0810_0000);
  assert.deepEqual(notes.map((note) => note.slice(0, 5)), ["CM7: ", "CM4: "]);
});

for (const layout of LAYOUT_PRESETS) {
  Deno.test(`packBundle() packs for ${layout.name}, and verifyUpdate() agrees with the layout`, async () => {
    const { bundle } = await packBundle({
      ...OPTIONS,
      layout,
      images: layout.slots.map((_, index) => minimal(layout, index)),
    });
    const { images, layoutName } = await verifyUpdate(bundle, {
      keys: [OPTIONS.key as SigningKey].map(({ publicKey }) => publicKey),
      layout,
    });
    assert.equal(layoutName, layout.name);
    for (const [index, { header }] of images.entries()) {
      const slots = layout.slots[index]!;
      assert.equal(header.fill, layout.name === "stm32l053" ? 0x00 : 0xff);
      assert.equal(header.stagingAddress === header.runAddress, layout.policy === "single");
      assert.equal(header.runAddress, slots.addressA);
    }
  });
}

Deno.test("packBundle() takes a signer that gives DER or a high s, and gives the same bytes", async () => {
  const key = await importKnownKey("p256");
  const { bundle } = await packBundle({ ...OPTIONS, key });
  const high = async (message: Bytes) => {
    const signature = await key.sign(message);
    signature.set(encodeBigEndian(P256_ORDER - bigEndian(signature.subarray(32)), 32), 32);
    return signature;
  };
  const signers = [high, async (message: Bytes) => encodeEcdsaDer(await high(message))];
  for (const sign of signers) {
    assert.deepEqual((await packBundle({ ...OPTIONS, key: { ...key, sign } })).bundle, bundle);
  }
});

Deno.test("packBundle() gives out no bundle that its key did not sign", async () => {
  const key = await importKnownKey("ed25519");
  const other = await importKnownKey("p256");
  const signers: readonly [SigningKey["sign"], string][] = [
    [() => Promise.resolve(new Uint8Array(64).fill(1)), "bad-signature"],
    [() => Promise.resolve(new Uint8Array(64)), "unsigned"],
    [() => key.sign(Uint8Array.of(1)), "bad-signature"],
    [() => Promise.resolve(new Uint8Array(70)), "bad-length"],
    [other.sign, "out-of-range"],
  ];
  for (const [sign, code] of signers) {
    await assert.rejects(packBundle({ ...OPTIONS, key: { ...key, sign } }), { code });
  }
});

Deno.test("packBundle() leaves signatures at zero for a public key, and changes nothing else", async () => {
  const key = await importKnownKey("ed25519");
  const { bundle } = await packBundle({ ...OPTIONS, key: key.publicKey });
  const signed = (await packBundle({ ...OPTIONS, key })).bundle;
  for (let offset = 0; offset < bundle.length; offset++) {
    const isSignature = offset >= 32 && offset < 544 && (offset - 32) % 256 >= 192;
    assert.equal(bundle[offset], isSignature ? 0 : signed[offset], `offset ${offset}`);
  }
  await assert.rejects(verifyUpdate(bundle, { keys: [key.publicKey] }), { code: "unsigned" });
});

const OUT_OF_RANGE: readonly [string, Partial<PackOptions>][] = [
  ["a counter below 0", { counter: -1 }],
  ["a counter of 2^32", { counter: 2 ** 32 }],
  ["a counter that is not whole", { counter: 1.5 }],
  ["a version that is too large", { version: "65536.0.0" }],
  ["a version whose numbers are too large", { version: { major: 0, minor: 0, patch: 0, build: 2 ** 32 } }],
  ["an empty product", { product: "" }],
  ["the nil UUID", { product: "00000000-0000-0000-0000-000000000000" }],
  ["empty metadata", { metadata: new Uint8Array() }],
];

for (const [name, change] of OUT_OF_RANGE) {
  Deno.test(`packBundle() refuses ${name}`, async () => {
    await assert.rejects(packBundle({ ...OPTIONS, ...change }), RangeError);
  });
}

Deno.test("packBundle() refuses a version of another form, and a set that is not the layout's", async () => {
  await assert.rejects(packBundle({ ...OPTIONS, version: "1.2" }), SyntaxError);
  const [cm7, cm4] = createSmallImages();
  await assert.rejects(packBundle({ ...OPTIONS, images: [cm7] }), { name: "PlacementError", code: "missing-core" });
  await assert.rejects(packBundle({ ...OPTIONS, images: [cm7, cm4, cm4] }), { code: "duplicate-core" });
  const swapped = [{ core: "CM7", image: cm4.image }, { core: "CM4", image: cm7.image }] as const;
  await assert.rejects(packBundle({ ...OPTIONS, images: swapped }), { name: "PlacementError", code: "wrong-slot" });
});

Deno.test("packSmallPair() has the size it says", async () => assert.equal((await packSmallPair()).length, 715));

/** An image with a vector table that fits its core, and nothing else. */
function minimal(layout: Layout, index: number): CoreImage {
  const { core, addressA } = layout.slots[index]!;
  const { addressStart, sizeBytes } = layout.part.cores.find(({ tag }) => tag === core)!.rams[0]!;
  const words = Uint32Array.of(addressStart + sizeBytes, addressA + 9, 0xbf00_bf00, 0xe7fe_bf00);
  return { core, image: MemoryImage.fromSegments([{ address: addressA, data: new Uint8Array(words.buffer) }]) };
}
