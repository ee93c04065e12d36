import assert from "node:assert/strict";
import { formatHex, MemoryImage, parseHex } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import { bytesIn, splitIntoBlocks } from "./blocks.ts";
import { BootRomError } from "./error.ts";

const image = (...segments: readonly (readonly [number, Uint8Array<ArrayBuffer>])[]) =>
  MemoryImage.fromSegments(segments.map(([address, data]) => ({ address, data })));
const filled = (sizeBytes: number, byte: number) => new Uint8Array(sizeBytes).fill(byte);

/** Part, image, and for each block its sector's index, address and size. */
const SPLITS: readonly [string, string, MemoryImage, readonly (readonly [number, number, number])[]][] = [
  ["one byte takes four on an F4", "stm32f407xg", image([0x0800_0001, filled(1, 1)]), [[0, 0x0800_0000, 4]]],
  ["and a flash word on an H7", "stm32h743xi", image([0x0800_0041, filled(1, 1)]), [[0, 0x0800_0040, 32]]],
  ["and four bytes on an F1, not two", "stm32f103xb", image([0x0800_0002, filled(1, 1)]), [[0, 0x0800_0000, 4]]],
  ["a run ends a block at each multiple of 256", "stm32f407xg", image([0x0800_00f0, filled(300, 1)]), [
    [0, 0x0800_00f0, 16],
    [0, 0x0800_0100, 256],
    [0, 0x0800_0200, 28],
  ]],
  ["and of 128 on an L0", "stm32l053x8", image([0x0800_0000, filled(200, 1)]), [
    [0, 0x0800_0000, 128],
    [1, 0x0800_0080, 72],
  ]],
  ["two runs in one block are one", "stm32f407xg", image([0x0800_0000, filled(4, 1)], [0x0800_0010, filled(3, 2)]), [
    [0, 0x0800_0000, 20],
  ]],
  ["a gap of a block stays a gap", "stm32f407xg", image([0x0800_0000, filled(4, 1)], [0x0800_0200, filled(4, 2)]), [
    [0, 0x0800_0000, 4],
    [0, 0x0800_0200, 4],
  ]],
  ["sectors of an F4 are uneven", "stm32f407xg", image([0x0800_fffc, filled(8, 1)], [0x0802_0000, filled(4, 1)]), [
    [3, 0x0800_fffc, 4],
    [4, 0x0801_0000, 4],
    [5, 0x0802_0000, 4],
  ]],
  ["both banks of an H7", "stm32h743xi", image([0x080f_ffe0, filled(64, 1)]), [
    [7, 0x080f_ffe0, 32],
    [8, 0x0810_0000, 32],
  ]],
];

for (const [name, part, given, expected] of SPLITS) {
  Deno.test(`splitIntoBlocks(): ${name}`, () => {
    const held = splitIntoBlocks(given, { part: findPart(part) });
    const found = held.flatMap(({ sector, blocks }) => blocks.map((b) => [sector.index, b.address, b.data.length]));
    assert.deepEqual(found, expected);
  });
}

Deno.test("splitIntoBlocks() fills what the image leaves open with the part's erased value", () => {
  const given = image([0x0800_0001, parseHex("aa")], [0x0800_0006, parseHex("bb")]);
  const hexOn = (part: string) => formatHex(splitIntoBlocks(given, { part: findPart(part) })[0]!.blocks[0]!.data);
  assert.equal(hexOn("stm32f407xg"), "ffaaffffffffbbff");
  assert.equal(hexOn("stm32l053x8"), "00aa00000000bb00");
});

Deno.test("splitIntoBlocks() knows blank blocks by the part's erased value", () => {
  const given = image([0x0800_0000, filled(128, 0xff)], [0x0800_0100, filled(128, 0x00)]);
  const blankOn = (part: string) =>
    splitIntoBlocks(given, { part: findPart(part) }).flatMap(({ blocks }) => blocks.map(({ isBlank }) => isBlank));
  assert.deepEqual(blankOn("stm32f407xg"), [true, false]);
  assert.deepEqual(blankOn("stm32l053x8"), [false, true]);
});

Deno.test("splitIntoBlocks() divides an L4R5 as its bank mode says", () => {
  const given = image([0x0800_1000, filled(4, 1)]);
  const indexIn = (bankMode: string) =>
    splitIntoBlocks(given, { part: findPart("stm32l4r5xi"), bankMode })[0]!.sector.index;
  assert.deepEqual([indexIn("dual"), indexIn("single")], [1, 0]);
  assert.throws(() => indexIn("triple"), RangeError);
});

const REFUSED: readonly [string, string, MemoryImage, RegExp][] = [
  ["empty-image", "stm32f407xg", image(), /no bytes/],
  ["outside-flash", "stm32h743xi", image([0x0800_0000, filled(4, 1)], [0x9000_0000, filled(4, 1)]), /0x90000000/],
  ["outside-flash", "stm32f103xb", image([0x0801_fffe, filled(4, 1)]), /0x08020000/],
  ["outside-flash", "stm32f407xg", image([0x2000_0000, filled(4, 1)]), /0x20000000/],
];

for (const [code, part, given, message] of REFUSED) {
  Deno.test(`splitIntoBlocks() refuses an image with ${code}: ${message.source}`, () => {
    assert.throws(
      () => splitIntoBlocks(given, { part: findPart(part) }),
      (error) => error instanceof BootRomError && error.code === code && message.test(error.message),
    );
  });
}

Deno.test("bytesIn() counts the blocks asked for", () => {
  const held = splitIntoBlocks(image([0x0800_0000, filled(256, 0xff)], [0x0800_0100, filled(8, 1)]), {
    part: findPart("stm32f407xg"),
  });
  assert.deepEqual([bytesIn(held, () => true), bytesIn(held, ({ isBlank }) => isBlank)], [264, 256]);
});
