import assert from "node:assert/strict";
import { concatBytes } from "../../core/bytes.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { uf2Block as block } from "../../tests/uf2_block.ts";
import { ImageFormatError } from "./error.ts";
import { decodeUf2, encodeUf2 } from "./uf2.ts";

const H7 = 0x6db6_6082;

const PAGES: readonly [name: string, segments: [address: number, size: number][], expected: [number, number][]][] = [
  ["one whole page", [[0x0802_0000, 256]], [[0x0802_0000, 256]]],
  ["the middle of a page", [[0x0802_0010, 2]], [[0x0802_0000, 256]]],
  ["two bytes over a boundary", [[0x0802_00ff, 2]], [[0x0802_0000, 512]]],
  ["two segments in one page", [[0x0802_0000, 1], [0x0802_00ff, 1]], [[0x0802_0000, 256]]],
  ["two pages with a gap", [[0x0802_0000, 1], [0x0802_0200, 1]], [[0x0802_0000, 256], [0x0802_0200, 256]]],
  ["the last page", [[0xffff_ffff, 1]], [[0xffff_ff00, 256]]],
  ["two pages 4 GiB apart", [[0, 1], [0xffff_ffff, 1]], [[0, 256], [0xffff_ff00, 256]]],
];

for (const [name, segments, expected] of PAGES) {
  Deno.test(`encodeUf2() covers whole pages: ${name}`, () => {
    const image = MemoryImage.fromSegments(
      segments.map(([address, size]) => ({ address, data: new Uint8Array(size).fill(0x5a) })),
    );
    const back = decodeUf2(encodeUf2(image, { familyId: H7, fill: 0xee })).image;
    assert.deepEqual(back.segments.map(({ address, data }) => [address, data.length]), expected);
    const all = back.segments.flatMap(({ data }) => [...data]);
    const given = segments.reduce((sum, [, size]) => sum + size, 0);
    assert.equal(all.filter((byte) => byte === 0x5a).length, given);
    assert.equal(all.filter((byte) => byte === 0xee).length, all.length - given);
    for (const { address, data } of image.segments) {
      assert.deepEqual(back.flatten(address, address + data.length, 0), data);
    }
  });
}

Deno.test("encodeUf2() puts every field where the layout has it", () => {
  const data = Uint8Array.from({ length: 256 }, (_, index) => index);
  const image = MemoryImage.fromSegments([{ address: 0x0802_0100, data }, { address: 0x0802_0000, data }]);
  const at = (number: number) => ({ address: 0x0802_0000 + 256 * number, number, count: 2, data });
  assert.deepEqual(encodeUf2(image, { familyId: H7 }), concatBytes([block(at(0)), block(at(1))]));
  assert.deepEqual(
    encodeUf2(image),
    concatBytes([block({ ...at(0), flags: 0, family: 0 }), block({ ...at(1), flags: 0, family: 0 })]),
  );
});

Deno.test("encodeUf2() refuses an empty image and options out of range", () => {
  const image = MemoryImage.fromSegments([{ address: 0, data: Uint8Array.of(1) }]);
  assert.throws(() => encodeUf2(MemoryImage.fromSegments([])), (error) => {
    return error instanceof ImageFormatError && error.code === "no-data";
  });
  for (const options of [{ fill: 256 }, { fill: -1 }, { fill: 0.5 }, { familyId: 2 ** 32 }, { familyId: -1 }]) {
    assert.throws(() => encodeUf2(image, options), RangeError);
  }
});
