import assert from "node:assert/strict";
import { concatBytes } from "../../core/bytes.ts";
import { parseHex } from "../../core/hex.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import { countRefusals, mutations, truncations } from "../../tests/damage.ts";
import { uf2Block as block, type Uf2BlockFields as Block } from "../../tests/uf2_block.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "./error.ts";
import { decodeUf2 } from "./uf2.ts";

const H7 = 0x6db6_6082;
const F4 = 0x5775_5a57;
const FAMILY = 0x2000;
const NOT_MAIN_FLASH = 0x0001;

/** Block `number` of `count`, 4 bytes each, one behind the other. */
const nth = (number: number, count: number, fields: Block = {}) =>
  block({ address: 0x0802_0000 + 4 * number, data: new Uint8Array(4).fill(number), number, count, ...fields });
const plain = (image: MemoryImage) => image.segments.map(({ address, data }) => [address, ...data]);
const ZEROS_AND_ONES = [[0x0802_0000, 0, 0, 0, 0, 1, 1, 1, 1]];
const ONE_BLOCK = [[0x0802_0000, 1, 2, 3, 4]];

const padded = (payload: number[], size: number) =>
  Uint8Array.of(...payload, ...new Array(size - payload.length).fill(0));
/** The two tags and the end that the specification has as an example. */
const TAGS = parseHex(`09bcc79f302e312e32000000 149d0d6541434d4520546f6173746572206d6b33 00000000`);

const READ: readonly [name: string, blocks: Uint8Array[], expected: number[][], notes: RegExp[]][] = [
  ["one block", [block()], ONE_BLOCK, []],
  ["blocks in any order", [nth(1, 2), nth(0, 2)], ZEROS_AND_ONES, []],
  ["a block that is repeated", [nth(0, 2), nth(1, 2), nth(0, 2)], ZEROS_AND_ONES, [/^1 block left out: repeated$/]],
  [
    "a gap",
    [nth(0, 2), nth(1, 2, { address: 0x0810_0000 })],
    [[0x0802_0000, 0, 0, 0, 0], [0x0810_0000, 1, 1, 1, 1]],
    [],
  ],
  [
    "a payload of 476 bytes",
    [block({ data: new Uint8Array(476).fill(7) })],
    [[0x0802_0000, ...new Array(476).fill(7)]],
    [],
  ],
  ["the last word there is", [block({ address: 0xffff_fffc })], [[0xffff_fffc, 1, 2, 3, 4]], []],
  ["no family", [block({ flags: 0, family: 0 })], ONE_BLOCK, [/^No block names a device family/]],
  ["the size of a file in place of the family", [block({ flags: 0, family: 4 })], ONE_BLOCK, [/^No block names/]],
  ["a family that is not an STM32", [block({ family: 0xada5_2840 })], ONE_BLOCK, [/0xADA52840, which is not an STM32/]],
  [
    "blocks not for the main flash",
    [
      nth(0, 3),
      nth(1, 3, { flags: FAMILY | NOT_MAIN_FLASH, address: 0x0802_0000 }),
      nth(2, 3, { address: 0x0802_0004, data: new Uint8Array(4).fill(1) }),
    ],
    ZEROS_AND_ONES,
    [/^1 block left out: not for the main flash$/],
  ],
  ["such blocks without a family", [nth(0, 2), nth(1, 2, { flags: NOT_MAIN_FLASH, family: 0 })], [
    [0x0802_0000, 0, 0, 0, 0],
  ], [/^1 block left out: for another family$/]],
  ["an MD5 sum", [block({ flags: FAMILY | 0x4000, data: padded([1, 2, 3, 4], 452) })], [
    [0x0802_0000, 1, 2, 3, 4, ...new Array(448).fill(0)],
  ], [/^1 block with an MD5 sum of flash, which is not checked$/]],
  [
    "extension tags",
    [
      block({ flags: FAMILY | 0x8000, size: 4, data: Uint8Array.of(1, 2, 3, 4, ...TAGS) }),
    ],
    ONE_BLOCK,
    [],
  ],
  [
    "tags that end with the data",
    [
      block({ flags: FAMILY | 0x8000, size: 468, data: padded([...new Array(468).fill(7), 4, 1, 1, 1], 476) }),
    ],
    [[0x0802_0000, ...new Array(468).fill(7)]],
    [],
  ],
];

for (const [name, blocks, expected, notes] of READ) {
  Deno.test(`decodeUf2() reads ${name}`, () => {
    const file = decodeUf2(concatBytes(blocks));
    assert.deepEqual(plain(file.image), expected);
    assert.equal(file.image.start, undefined);
    assert.equal(file.notes.length, notes.length, file.notes.join());
    notes.forEach((note, index) => assert.match(file.notes[index]!, note));
  });
}

type Refusal = readonly [
  name: string,
  blocks: Uint8Array[],
  ImageFormatErrorCode,
  field: string | undefined,
  offset: number | undefined,
];

const withTags = (...tags: number[]) =>
  block({ flags: FAMILY | 0x8000, size: 4, data: Uint8Array.of(1, 2, 3, 4, ...tags) });

const REFUSED: readonly Refusal[] = [
  ["an empty file", [], "truncated", undefined, 0],
  ["half a block", [block(), block().subarray(0, 256)], "truncated", undefined, 512],
  ["one byte too many", [block(), Uint8Array.of(0)], "truncated", undefined, 512],
  ["noise in place of a block", [nth(0, 2), new Uint8Array(512)], "bad-magic", "magicStart0 of block 1", 512],
  ["another second magic number", [block().fill(0, 4, 8)], "bad-magic", "magicStart1 of block 0", 4],
  ["another last magic number", [block().fill(0, 508)], "bad-magic", "magicEnd of block 0", 508],
  ["unknown flags", [block({ flags: FAMILY | 0x10 })], "bad-field", "flags of block 0", 8],
  ["the highest flag", [block({ flags: 0x8000_0000 })], "bad-field", "flags of block 0", 8],
  ["a file container", [block({ flags: 0x1000 })], "unsupported", "flags of block 0", 8],
  ["an odd address", [block({ address: 0x0802_0002 })], "bad-field", "targetAddr of block 0", 12],
  ["a payload of 0 bytes", [block({ size: 0 })], "bad-length", "payloadSize of block 0", 16],
  ["a payload of 6 bytes", [block({ size: 6 })], "bad-length", "payloadSize of block 0", 16],
  ["a payload of 477 bytes", [block({ size: 477 })], "bad-length", "payloadSize of block 0", 16],
  ["a payload of 480 bytes", [block({ size: 480 })], "bad-length", "payloadSize of block 0", 16],
  ["a payload of 2^32 - 4 bytes", [block({ size: 0xffff_fffc })], "bad-length", "payloadSize of block 0", 16],
  [
    "a payload over an MD5 sum",
    [block({ flags: FAMILY | 0x4000, size: 456 })],
    "bad-length",
    "payloadSize of block 0",
    16,
  ],
  ["an address over 4 GiB", [block({ address: 0xffff_fffc, size: 8 })], "address-range", "targetAddr of block 0", 12],
  ["a number as high as the count", [block({ number: 1 })], "bad-count", "blockNo of block 0", 20],
  ["a count of 0", [block({ count: 0 })], "bad-count", "blockNo of block 0", 20],
  ["a missing block", [nth(0, 3), nth(2, 3)], "truncated", "numBlocks of block 0", 24],
  ["a count of 2^32 - 1", [block({ count: 0xffff_ffff })], "truncated", "numBlocks of block 0", 24],
  ["counts that differ", [nth(0, 2), nth(1, 3)], "inconsistent", "numBlocks of block 1", 512 + 24],
  [
    "a repeated block with other bytes",
    [nth(0, 2), nth(1, 2), nth(1, 2, { data: new Uint8Array(4).fill(9) })],
    "inconsistent",
    "blockNo of block 2",
    1024 + 20,
  ],
  [
    "a repeated block with other flags",
    [nth(0, 2), nth(1, 2), nth(1, 2, { flags: FAMILY | NOT_MAIN_FLASH })],
    "inconsistent",
    "blockNo of block 2",
    1024 + 20,
  ],
  [
    "a repeated block with another address",
    [nth(0, 2), nth(1, 2), nth(1, 2, { address: 0x0810_0000 })],
    "inconsistent",
    "blockNo of block 2",
    1024 + 20,
  ],
  [
    "two blocks for one address",
    [nth(0, 2), nth(1, 2, { address: 0x0802_0000 })],
    "overlap",
    "targetAddr of block 1",
    512 + 12,
  ],
  [
    "blocks that overlap in part",
    [nth(0, 2, { data: new Uint8Array(256) }), nth(1, 2)],
    "overlap",
    "targetAddr of block 1",
    512 + 12,
  ],
  ["two families", [nth(0, 1), nth(0, 1, { family: F4 })], "inconsistent", "familyID of block 1", 512 + 28],
  [
    "a family here and none there",
    [nth(0, 2), nth(1, 2, { flags: 0 })],
    "inconsistent",
    "familyID of block 1",
    512 + 28,
  ],
  ["nothing for the main flash", [block({ flags: FAMILY | NOT_MAIN_FLASH })], "no-data", undefined, undefined],
  ["a tag of 3 bytes", [withTags(3, 1, 1, 1)], "bad-length", "extension tag of block 0", 36],
  ["a tag of 0 bytes with a type", [withTags(0, 1, 1, 1)], "bad-length", "extension tag of block 0", 36],
  [
    "tags without an end",
    [block({ flags: FAMILY | 0x8000, data: new Uint8Array(476) })],
    "truncated",
    "extension tag of block 0",
    508,
  ],
  [
    "a tag past the end",
    [block({ flags: FAMILY | 0x8000, size: 472, data: padded([...new Array(472).fill(7), 5], 476) })],
    "bad-length",
    "extension tag of block 0",
    504,
  ],
];

for (const [name, blocks, code, field, offset] of REFUSED) {
  Deno.test(`decodeUf2() refuses ${name}`, () => {
    assert.throws(() => decodeUf2(concatBytes(blocks)), (error) => {
      assert(error instanceof ImageFormatError);
      assert.deepEqual([error.format, error.code, error.field, error.offset], ["uf2", code, field, offset]);
      return true;
    });
  });
}

const forF4 = (number: number, count: number) => nth(number, count, { family: F4 });

const FAMILIES: readonly [name: string, blocks: Uint8Array[], ImageFormatErrorCode | undefined][] = [
  ["each numbered for itself", [nth(0, 2), nth(1, 2), forF4(0, 1)], undefined],
  ["numbered all together", [nth(0, 3), nth(1, 3), forF4(2, 3)], undefined],
  ["mingled", [forF4(0, 2), nth(0, 2), forF4(1, 2), nth(1, 2)], undefined],
  ["with a block missing", [nth(0, 3), nth(1, 3), forF4(0, 1)], "truncated"],
  ["with a block missing that the other has", [nth(0, 2), forF4(0, 2), forF4(1, 2)], "truncated"],
  ["without the one asked for", [forF4(0, 2), forF4(1, 2)], "no-data"],
];

for (const [name, blocks, code] of FAMILIES) {
  Deno.test(`decodeUf2() takes one family of several, ${name}`, () => {
    const read = () => decodeUf2(concatBytes(blocks), { familyId: H7 });
    if (code === undefined) {
      assert.deepEqual(plain(read().image), ZEROS_AND_ONES);
      assert.equal(read().familyId, H7);
      assert.match(read().notes.join(), /left out: for another family/);
    } else assert.throws(read, (error) => error instanceof ImageFormatError && error.code === code);
  });
}

Deno.test("decodeUf2() reads or refuses every damaged file, and throws nothing else", () => {
  const tags = { flags: FAMILY | 0xc000, size: 4, data: Uint8Array.of(1, 1, 1, 1, ...TAGS) };
  const bytes = concatBytes([nth(0, 3), nth(1, 3, tags), nth(2, 3)]);
  decodeUf2(bytes);
  assert.equal(countRefusals(truncations(bytes), decodeUf2, [ImageFormatError]).read, 0);
  const headers = [0, 512, 1024].flatMap((offset) => Array.from({ length: 80 }, (_, index) => offset + index));
  const counts = countRefusals(
    mutations(bytes, [...headers, ...bytes.keys().filter((offset) => offset % 512 >= 480)]),
    decodeUf2,
    [ImageFormatError],
  );
  assert(counts.read > 0 && counts.refused > 0);
});
