import assert from "node:assert/strict";
import { MemoryImage, OverlapError } from "../../core/memory_image.ts";
import { formatWithNrf, parseWithNrf } from "../../tests/nrf_intel_hex.ts";
import { parseIntelHex } from "./intel_hex.ts";
import { fromMemoryMap, toMemoryMap } from "./memory_map.ts";

const IMAGE = MemoryImage.fromSegments([
  { address: 0x0800_0000, data: Uint8Array.of(1, 2, 3) },
  { address: 0x0802_0000, data: Uint8Array.of(4) },
]);

Deno.test("toMemoryMap() and fromMemoryMap() are inverse and copy", () => {
  const map = toMemoryMap(IMAGE);
  assert.deepEqual([...map.keys()], [0x0800_0000, 0x0802_0000]);
  const image = fromMemoryMap(map);
  map.get(0x0800_0000)![0] = 9;
  assert.deepEqual(image, IMAGE);
});

Deno.test("fromMemoryMap() joins blocks that touch, in any order", () => {
  const image = fromMemoryMap([[0x0800_0002, Uint8Array.of(3)], [0x0802_0000, Uint8Array.of(4)], [
    0x0800_0000,
    Uint8Array.of(1, 2),
  ]]);
  assert.deepEqual(image, IMAGE);
});

Deno.test("fromMemoryMap() refuses overlaps and what is no address", () => {
  assert.throws(() => fromMemoryMap([[0, Uint8Array.of(1, 2)], [1, Uint8Array.of(2)]]), OverlapError);
  assert.throws(() => fromMemoryMap([[-0x7000_0000, Uint8Array.of(1)]]), RangeError);
});

Deno.test("toMemoryMap() gives what nrf-intel-hex writes, fromMemoryMap() takes what it reads", () => {
  const text = formatWithNrf(toMemoryMap(IMAGE));
  assert.deepEqual(parseIntelHex(new TextEncoder().encode(text)), IMAGE);
  assert.deepEqual(fromMemoryMap(parseWithNrf(text)), IMAGE);
});
