import assert from "node:assert/strict";
import { MemoryImage, OverlapError, type Segment } from "./memory_image.ts";

const at = (address: number, ...bytes: number[]): Segment => ({ address, data: Uint8Array.from(bytes) });
const plain = (image: MemoryImage) => image.segments.map(({ address, data }) => [address, ...data]);

const BUILT: readonly [string, Segment[], number[][]][] = [
  ["nothing", [], []],
  ["an empty segment", [at(5)], []],
  ["one segment", [at(5, 1, 2)], [[5, 1, 2]]],
  ["two that touch", [at(5, 1, 2), at(7, 3)], [[5, 1, 2, 3]]],
  ["three that touch, in any order", [at(8, 4), at(5, 1, 2), at(7, 3)], [[5, 1, 2, 3, 4]]],
  ["a gap of one byte", [at(5, 1), at(7, 3)], [[5, 1], [7, 3]]],
  ["the last byte there is", [at(0xffff_ffff, 9)], [[0xffff_ffff, 9]]],
  ["both ends of the address space", [at(0xffff_ffff, 9), at(0, 1)], [[0, 1], [0xffff_ffff, 9]]],
];

for (const [name, segments, expected] of BUILT) {
  Deno.test(`MemoryImage.fromSegments() takes ${name}`, () => {
    assert.deepEqual(plain(MemoryImage.fromSegments(segments)), expected);
  });
}

const OVERLAPPING: readonly [string, Segment[], number][] = [
  ["the same byte twice", [at(5, 1), at(5, 1)], 5],
  ["a tail over a head", [at(5, 1, 2, 3), at(7, 9)], 7],
  ["one inside another", [at(5, 1, 2, 3), at(6, 2)], 6],
  ["behind a run that was joined", [at(0, 1), at(1, 2, 3), at(2, 3)], 2],
];

for (const [name, segments, address] of OVERLAPPING) {
  Deno.test(`MemoryImage.fromSegments() refuses ${name}`, () => {
    assert.throws(() => MemoryImage.fromSegments(segments), (error) => {
      assert(error instanceof OverlapError);
      assert.equal(error.code, "overlap");
      assert.equal(error.address, address);
      return true;
    });
  });
}

for (const [address, ...bytes] of [[-1, 1], [0xffff_ffff, 1, 2], [2 ** 32, 1], [0.5, 1], [NaN, 1]]) {
  Deno.test(`MemoryImage.fromSegments() refuses ${bytes.length} bytes at ${address}`, () => {
    assert.throws(() => MemoryImage.fromSegments([at(address!, ...bytes)]), RangeError);
  });
}

const IMAGE = MemoryImage.fromSegments([at(0x10, 1, 2, 3, 4), at(0x20, 5)], { kind: "linear", address: 0x11 });

Deno.test("MemoryImage tells its extent", () => {
  assert.equal(IMAGE.addressStart, 0x10);
  assert.equal(IMAGE.addressEnd, 0x21);
  assert.equal(IMAGE.sizeBytes, 5);
  const empty = MemoryImage.fromSegments([]);
  assert.deepEqual([empty.addressStart, empty.addressEnd, empty.sizeBytes], [0, 0, 0]);
});

Deno.test("MemoryImage.slice() keeps what lies between, wherever the cuts fall", () => {
  for (let start = 0x0e; start <= 0x22; start++) {
    for (let end = start; end <= 0x22; end++) {
      const kept = IMAGE.slice(start, end);
      const expected = [[0x10, 1], [0x11, 2], [0x12, 3], [0x13, 4], [0x20, 5]].filter(([a]) => a! >= start && a! < end);
      const got = kept.segments.flatMap(({ address, data }) =>
        Array.from(data, (byte, index) => [address + index, byte])
      );
      assert.deepEqual(got, expected, `${start} to ${end}`);
      assert.equal(kept.start, IMAGE.start);
    }
  }
});

Deno.test("MemoryImage.relocate() moves segments and start, and refuses to leave the address space", () => {
  const moved = IMAGE.relocate(0x0802_0000);
  assert.deepEqual(plain(moved), [[0x0802_0010, 1, 2, 3, 4], [0x0802_0020, 5]]);
  assert.deepEqual(moved.start, { kind: "linear", address: 0x0802_0011 });
  assert.deepEqual(plain(moved.relocate(-0x0802_0000)), plain(IMAGE));
  const elsewhere = MemoryImage.fromSegments([at(0x0802_0000, 1)], { kind: "linear", address: 0x0800_00c1 });
  assert.equal(elsewhere.relocate(-0x0802_0000).start, elsewhere.start, "a start outside the image stays");
  assert.throws(() => IMAGE.relocate(-0x11), RangeError);
  assert.throws(() => IMAGE.relocate(2 ** 32 - 0x20), RangeError);
});

Deno.test("MemoryImage.flatten() fills gaps and both edges", () => {
  assert.deepEqual([...IMAGE.flatten(0x12, 0x22, 0xff)], [3, 4, ...new Array(12).fill(0xff), 5, 0xff]);
  assert.deepEqual([...IMAGE.flatten(0x1f, 0x21, 0)], [0, 5]);
  assert.deepEqual([...IMAGE.flatten(0x10, 0x10, 0)], []);
  assert.throws(() => IMAGE.flatten(0x11, 0x10, 0), RangeError);
});
