import assert from "node:assert/strict";
import { crc32 } from "../../core/crc32.ts";
import type { Bytes } from "../../core/bytes.ts";
import { parseHex } from "../../core/hex.ts";
import { countRefusals, mutations, truncations } from "../../tests/damage.ts";
import { decodeDfuSuffix } from "./dfu_suffix.ts";
import { decodeDfuse, type DfuseFile, dfuseToImage, encodeDfuse } from "./dfuse.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "./error.ts";

const IDS = { vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0x0200 };
const FLASH = { address: 0x0802_0000, data: Uint8Array.of(1, 2, 3, 4, 5) };
const OPTION_BYTES = { address: 0x5200_201c, data: Uint8Array.of(0xaa) };
const TWO_TARGETS: DfuseFile = {
  ...IDS,
  targets: [
    { alternateSetting: 0, name: "ST...", elements: [FLASH, { address: 0x0812_0000, data: Uint8Array.of(6) }] },
    { alternateSetting: 1, name: undefined, elements: [OPTION_BYTES] },
  ],
};
/** One target with one element of 5 bytes: target at 11, element at 285, its data at 293, suffix at 298, size 314. */
const ONE_TARGET: DfuseFile = { ...IDS, targets: [{ alternateSetting: 0, name: "ST...", elements: [FLASH] }] };

/** Makes the CRC right again: zlib's, without the inversion at the end. */
function seal(bytes: Bytes): Bytes {
  new DataView(bytes.buffer).setUint32(bytes.length - 4, ~crc32(bytes.subarray(0, -4)) >>> 0, true);
  return bytes;
}

const refusedWith = (code: ImageFormatErrorCode, field: string | undefined, offset: number) => (error: unknown) => {
  assert(error instanceof ImageFormatError);
  assert.deepEqual([error.format, error.code, error.field, error.offset], ["dfuse", code, field, offset]);
  return true;
};

Deno.test("encodeDfuse() puts every field where the layout has it", () => {
  const bytes = encodeDfuse(ONE_TARGET);
  const expected = new Uint8Array(314);
  expected.set(parseHex("44 66 75 53 65  01  2a 01 00 00  01")); // DfuSe, version 1, 298 bytes, 1 target
  expected.set(parseHex("54 61 72 67 65 74  00  01 00 00 00  53 54 2e 2e 2e"), 11); // Target, 0, named, ST...
  expected.set(parseHex("0d 00 00 00  01 00 00 00"), 277); // 13 bytes in 1 element
  expected.set(parseHex("00 00 02 08  05 00 00 00  01 02 03 04 05"), 285);
  expected.set(parseHex("00 02  11 df  83 04  1a 01  55 46 44  10"), 298);
  assert.deepEqual(bytes, seal(expected));
});

Deno.test("decodeDfuse() reads what encodeDfuse() writes", () => {
  const name = Array.from({ length: 254 }, (_, index) => String.fromCharCode(index + 1)).join("");
  const largestName: DfuseFile = { ...IDS, targets: [{ alternateSetting: 255, name, elements: [OPTION_BYTES] }] };
  const many = Array.from({ length: 255 }, () => ({ alternateSetting: 0, name: "", elements: [FLASH] }));
  for (const file of [ONE_TARGET, TWO_TARGETS, largestName, { ...IDS, targets: many }]) {
    assert.deepEqual(decodeDfuse(encodeDfuse(file)), file);
  }
});

Deno.test("decodeDfuse() takes both readings of DFUImageSize", () => {
  const bytes = encodeDfuse(ONE_TARGET);
  new DataView(bytes.buffer).setUint32(6, bytes.length, true);
  assert.deepEqual(decodeDfuse(seal(bytes)), ONE_TARGET);
});

Deno.test("decodeDfuse() drops what stands behind the NUL of a name", () => {
  const bytes = encodeDfuse(ONE_TARGET);
  bytes.fill(0xa5, 11 + 11 + 6, 11 + 266);
  assert.deepEqual(decodeDfuse(seal(bytes)), ONE_TARGET);
});

Deno.test("decodeDfuse() reads a target's name only when bTargetNamed says so", () => {
  const bytes = encodeDfuse(ONE_TARGET);
  bytes[18] = 0;
  assert.equal(decodeDfuse(seal(bytes)).targets[0]!.name, undefined);
});

type Patch = (view: DataView) => void;
const u8 = (offset: number, value: number): Patch => (view) => view.setUint8(offset, value);
const u32 = (offset: number, value: number): Patch => (view) => view.setUint32(offset, value, true);

/** Each is sealed with the right CRC afterwards. */
const REFUSED: readonly [string, Patch, ImageFormatErrorCode, string | undefined, number][] = [
  ["another szSignature", u8(4, 0x45), "bad-magic", "szSignature of the prefix", 0],
  ["bVersion 2", u8(5, 2), "unsupported", "bVersion", 5],
  ["DFUImageSize one too few", u32(6, 297), "bad-length", "DFUImageSize", 6],
  ["DFUImageSize 2^32 - 1", u32(6, 0xffff_ffff), "bad-length", "DFUImageSize", 6],
  ["bTargets 0", u8(10, 0), "no-data", "bTargets", 10],
  ["bTargets 2", u8(10, 2), "truncated", "target 1", 298],
  ["bTargets 255", u8(10, 255), "truncated", "target 1", 298],
  ["another signature of a target", u8(11, 0x74), "bad-magic", "szSignature of target 0", 11],
  [
    "a name without an end",
    (view) => {
      for (let offset = 22; offset < 277; offset++) view.setUint8(offset, 0x41);
    },
    "bad-field",
    "szTargetName of target 0",
    22,
  ],
  ["dwTargetSize past the end", u32(277, 14), "truncated", "target 0", 285],
  ["dwTargetSize 2^32 - 1", u32(277, 0xffff_ffff), "truncated", "target 0", 285],
  ["dwTargetSize one too few", u32(277, 12), "truncated", "element 0 of target 0", 293],
  ["dwTargetSize 0", u32(277, 0), "truncated", "element 0 of target 0", 285],
  ["dwNbElements 0", u32(281, 0), "bad-count", "dwNbElements of target 0", 281],
  ["dwNbElements 2", u32(281, 2), "truncated", "element 1 of target 0", 298],
  ["dwNbElements 2^32 - 1", u32(281, 0xffff_ffff), "truncated", "element 1 of target 0", 298],
  ["dwElementSize past the end", u32(289, 6), "truncated", "element 0 of target 0", 293],
  ["dwElementSize 2^32 - 1", u32(289, 0xffff_ffff), "truncated", "element 0 of target 0", 293],
  ["dwElementSize one too few", u32(289, 4), "bad-count", "dwNbElements of target 0", 281],
  ["dwElementSize 0", u32(289, 0), "bad-length", "dwElementSize of element 0 of target 0", 285],
  ["an element over 4 GiB", u32(285, 0xffff_fffc), "address-range", "dwElementSize of element 0 of target 0", 285],
  ["bcdDFU 0x0100", u8(305, 0x00), "inconsistent", "bcdDFU", 304],
  ["bcdDFU 0x0110", u8(304, 0x10), "inconsistent", "bcdDFU", 304],
  [
    "UFD reversed",
    (view) => {
      u8(306, 0x44)(view);
      u8(308, 0x55)(view);
    },
    "truncated",
    "ucDfuSignature",
    298,
  ],
  ["bLength 15", u8(309, 15), "bad-length", "bLength", 309],
  ["bLength 17", u8(309, 17), "bad-length", "bLength", 309],
];

for (const [name, patch, code, field, offset] of REFUSED) {
  Deno.test(`decodeDfuse() refuses ${name}`, () => {
    const bytes = encodeDfuse(ONE_TARGET);
    patch(new DataView(bytes.buffer));
    assert.throws(() => decodeDfuse(seal(bytes)), refusedWith(code, field, offset));
  });
}

Deno.test("decodeDfuse() refuses bytes between the targets and the suffix", () => {
  const good = encodeDfuse(ONE_TARGET);
  const bytes = Uint8Array.of(...good.subarray(0, 298), 0, ...good.subarray(298));
  new DataView(bytes.buffer).setUint32(6, 299, true);
  assert.throws(() => decodeDfuse(seal(bytes)), refusedWith("trailing-data", undefined, 298));
});

Deno.test("decodeDfuse() refuses a wrong CRC", () => {
  const bytes = encodeDfuse(ONE_TARGET);
  bytes[293] = 9;
  assert.throws(() => decodeDfuse(bytes), refusedWith("bad-checksum", "dwCRC", 310));
});

Deno.test("decodeDfuse() refuses every truncation and every changed byte", () => {
  const bytes = encodeDfuse(TWO_TARGETS);
  for (const damages of [truncations(bytes), mutations(bytes)]) {
    const counts = countRefusals(damages, decodeDfuse, [ImageFormatError]);
    assert.equal(counts.read, 0);
    assert(counts.refused > 500);
  }
});

Deno.test("decodeDfuse() throws nothing else when the CRC is right in spite of the damage", () => {
  const sealed = [...mutations(encodeDfuse(TWO_TARGETS))].map(({ name, bytes }) => ({ name, bytes: seal(bytes) }));
  const counts = countRefusals(sealed, decodeDfuse, [ImageFormatError]);
  assert(counts.read > 0 && counts.refused > 0);
});

Deno.test("decodeDfuse() tells a file that was saved as text", () => {
  const text = new TextDecoder().decode(encodeDfuse({ ...ONE_TARGET, productId: 0xffff }));
  const bytes = new TextEncoder().encode(text);
  assert.throws(() => decodeDfuse(bytes), refusedWith("bad-character", undefined, bytes.indexOf(0xef)));
});

Deno.test("dfuseToImage() joins all targets and keeps gaps", () => {
  const { segments, start } = dfuseToImage(TWO_TARGETS);
  assert.deepEqual(segments.map(({ address }) => address), [0x0802_0000, 0x0812_0000, 0x5200_201c]);
  assert.equal(start, undefined);
});

Deno.test("dfuseToImage() refuses an address that two targets claim, and says where", () => {
  const [target] = ONE_TARGET.targets;
  const file = { ...IDS, targets: [target!, { ...target!, alternateSetting: 1 }] };
  const field = "dwElementAddress of element 0 of target 1";
  assert.throws(() => dfuseToImage(file), refusedWith("overlap", field, 298 + 274));
  assert.throws(() => dfuseToImage(decodeDfuse(encodeDfuse(file))), refusedWith("overlap", field, 298 + 274));
});

const [TARGET] = ONE_TARGET.targets;
const CANNOT_WRITE: readonly [name: string, file: DfuseFile][] = [
  ["no target", { ...IDS, targets: [] }],
  ["256 targets", { ...IDS, targets: new Array(256).fill(TARGET) }],
  ["a target without elements", { ...IDS, targets: [{ ...TARGET!, elements: [] }] }],
  ["an element without bytes", {
    ...IDS,
    targets: [{ ...TARGET!, elements: [{ address: 0, data: new Uint8Array() }] }],
  }],
  ["an element over 4 GiB", { ...IDS, targets: [{ ...TARGET!, elements: [{ ...FLASH, address: 0xffff_fffc }] }] }],
  ["alternate setting 256", { ...IDS, targets: [{ ...TARGET!, alternateSetting: 256 }] }],
  ["a name of 255 characters", { ...IDS, targets: [{ ...TARGET!, name: "x".repeat(255) }] }],
  ["a name with a NUL", { ...IDS, targets: [{ ...TARGET!, name: "a\0b" }] }],
  ["a name with a character above 255", { ...IDS, targets: [{ ...TARGET!, name: "\u0100" }] }],
  ["vendor 65536", { ...ONE_TARGET, vendorId: 0x1_0000 }],
  ["product -1", { ...ONE_TARGET, productId: -1 }],
  ["device version 0.5", { ...ONE_TARGET, deviceVersion: 0.5 }],
];

for (const [name, file] of CANNOT_WRITE) {
  Deno.test(`encodeDfuse() refuses ${name}`, () => {
    assert.throws(() => encodeDfuse(file), RangeError);
  });
}

/** Made with `dfu-suffix -v 0483 -p df11 -d 0200 -a` of dfu-util 0.11 out of the nine characters 123456789. */
const SUFFIXED = parseHex("31323334353637383900 0211df83040001554644108545774d");

Deno.test("decodeDfuSuffix() reads the suffix of a plain DFU file", () => {
  assert.deepEqual(decodeDfuSuffix(SUFFIXED), { ...IDS, dfuVersion: 0x0100 });
});

Deno.test("decodeDfuSuffix() finds none in files of 0 to 15 bytes, and in the suffix's absence", () => {
  for (let length = 0; length < 16; length++) {
    assert.equal(decodeDfuSuffix(SUFFIXED.subarray(-length, length === 0 ? 0 : undefined)), undefined);
  }
  assert.equal(decodeDfuSuffix(SUFFIXED.subarray(0, -1)), undefined);
});

Deno.test("decodeDfuSuffix() refuses every changed byte but those of the signature", () => {
  const counts = countRefusals(mutations(SUFFIXED, [0, 8, 9, 15, 16, 20, 21, 24]), decodeDfuSuffix, [ImageFormatError]);
  assert.equal(counts.read, 0);
  for (const { bytes } of mutations(SUFFIXED, [17, 18, 19])) assert.equal(decodeDfuSuffix(bytes), undefined);
});
