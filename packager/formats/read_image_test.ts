import assert from "node:assert/strict";
import { concatBytes } from "../../core/bytes.ts";
import { parseHex } from "../../core/hex.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { buildElf } from "../../tests/elf_file.ts";
import { uf2Block } from "../../tests/uf2_block.ts";
import { encodeDfuse } from "./dfuse.ts";
import { ImageFormatError } from "./error.ts";
import type { ImageFormat } from "./format.ts";
import { BaseAddressRequiredError, readImage } from "./read_image.ts";
import { writeImage } from "./write_image.ts";

const BASE = 0x0802_0000;
/** Initial stack pointer 0x24020000, reset vector 0x08020299. */
const VECTORS = parseHex("00000224 99020208");
const IMAGE = MemoryImage.fromSegments([{ address: BASE, data: VECTORS }]);
/** Made with `dfu-suffix -v 0483 -p df11 -d 0200 -a` of dfu-util 0.11 out of the nine characters 123456789. */
const SUFFIXED = parseHex("31323334353637383900 0211df83040001554644108545774d");

const ADDRESSED: readonly [format: ImageFormat, bytes: Uint8Array][] = [
  ["elf", buildElf({ segments: [{ paddr: BASE, data: [...VECTORS] }] })],
  ["hex", writeImage(IMAGE, { format: "hex" })],
  ["srec", writeImage(IMAGE, { format: "srec" })],
  ["dfuse", writeImage(IMAGE, { format: "dfuse" })],
  ["uf2", uf2Block({ data: VECTORS })],
];

for (const [format, bytes] of ADDRESSED) {
  Deno.test(`readImage() reads ${format}, told or not, and takes no base address`, () => {
    const result = readImage(bytes);
    assert.equal(result.format, format);
    assert.deepEqual(result.image.segments, IMAGE.segments);
    assert.deepEqual(result.notes, []);
    assert.deepEqual(readImage(bytes, { format }), result);
    assert.throws(() => readImage(bytes, { baseAddress: BASE }), TypeError);
  });
}

Deno.test("readImage() reads a raw binary at its base address", () => {
  const result = readImage(VECTORS, { baseAddress: BASE });
  assert.deepEqual({ ...result, image: result.image.segments }, { format: "bin", image: IMAGE.segments, notes: [] });
  for (const baseAddress of [-1, 0.5, 2 ** 32, NaN]) {
    assert.throws(() => readImage(VECTORS, { baseAddress }), RangeError);
  }
});

Deno.test("readImage() asks for the base address, and hints at it", () => {
  const hints: readonly [Uint8Array, number | undefined][] = [
    [VECTORS, 0x0802_0299],
    [VECTORS.subarray(0, 7), undefined],
    [parseHex("00000224 98020208"), undefined],
    [parseHex("00000224 99020220"), undefined],
    [new Uint8Array(64).fill(0xff), undefined],
  ];
  for (const [bytes, resetVector] of hints) {
    assert.throws(() => readImage(bytes), (error) => {
      assert(error instanceof BaseAddressRequiredError);
      assert.equal(error.code, "base-address-required");
      assert.equal(error.resetVector, resetVector);
      return true;
    });
  }
});

Deno.test("readImage() leaves out the suffix of a plain DFU file, unless it is told to take the bytes as they are", () => {
  const detected = readImage(SUFFIXED, { baseAddress: BASE });
  assert.equal(detected.format, "bin");
  assert.equal(detected.image.sizeBytes, 9);
  assert.match(detected.notes.join(), /^The DFU suffix/);
  const told = readImage(SUFFIXED, { baseAddress: BASE, format: "bin" });
  assert.equal(told.image.sizeBytes, 25);
  assert.deepEqual(told.notes, []);
});

Deno.test("readImage() takes any bytes for a raw binary when it is told to", () => {
  const gzip = parseHex("1f8b0800000000000003");
  assert.throws(() => readImage(gzip, { baseAddress: BASE }), ImageFormatError);
  assert.deepEqual(readImage(gzip, { baseAddress: BASE, format: "bin" }).image.segments[0]!.data, gzip);
});

Deno.test("readImage() notes that a binary is erased flash", () => {
  for (const [fill, count] of [[0x00, 1], [0xff, 1], [0x55, 0]] as const) {
    const { notes } = readImage(new Uint8Array(1024).fill(fill), { baseAddress: BASE, format: "bin" });
    assert.equal(notes.length, count);
  }
});

Deno.test("readImage() notes which alternate settings a DfuSe file is for", () => {
  const ids = { vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0 };
  const second = { alternateSetting: 1, name: undefined, elements: [{ address: 0x5200_201c, data: Uint8Array.of(1) }] };
  const first = { ...second, alternateSetting: 0, elements: IMAGE.segments };
  for (const [targets, note] of [[[first, second], /0, 1/], [[second], /settings 1,/]] as const) {
    assert.match(readImage(encodeDfuse({ ...ids, targets })).notes.join(), note);
  }
});

Deno.test("readImage() takes the family it is told to of a UF2 file", () => {
  const bytes = concatBytes([uf2Block(), uf2Block({ family: 0x5775_5a57, data: VECTORS })]);
  assert.throws(() => readImage(bytes), ImageFormatError);
  assert.deepEqual(readImage(bytes, { familyId: 0x5775_5a57 }).image.segments, IMAGE.segments);
});
