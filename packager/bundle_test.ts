import assert from "node:assert/strict";
import { type Bytes, concatBytes } from "../core/mod.ts";
import { type Changes, forgeBundle, forgeImage } from "../tests/forge.ts";
import { packSmallPair, SMALL_BUNDLE_SIZE_BYTES } from "../tests/small_pair.ts";
import { BUNDLE_FIELDS, decodeBundle, encodeBundle } from "./bundle.ts";
import type { ContainerFormatErrorCode } from "./container_error.ts";
import type { HEADER_FIELDS } from "./header.ts";

const BUNDLE = await packSmallPair();
const PAYLOADS_OFFSET = 32 + 2 * 256;

Deno.test("decodeBundle() finds every part where FORMAT.md says, and encodeBundle() gives the same bytes", () => {
  assert.equal(BUNDLE.length, SMALL_BUNDLE_SIZE_BYTES);
  const { images, metadata } = decodeBundle(BUNDLE);
  assert.deepEqual(images.map(({ header }) => header.core), ["CM7", "CM4"]);
  assert.deepEqual(images[0]!.payload, BUNDLE.subarray(PAYLOADS_OFFSET, PAYLOADS_OFFSET + 68));
  assert.deepEqual(images[1]!.payload, BUNDLE.subarray(PAYLOADS_OFFSET + 96, PAYLOADS_OFFSET + 96 + 37));
  assert.deepEqual(metadata, BUNDLE.subarray(PAYLOADS_OFFSET + 96 + 64));
  assert.deepEqual(encodeBundle({ images, metadata }), BUNDLE);
});

type BundleCase = readonly [string, Changes<typeof BUNDLE_FIELDS>, ContainerFormatErrorCode, string];

/** Bundle headers with one thing wrong and a right CRC. */
const HEADERS: readonly BundleCase[] = [
  ["format version 2", { formatVersion: 2 }, "unsupported", "formatVersion"],
  ["header size 0", { headerSizeBytes: 0 }, "unsupported", "headerSizeBytes"],
  ["header size 33", { headerSizeBytes: 33 }, "unsupported", "headerSizeBytes"],
  ["total size 0", { totalSizeBytes: 0 }, "bad-size", "totalSizeBytes"],
  ["a total size that ends in the headers", { totalSizeBytes: PAYLOADS_OFFSET - 1 }, "bad-size", "totalSizeBytes"],
  ["metadata one byte too long", { metadataSizeBytes: 12 }, "bad-size", "totalSizeBytes"],
  ["metadata that wraps the sum", { metadataSizeBytes: 0xffff_ffff }, "bad-size", "totalSizeBytes"],
  ["no images", { imageCount: 0 }, "bad-count", "imageCount"],
  ["seven images", { imageCount: 7 }, "bad-count", "imageCount"],
  ["255 images", { imageCount: 255 }, "bad-count", "imageCount"],
  ["a CRC of zeros", { headerCrc: 0 }, "bad-crc", "headerCrc"],
  ["reserved byte 21", { reservedA: Uint8Array.of(1, 0, 0) }, "reserved-not-zero", "reservedA"],
  ["reserved byte 27", { reservedB: Uint8Array.of(0, 0, 0, 1) }, "reserved-not-zero", "reservedB"],
];

for (const [name, changes, code, field] of HEADERS) {
  Deno.test(`decodeBundle() refuses ${name}`, () => {
    const { offset } = Object.entries(BUNDLE_FIELDS).find(([fieldName]) => fieldName === field)![1];
    assert.throws(() => decodeBundle(forgeBundle(BUNDLE, changes)), { code, field: `bundle.${field}`, offset });
  });
}

type SetCase = readonly [string, Changes<typeof HEADER_FIELDS>, ContainerFormatErrorCode, string];
const ZEROS = new Uint8Array(32);
const CM7 = Uint8Array.of(0x43, 0x4d, 0x37, 0);

/** Second headers that are right by themselves, and wrong in this set. */
const SETS: readonly SetCase[] = [
  ["another fill byte", { fill: 0 }, "set-mismatch", "fill"],
  ["another signature kind", { signatureKind: 2 }, "set-mismatch", "signatureKind"],
  ["another major version", { versionMajor: 2 }, "set-mismatch", "versionMajor"],
  ["another minor version", { versionMinor: 3 }, "set-mismatch", "versionMinor"],
  ["another patch version", { versionPatch: 4 }, "set-mismatch", "versionPatch"],
  ["another build", { versionBuild: 5 }, "set-mismatch", "versionBuild"],
  ["another counter", { counter: 8 }, "set-mismatch", "counter"],
  ["another part", { chipId: 0x483 }, "set-mismatch", "chipId"],
  ["another product", { productId: ZEROS.slice(0, 16).fill(1) }, "set-mismatch", "productId"],
  ["another set", { setId: ZEROS.slice(0, 16) }, "set-mismatch", "setId"],
  ["another key", { keyId: ZEROS.slice(0, 8) }, "set-mismatch", "keyId"],
  ["other metadata", { metadataDigest: ZEROS }, "set-mismatch", "metadataDigest"],
  ["three images", { imageCount: 3 }, "bad-count", "imageCount"],
  ["one image", { imageCount: 1, index: 0 }, "bad-count", "imageCount"],
  ["the first one's index", { index: 0 }, "bad-count", "index"],
  ["the first one's core", { core: CM7 }, "duplicate-core", "core"],
  ["one slot, the first having two", { stagingAddress: 0x0810_0000 }, "set-mismatch", "stagingAddress"],
  ["slot A on the first one's slot A", { runAddress: 0x0807_ffe0 }, "slot-overlap", "runAddress"],
  ["slot A on the first one's slot B", { runAddress: 0x080d_ffe0 }, "slot-overlap", "runAddress"],
  ["slot A around the first one's slot A", { runAddress: 0x0800_0000 }, "slot-overlap", "runAddress"],
  ["slot B on the first one's slot A", { stagingAddress: 0x0802_0000 }, "slot-overlap", "stagingAddress"],
  ["slot B on the first one's slot B", { stagingAddress: 0x0808_0000 }, "slot-overlap", "stagingAddress"],
];

for (const [name, changes, code, field] of SETS) {
  Deno.test(`decodeBundle() refuses a second header with ${name}`, () => {
    const forged = forgeImage(BUNDLE, 1, changes);
    assert.throws(() => decodeBundle(forged), { code, field: `images[1].${field}` });
  });
}

Deno.test("decodeBundle() takes slots that touch", () => {
  const touching = forgeImage(BUNDLE, 1, { runAddress: 0x080e_0000, stagingAddress: 0x0816_0000 });
  assert.equal(decodeBundle(touching).images.length, 2);
});

/** Files that are wrong as a whole. */
const FILES: readonly [string, () => Bytes, ContainerFormatErrorCode, string, number][] = [
  ["an empty file", () => new Uint8Array(), "truncated", "bundle.magic", 0],
  ["a magic number alone", () => BUNDLE.slice(0, 8), "truncated", "bundle", 8],
  ["a bundle header alone", () => BUNDLE.slice(0, 32), "truncated", "bundle", 32],
  ["a file one byte short", () => BUNDLE.slice(0, -1), "truncated", "bundle", 714],
  ["a byte behind the end", () => concatBytes([BUNDLE, Uint8Array.of(0)]), "trailing-bytes", "bundle", 715],
  ["1 MiB behind the end", () => concatBytes([BUNDLE, new Uint8Array(1 << 20)]), "trailing-bytes", "bundle", 715],
  ["a bundle twice", () => concatBytes([BUNDLE, BUNDLE]), "trailing-bytes", "bundle", 715],
  [
    "trailing bytes that the total size includes",
    () => forgeBundle(concatBytes([BUNDLE, Uint8Array.of(0)]), { totalSizeBytes: 716 }),
    "bad-size",
    "bundle.totalSizeBytes",
    12,
  ],
  [
    "metadata that no header binds",
    () => [0, 1].reduce((bytes, index) => forgeImage(bytes, index, { metadataDigest: ZEROS }), BUNDLE),
    "metadata-mismatch",
    "bundle.metadataSizeBytes",
    16,
  ],
  [
    "bound metadata that is not there",
    () => forgeBundle(BUNDLE.slice(0, -11), { totalSizeBytes: 704, metadataSizeBytes: 0 }),
    "metadata-mismatch",
    "bundle.metadataSizeBytes",
    16,
  ],
  ["a payload byte that changed", () => withByte(PAYLOADS_OFFSET + 67, 0x55), "bad-crc", "images[0].payload", 544],
  ["padding that is not the fill byte", () => withByte(639, 0xfe), "bad-padding", "images[0].payload.padding", 639],
  ["padding right behind the payload", () => withByte(612, 0x00), "bad-padding", "images[0].payload.padding", 612],
  ["padding of the last payload", () => withByte(703, 0x00), "bad-padding", "images[1].payload.padding", 703],
  [
    "a payload size one byte larger, into the padding",
    () => forgeImage(BUNDLE, 0, { payloadSizeBytes: 69 }),
    "bad-crc",
    "images[0].payload",
    544,
  ],
  [
    "a payload size that takes the other payload in",
    () => forgeImage(BUNDLE, 0, { payloadSizeBytes: 160 }),
    "bad-size",
    "bundle.totalSizeBytes",
    12,
  ],
];

for (const [name, make, code, field, offset] of FILES) {
  Deno.test(`decodeBundle() refuses ${name}`, () => {
    assert.throws(() => decodeBundle(make()), { name: "ContainerFormatError", code, field, offset });
  });
}

Deno.test("encodeBundle() refuses payloads that are not the headers'", () => {
  const { images, metadata } = decodeBundle(BUNDLE);
  const [first, second] = [images[0]!, images[1]!];
  assert.throws(
    () => encodeBundle({ images: [{ ...first, payload: new Uint8Array(67) }, second], metadata }),
    RangeError,
  );
  const other = { ...first, payload: new Uint8Array(68) };
  assert.throws(() => encodeBundle({ images: [other, second], metadata }), { code: "bad-crc" });
  assert.throws(() => encodeBundle({ images: [second, first], metadata }), { code: "bad-count" });
  assert.throws(() => encodeBundle({ images: [], metadata }), { code: "bad-count" });
});

function withByte(offset: number, byte: number): Bytes {
  const bytes = BUNDLE.slice();
  assert.notEqual(bytes[offset], byte);
  bytes[offset] = byte;
  return bytes;
}
