import assert from "node:assert/strict";
import { type Bytes, concatBytes } from "../core/mod.ts";
import { type Changes, forgeBundle, forgeHeader, forgeImage, resign } from "../tests/forge.ts";
import { createSmallImages, importKnownKey, packSmallPair, packSmallSingle } from "../tests/small_pair.ts";
import { containerOf } from "./extract.ts";
import { generateKey } from "./generate_key.ts";
import type { HEADER_FIELDS } from "./header.ts";
import type { Layout } from "./layouts/layout.ts";
import { findLayout } from "./layouts/presets.ts";
import type { VerificationErrorCode } from "./verification_error.ts";
import { verifyUpdate } from "./verify.ts";

const KEY = await importKnownKey("ed25519");
const P256 = await importKnownKey("p256");
const KEYS = [P256.publicKey, KEY.publicKey];
const BUNDLE = await packSmallPair();
const LAYOUT = findLayout("stm32h745");

Deno.test("verifyUpdate() gives back what was signed", async () => {
  const report = await verifyUpdate(BUNDLE, { keys: KEYS, layout: LAYOUT });
  assert.equal(report.kind, "bundle");
  assert.equal(report.key, KEY.publicKey);
  assert.equal(report.layoutName, "stm32h745");
  assert.equal(report.metadataState, "verified");
  assert.equal(new TextDecoder().decode(report.metadata), '{"sbom":1}\n');
  const payloads = createSmallImages().map(({ image }) => image.segments[0]!.data);
  assert.deepEqual(report.images.map(({ payload }) => payload), payloads);
});

Deno.test("verifyUpdate() takes a container that is a whole set, and says what it does not carry", async () => {
  const plain = await packSmallSingle();
  assert.equal((await verifyUpdate(plain, { keys: KEYS })).metadataState, "none");
  const container = await verifyUpdate(containerOf(plain, "CM4"), { keys: KEYS, layout: findLayout("stm32f411") });
  assert.deepEqual([container.kind, container.metadataState], ["container", "none"]);
  const bound = await packSmallSingle({ metadata: Uint8Array.of(1) });
  assert.equal((await verifyUpdate(bound, { keys: KEYS })).metadataState, "verified");
  assert.equal((await verifyUpdate(containerOf(bound, "CM4"), { keys: KEYS })).metadataState, "not-carried");
});

Deno.test("verifyUpdate() needs a key", async () => {
  await assert.rejects(verifyUpdate(BUNDLE, { keys: [] }), RangeError);
});

/** Bundles that are well formed, and why they are refused. */
const REFUSED: readonly [string, () => Bytes | Promise<Bytes>, VerificationErrorCode, string, number][] = [
  ["one container of two", () => containerOf(BUNDLE, "CM7"), "incomplete-set", "header.imageCount", 176],
  ["no signature", () => packSmallPair({ key: KEY.publicKey }), "unsigned", "images[0].signature", 32 + 192],
  [
    "a signature on the first image only",
    () => forgeImage(BUNDLE, 1, { signature: new Uint8Array(64) }),
    "bad-signature",
    "images[1].signature",
    32 + 256 + 192,
  ],
  [
    "another key",
    async () => packSmallPair({ key: (await generateKey("ed25519")).key }),
    "unknown-key",
    "images[0].keyId",
    168,
  ],
  [
    "another key under this key's id",
    async () => resign(BUNDLE, 2, (await generateKey("ed25519")).key),
    "bad-signature",
    "images[0].signature",
    224,
  ],
  [
    "a P-256 signature under an Ed25519 key's id",
    () => resign(both(BUNDLE, { signatureKind: 2 }), 2, P256),
    "wrong-signature-kind",
    "images[0].signatureKind",
    82,
  ],
  [
    "a P-256 signature that claims to be Ed25519",
    () => resign(BUNDLE, 2, P256),
    "bad-signature",
    "images[0].signature",
    224,
  ],
  [
    "the P-256 key's id in an Ed25519 header",
    () => resign(both(BUNDLE, { keyId: P256.keyId }), 2, KEY),
    "wrong-signature-kind",
    "images[0].signatureKind",
    82,
  ],
  ["another set id", () => both(BUNDLE, { setId: new Uint8Array(16).fill(1) }), "bad-set-id", "images[0].setId", 120],
  [
    "a counter that was not signed",
    () => both(BUNDLE, { counter: 8 }),
    "bad-set-id",
    "images[0].setId",
    120,
  ],
  [
    "another payload with a right CRC",
    async () => {
      const [{ image }] = createSmallImages(9);
      const other = await packSmallPair({ images: createSmallImages(9) });
      const forged = forgeImage(BUNDLE, 0, { payloadCrc: other.slice(32 + 40, 32 + 44) });
      forged.set(image.segments[0]!.data, 544);
      return resign(forged, 2, KEY);
    },
    "bad-digest",
    "images[0].payloadDigest",
    32 + 104,
  ],
  [
    "other metadata",
    () => {
      const forged = BUNDLE.slice();
      forged.fill(0x20, forged.length - 1);
      return forged;
    },
    "bad-metadata-digest",
    "images[0].metadataDigest",
    32 + 144,
  ],
];

for (const [name, make, code, field, offset] of REFUSED) {
  Deno.test(`verifyUpdate() refuses a bundle with ${name}`, async () => {
    const forged = await make();
    await assert.rejects(verifyUpdate(forged, { keys: KEYS }), { name: "VerificationError", code, field, offset });
  });
}

Deno.test("verifyUpdate() finds every field of the header under the signature", async () => {
  // Metadata, set and everything else fit; the signature alone is of the header as it was.
  const forged = both(BUNDLE, { counter: 8 });
  const resigned = await resign(forged, 2, KEY);
  await verifyUpdate(resigned, { keys: KEYS });
  for (const index of [0, 1]) {
    resigned.set(BUNDLE.subarray(32 + index * 256 + 192, 288 + index * 256), 32 + index * 256 + 192);
  }
  await assert.rejects(verifyUpdate(resigned, { keys: KEYS }), { code: "bad-signature" });
});

/** Layouts that differ from the bundle's in one thing. */
const LAYOUTS: readonly [string, Layout, VerificationErrorCode, string][] = [
  ["one core", findLayout("stm32f411"), "wrong-cores", "images[0].imageCount"],
  ["another part", withPart({ chipId: 0x483 }), "wrong-part", "images[0].chipId"],
  ["another erased value", withPart({ erasedByte: 0 }), "wrong-part", "images[0].fill"],
  ["the cores in another order", { ...LAYOUT, slots: LAYOUT.slots.toReversed() }, "wrong-cores", "images[0].core"],
  ["another slot A", withSlot({ addressA: 0x0810_0020 }), "wrong-address", "images[1].runAddress"],
  ["another slot B", withSlot({ addressB: 0x0818_0020 }), "wrong-address", "images[1].stagingAddress"],
  ["one slot", withSlot({ addressB: 0x0810_0000 }), "wrong-address", "images[1].stagingAddress"],
  ["a larger slot", withSlot({ sizeBytes: 0x8_0020 }), "wrong-address", "images[1].slotSizeBytes"],
];

for (const [name, layout, code, field] of LAYOUTS) {
  Deno.test(`verifyUpdate() refuses a bundle for a layout with ${name}`, async () => {
    await verifyUpdate(BUNDLE, { keys: KEYS });
    await assert.rejects(verifyUpdate(BUNDLE, { keys: KEYS, layout }), { name: "VerificationError", code, field });
  });
}

Deno.test("verifyUpdate() says what to do about a wrong key and about a changed update", async () => {
  const changed = { advice: /^Get the update anew/ };
  const cases: readonly [Bytes, readonly (typeof KEY.publicKey)[], Record<string, unknown>][] = [
    [BUNDLE, [P256.publicKey], { code: "unknown-key", advice: "Give the public key that it was signed with" }],
    [both(BUNDLE, { counter: 8 }), KEYS, { code: "bad-set-id", ...changed }],
    [await withOtherSignature(), KEYS, { code: "bad-signature", ...changed }],
  ];
  for (const [update, keys, expected] of cases) await assert.rejects(verifyUpdate(update, { keys }), expected);
});

Deno.test("verifyUpdate() refuses a damaged file with the decoder's error", async () => {
  await assert.rejects(verifyUpdate(BUNDLE.slice(1), { keys: KEYS }), { name: "ContainerFormatError" });
  await assert.rejects(verifyUpdate(concatBytes([BUNDLE, BUNDLE]), { keys: KEYS }), { code: "trailing-bytes" });
  await assert.rejects(verifyUpdate(forgeBundle(BUNDLE, { imageCount: 1 }), { keys: KEYS }), { code: "bad-count" });
  const container = containerOf(await packSmallSingle(), "CM4");
  const forged = concatBytes([forgeHeader(container.subarray(0, 256), { fill: 1 }), container.subarray(256)]);
  await assert.rejects(verifyUpdate(forged, { keys: KEYS }), { code: "bad-fill", field: "header.fill", offset: 44 });
});

function both(bundle: Bytes, changes: Changes<typeof HEADER_FIELDS>): Bytes {
  return forgeImage(forgeImage(bundle, 0, changes), 1, changes);
}

/** The set id fits, and the first signature is of another message. */
async function withOtherSignature(): Promise<Bytes> {
  const update = BUNDLE.slice();
  update.set(await KEY.sign(Uint8Array.of(1)), 32 + 192);
  return update;
}

function withSlot(change: Partial<Layout["slots"][number]>): Layout {
  return { ...LAYOUT, slots: [LAYOUT.slots[0]!, { ...LAYOUT.slots[1]!, ...change }] };
}

function withPart({ chipId = LAYOUT.part.chipId, erasedByte = 0xff }): Layout {
  const { flash } = LAYOUT.part;
  const programUnit = { ...flash.programUnit, erasedByte };
  return { ...LAYOUT, part: { ...LAYOUT.part, chipId, flash: { ...flash, programUnit } } };
}
