import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bytes } from "../core/mod.ts";
import { type Changes, forgeHeader } from "../tests/forge.ts";
import { packSmallPair } from "../tests/small_pair.ts";
import type { ContainerFormatErrorCode } from "./container_error.ts";
import { decodeHeader, encodeHeader, HEADER_FIELDS, type ImageHeader } from "./header.ts";
import { CORE_TAGS } from "./header_rules.ts";
import { SLOT_RESERVED_BYTES } from "./layouts/slot_capacity.ts";

/** The CM7 header of the small pair: slot A 0x08020000, slot B 0x08080000, slots of 384 KiB. */
const HEADER = (await packSmallPair()).slice(32, 32 + 256);
const SLOT_SIZE_BYTES = 384 * 1024;

type Case = readonly [name: string, changes: Changes<typeof HEADER_FIELDS>, ContainerFormatErrorCode, field: string];

const ASCII = (text: string): Bytes => Uint8Array.from(text.padEnd(4, "\0"), (char) => char.charCodeAt(0));

/** Headers with one thing wrong and a right CRC. */
const REFUSED: readonly Case[] = [
  ["format version 0", { formatVersion: 0 }, "unsupported", "formatVersion"],
  ["format version 2", { formatVersion: 2 }, "unsupported", "formatVersion"],
  ["format version in the wrong byte order", { formatVersion: 0x100 }, "unsupported", "formatVersion"],
  ["header size 0", { headerSizeBytes: 0 }, "unsupported", "headerSizeBytes"],
  ["header size 255", { headerSizeBytes: 255 }, "unsupported", "headerSizeBytes"],
  ["header size 257", { headerSizeBytes: 257 }, "unsupported", "headerSizeBytes"],
  ["header size 0xffff", { headerSizeBytes: 0xffff }, "unsupported", "headerSizeBytes"],
  ["CRC of zeros", { headerCrc: 0 }, "bad-crc", "headerCrc"],
  ["CRC of ones", { headerCrc: 0xffff_ffff }, "bad-crc", "headerCrc"],
  ["the lowest flag", { flags: 1 }, "unsupported", "flags"],
  ["the highest flag", { flags: 0x8000_0000 }, "unsupported", "flags"],
  ["no core", { core: 0 }, "unknown-core", "core"],
  ["a core in lower case", { core: ASCII("cm7") }, "unknown-core", "core"],
  ["a core that does not exist", { core: ASCII("CM5") }, "unknown-core", "core"],
  ["a core with spaces behind it", { core: ASCII("CM7 ") }, "unknown-core", "core"],
  ["a core behind a NUL", { core: ASCII("\0CM7") }, "unknown-core", "core"],
  ["a core with a NUL inside", { core: ASCII("CM\x007") }, "unknown-core", "core"],
  ["a core in bytes above 7f", { core: Uint8Array.of(0xc3, 0xcd, 0xb7, 0) }, "unknown-core", "core"],
  ["a run address off by 4", { runAddress: 0x0802_0004 }, "bad-address", "runAddress"],
  ["a run address off by 16", { runAddress: 0x0802_0010 }, "bad-address", "runAddress"],
  ["a staging address off by 31", { stagingAddress: 0x0808_001f }, "bad-address", "stagingAddress"],
  ["slot A over the end of addresses", { runAddress: 2 ** 32 - SLOT_SIZE_BYTES + 32 }, "bad-address", "runAddress"],
  ["slot B over the end of addresses", { stagingAddress: 0xffff_ffe0 }, "bad-address", "stagingAddress"],
  ["slot B on slot A", { stagingAddress: 0x0802_0020 }, "slot-overlap", "stagingAddress"],
  ["slot B on the last 32 bytes of slot A", { stagingAddress: 0x0807_ffe0 }, "slot-overlap", "stagingAddress"],
  ["slot B on the first 32 bytes of slot A", { stagingAddress: 0x0801_ffe0 }, "slot-overlap", "stagingAddress"],
  ["slot size 0", { slotSizeBytes: 0 }, "bad-size", "slotSizeBytes"],
  ["slot size 288", { slotSizeBytes: 288 }, "bad-size", "slotSizeBytes"],
  ["slot size off by 1", { slotSizeBytes: SLOT_SIZE_BYTES + 1 }, "bad-size", "slotSizeBytes"],
  ["slot size 0xffffffff", { slotSizeBytes: 0xffff_ffff }, "bad-size", "slotSizeBytes"],
  ["slot size 0xffffffe0", { slotSizeBytes: 0xffff_ffe0 }, "bad-address", "runAddress"],
  ["payload size 0", { payloadSizeBytes: 0 }, "bad-size", "payloadSizeBytes"],
  ["payload size 0xffffffff", { payloadSizeBytes: 0xffff_ffff }, "bad-size", "payloadSizeBytes"],
  [
    "a payload one byte too large",
    { payloadSizeBytes: SLOT_SIZE_BYTES - SLOT_RESERVED_BYTES + 1 },
    "bad-size",
    "payloadSizeBytes",
  ],
  ["fill 0x01", { fill: 1 }, "bad-fill", "fill"],
  ["fill 0xfe", { fill: 0xfe }, "bad-fill", "fill"],
  ["reserved byte 45", { reservedA: Uint8Array.of(1, 0, 0) }, "reserved-not-zero", "reservedA"],
  ["reserved byte 47", { reservedA: Uint8Array.of(0, 0, 0x80) }, "reserved-not-zero", "reservedA"],
  ["CRC kind 0", { crcKind: 0 }, "unsupported", "crcKind"],
  ["CRC kind 3", { crcKind: 3 }, "unsupported", "crcKind"],
  ["digest kind 0", { digestKind: 0 }, "unsupported", "digestKind"],
  ["digest kind 2", { digestKind: 2 }, "unsupported", "digestKind"],
  ["signature kind 0", { signatureKind: 0 }, "unsupported", "signatureKind"],
  ["signature kind 3", { signatureKind: 3 }, "unsupported", "signatureKind"],
  ["encryption kind 1", { encryptionKind: 1 }, "unsupported", "encryptionKind"],
  ["reserved bytes 58", { reservedB: Uint8Array.of(0, 1) }, "reserved-not-zero", "reservedB"],
  ["no part", { chipId: 0 }, "missing-identity", "chipId"],
  ["no product", { productId: new Uint8Array(16) }, "missing-identity", "productId"],
  ["no images", { imageCount: 0 }, "bad-count", "imageCount"],
  ["seven images", { imageCount: 7 }, "bad-count", "imageCount"],
  ["255 images", { imageCount: 255 }, "bad-count", "imageCount"],
  ["an index as high as the number of images", { index: 2 }, "bad-count", "index"],
  ["index 255", { index: 255 }, "bad-count", "index"],
  ["a loader format that is newer", { loaderFormat: 2 }, "unsupported", "loaderFormat"],
  ["loader format 0", { loaderFormat: 0 }, "unsupported", "loaderFormat"],
  ["reserved byte 191", { reservedC: new Uint8Array(12).fill(1, 11) }, "reserved-not-zero", "reservedC"],
];

for (const [name, changes, code, field] of REFUSED) {
  Deno.test(`decodeHeader() refuses ${name}`, () => {
    const offset = Object.entries(HEADER_FIELDS).find(([fieldName]) => fieldName === field)![1].offset;
    const place = { path: "images[0]", offset: 32 };
    assert.throws(() => decodeHeader(forgeHeader(HEADER, changes), place), {
      name: "ContainerFormatError",
      code,
      field: `images[0].${field}`,
      offset: 32 + offset,
    });
  });
}

/** Headers at the edge of a rule. */
const TAKEN: readonly [string, Changes<typeof HEADER_FIELDS>][] = [
  ["slot A at the end of addresses", { runAddress: 2 ** 32 - SLOT_SIZE_BYTES }],
  ["slot A at address 0", { runAddress: 0 }],
  ["one slot", { stagingAddress: 0x0802_0000 }],
  ["slot B right behind slot A", { stagingAddress: 0x0808_0000 }],
  ["slot B right before slot A", { stagingAddress: 0x0802_0000 - SLOT_SIZE_BYTES }],
  ["the largest payload", { payloadSizeBytes: SLOT_SIZE_BYTES - SLOT_RESERVED_BYTES }],
  ["the smallest payload and slot", { slotSizeBytes: 320, payloadSizeBytes: 32 }],
  ["fill 0x00", { fill: 0 }],
  ["the highest numbers", {
    counter: 0xffff_ffff,
    versionBuild: 0xffff_ffff,
    versionMajor: 0xffff,
    versionPatch: 0xffff,
  }],
  ["the lowest numbers", { counter: 0, versionBuild: 0, versionMajor: 0, versionMinor: 0, versionPatch: 0 }],
  ["six images", { imageCount: 6, index: 5 }],
  ...CORE_TAGS.map((tag): [string, Changes<typeof HEADER_FIELDS>] => [`core ${tag}`, { core: ASCII(tag) }]),
];

for (const [name, changes] of TAKEN) {
  Deno.test(`decodeHeader() takes ${name}, and encodeHeader() gives the same bytes`, () => {
    const bytes = forgeHeader(HEADER, changes);
    assert.deepEqual(encodeHeader(decodeHeader(bytes)), bytes);
  });
}

Deno.test("decodeHeader() refuses every size but 256", () => {
  for (let sizeBytes = 0; sizeBytes < 256; sizeBytes++) {
    assert.throws(() => decodeHeader(HEADER.subarray(0, sizeBytes)), { code: "truncated" });
  }
  assert.throws(() => decodeHeader(Uint8Array.of(...HEADER, 0)), { code: "trailing-bytes", offset: 256 });
});

Deno.test("decodeHeader() reads what FORMAT.md says at each offset", () => {
  const view = new DataView(HEADER.buffer);
  const header = decodeHeader(HEADER);
  assert.equal(header.core, "CM7");
  assert.equal(header.runAddress, view.getUint32(24, true));
  assert.equal(header.runAddress, 0x0802_0000);
  assert.equal(header.stagingAddress, view.getUint32(28, true));
  assert.equal(header.slotSizeBytes, view.getUint32(32, true));
  assert.equal(header.payloadSizeBytes, view.getUint32(36, true));
  assert.deepEqual(header.version, { major: 1, minor: 2, patch: 3, build: 4 });
  assert.equal(header.counter, view.getUint32(64, true));
  assert.equal(header.chipId, 0x450);
  assert.deepEqual(header.setId, HEADER.slice(88, 104));
  assert.deepEqual(header.keyId, HEADER.slice(136, 144));
  assert.equal(header.imageCount, HEADER[176]);
  assert.deepEqual(header.signature, HEADER.slice(192));
});

Deno.test("encodeHeader() refuses values that do not fit and headers that break a rule", () => {
  const header = decodeHeader(HEADER);
  const outOfRange: Partial<ImageHeader>[] = [
    { counter: -1 },
    { counter: 2 ** 32 },
    { runAddress: 2 ** 32 },
    { version: { ...header.version, major: 65_536 } },
    { productId: new Uint8Array(15) },
    { signature: new Uint8Array(63) },
  ];
  for (const change of outOfRange) assert.throws(() => encodeHeader({ ...header, ...change }), RangeError);
  assert.throws(() => encodeHeader({ ...header, fill: 1 }), { code: "bad-fill" });
});

Deno.test("decodeHeader() gives back any header that encodeHeader() takes", () => {
  const bytes = (sizeBytes: number) =>
    fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes }).map((array) => Uint8Array.from(array));
  const uint = (max: number) => fc.integer({ min: 0, max });
  const parts = { major: uint(0xffff), minor: uint(0xffff), patch: uint(0xffff), build: uint(0xffff_ffff) };
  const version = fc.record(parts, { noNullPrototype: true });
  const headers: fc.Arbitrary<ImageHeader> = fc.record({
    core: fc.constantFrom(...CORE_TAGS),
    runAddress: uint(0x07ff_ffff).map((unit) => unit & ~1023),
    stagingAddress: uint(0x07ff_ffff).map((unit) => 0x0800_0000 + (unit & ~1023)),
    slotSizeBytes: fc.constant(1024),
    payloadSizeBytes: fc.integer({ min: 1, max: 736 }),
    payloadCrc: uint(0xffff_ffff),
    fill: fc.constantFrom(0, 0xff),
    crcKind: fc.constantFrom("zlib", "stm32"),
    signatureKind: fc.constantFrom("ed25519", "p256"),
    version,
    counter: uint(0xffff_ffff),
    chipId: fc.integer({ min: 1, max: 0xffff_ffff }),
    productId: bytes(16).filter((id) => id.some((byte) => byte !== 0)),
    setId: bytes(16),
    payloadDigest: bytes(32),
    keyId: bytes(8),
    metadataDigest: bytes(32),
    imageCount: fc.constant(6),
    index: uint(5),
    signature: bytes(64),
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(headers, (header) => assert.deepEqual(decodeHeader(encodeHeader(header)), header)),
    { seed: 20250524, numRuns: 300 },
  );
});
