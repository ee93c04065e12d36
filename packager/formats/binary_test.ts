import assert from "node:assert/strict";
import { MemoryImage } from "../../core/memory_image.ts";
import { decodeBinary, encodeBinary } from "./binary.ts";
import type { ImageFormatErrorCode } from "./error.ts";

const imageOf = (...segments: [address: number, ...bytes: number[]][]) =>
  MemoryImage.fromSegments(segments.map(([address, ...bytes]) => ({ address, data: Uint8Array.from(bytes) })));

const DECODED: readonly [name: string, bytes: number[], baseAddress: number, addressEnd: number][] = [
  ["one byte at 0", [1], 0, 1],
  ["three bytes in flash", [1, 2, 3], 0x0802_0000, 0x0802_0003],
  ["all FF and all 00", [0xff, 0], 0x0800_0000, 0x0800_0002],
  ["the last byte there is", [1], 0xffff_ffff, 0x1_0000_0000],
];

for (const [name, bytes, baseAddress, addressEnd] of DECODED) {
  Deno.test(`decodeBinary() takes ${name}`, () => {
    const image = decodeBinary(Uint8Array.from(bytes), baseAddress);
    assert.deepEqual(image, imageOf([baseAddress, ...bytes]));
    assert.equal(image.addressEnd, addressEnd);
    assert.deepEqual([...encodeBinary(image)], bytes);
  });
}

Deno.test("decodeBinary() copies", () => {
  const bytes = Uint8Array.of(1);
  const image = decodeBinary(bytes, 0);
  bytes[0] = 2;
  assert.deepEqual(image, imageOf([0, 1]));
});

const REFUSED: readonly [string, () => unknown, ImageFormatErrorCode][] = [
  ["decodeBinary() refuses an empty file", () => decodeBinary(new Uint8Array(), 0), "no-data"],
  ["decodeBinary() refuses 4 GiB overrun", () => decodeBinary(Uint8Array.of(1, 2), 0xffff_ffff), "address-range"],
  ["encodeBinary() refuses an empty image", () => encodeBinary(imageOf()), "no-data"],
  ["encodeBinary() refuses a gap of 4 GiB", () => encodeBinary(imageOf([0, 1], [0xffff_ffff, 2])), "too-large"],
  [
    "encodeBinary() refuses internal and QSPI flash in one",
    () => encodeBinary(imageOf([0x0804_0000, 1], [0x9020_0000, 2])),
    "too-large",
  ],
  [
    "encodeBinary() refuses a byte over the limit",
    () => encodeBinary(imageOf([0, 1], [8, 2]), { maxSizeBytes: 8 }),
    "too-large",
  ],
];

for (const [name, action, code] of REFUSED) {
  Deno.test(name, () => {
    assert.throws(action, { name: "ImageFormatError", code, format: "bin", message: /^Cannot (read|write) .*[^.]$/ });
  });
}

const MISTAKEN: readonly [string, () => unknown][] = [
  ["a negative address", () => decodeBinary(Uint8Array.of(1), -1)],
  ["a fractional address", () => decodeBinary(Uint8Array.of(1), 0.5)],
  ["an address above 32 bits", () => decodeBinary(Uint8Array.of(1), 2 ** 32)],
  ["a fill of 256", () => encodeBinary(imageOf([0, 1]), { fill: 256 })],
  ["a fill of -1", () => encodeBinary(imageOf([0, 1]), { fill: -1 })],
];

for (const [name, action] of MISTAKEN) {
  Deno.test(`decodeBinary() and encodeBinary() blame the caller for ${name}`, () => assert.throws(action, RangeError));
}

Deno.test("encodeBinary() begins at the lowest address and fills gaps", () => {
  const image = imageOf([0x0800_0010, 1, 2], [0x0800_0014, 5]);
  assert.deepEqual([...encodeBinary(image)], [1, 2, 0xff, 0xff, 5]);
  assert.deepEqual([...encodeBinary(image, { fill: 0 })], [1, 2, 0, 0, 5]);
  assert.deepEqual([...encodeBinary(image, { maxSizeBytes: 5 })], [1, 2, 0xff, 0xff, 5]);
});
