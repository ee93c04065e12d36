import assert from "node:assert/strict";
import { parseHex } from "../../core/hex.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { decodeDfuse } from "./dfuse.ts";
import { ImageFormatError } from "./error.ts";
import { readImage } from "./read_image.ts";
import { decodeUf2 } from "./uf2.ts";
import { type WritableFormat, writeImage } from "./write_image.ts";

const IMAGE = MemoryImage.fromSegments([
  { address: 0x0802_0000, data: parseHex("00000224 99020208") },
  { address: 0x0802_0010, data: parseHex("80") },
], { kind: "linear", address: 0x0802_0299 });

const KEEPING: readonly [format: WritableFormat, keepsStart: boolean][] = [
  ["hex", true],
  ["srec", true],
  ["dfuse", false],
];

for (const [format, keepsStart] of KEEPING) {
  Deno.test(`writeImage() writes ${format}, which keeps the gaps`, () => {
    const back = readImage(writeImage(IMAGE, { format, fill: 0xee, familyId: 1 }));
    assert.equal(back.format, format);
    assert.deepEqual(back.image.segments, IMAGE.segments);
    assert.deepEqual(back.image.start, keepsStart ? IMAGE.start : undefined);
  });
}

Deno.test("writeImage() writes bin and uf2 with the gaps filled, with 0xFF unless told otherwise", () => {
  for (const [options, fill] of [[{}, 0xff], [{ fill: 0xee }, 0xee]] as const) {
    const binary = writeImage(IMAGE, { format: "bin", ...options });
    assert.deepEqual(binary, IMAGE.flatten(0x0802_0000, 0x0802_0011, fill));
    const { image } = decodeUf2(writeImage(IMAGE, { format: "uf2", ...options }));
    assert.deepEqual(image.segments[0]!.data, IMAGE.flatten(0x0802_0000, 0x0802_0100, fill));
  }
});

Deno.test("writeImage() puts the family into a UF2 file", () => {
  assert.equal(decodeUf2(writeImage(IMAGE, { format: "uf2", familyId: 0x6db6_6082 })).familyId, 0x6db6_6082);
});

Deno.test("writeImage() writes DfuSe for the boot ROM's internal flash", () => {
  const { targets, ...ids } = decodeDfuse(writeImage(IMAGE, { format: "dfuse" }));
  assert.deepEqual(ids, { vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0 });
  assert.deepEqual(targets.map(({ alternateSetting, elements }) => [alternateSetting, elements.length]), [[0, 2]]);
});

Deno.test("writeImage() refuses an empty image in every format", () => {
  const empty = MemoryImage.fromSegments([]);
  for (const format of ["hex", "srec", "bin", "dfuse", "uf2"] as const) {
    assert.throws(() => writeImage(empty, { format }), (error) => {
      return error instanceof ImageFormatError && error.code === "no-data" && error.format === format;
    });
  }
});
