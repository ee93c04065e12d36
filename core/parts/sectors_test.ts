import assert from "node:assert/strict";
import { findPart } from "./find_part.ts";
import { bankModeOf, sectorsOf } from "./sectors.ts";

/** First address of some sectors, by index. RM0090 table 5, RM0399 tables 14 and 15, RM0432 and RM0367 table 5. */
const ADDRESSES: readonly [string, string | undefined, number, readonly [number, number][]][] = [
  ["stm32f407", undefined, 12, [
    [0, 0x0800_0000],
    [3, 0x0800_c000],
    [4, 0x0801_0000],
    [5, 0x0802_0000],
    [11, 0x080e_0000],
  ]],
  ["stm32f429", "dual", 24, [[11, 0x080e_0000], [12, 0x0810_0000], [16, 0x0811_0000], [23, 0x081e_0000]]],
  ["stm32h745", "dual", 16, [[1, 0x0802_0000], [7, 0x080e_0000], [8, 0x0810_0000], [15, 0x081e_0000]]],
  ["stm32h745xg", "dual", 8, [[3, 0x0806_0000], [4, 0x0810_0000], [7, 0x0816_0000]]],
  ["stm32l4r5", "dual", 512, [[16, 0x0801_0000], [256, 0x0810_0000], [511, 0x081f_f000]]],
  ["stm32l4r5", "single", 256, [[8, 0x0801_0000], [255, 0x081f_e000]]],
  ["stm32g0b1", "dual", 256, [[127, 0x0803_f800], [128, 0x0804_0000]]],
  ["stm32g474", "dual", 256, [[128, 0x0804_0000]]],
  ["stm32g474", "single", 128, [[64, 0x0804_0000]]],
  ["stm32l053", undefined, 512, [[32, 0x0800_1000], [511, 0x0800_ff80]]],
  ["stm32f103xb", undefined, 128, [[127, 0x0801_fc00]]],
  ["stm32f103xe", undefined, 256, [[255, 0x0807_f800]]],
];

for (const [name, bankMode, count, addresses] of ADDRESSES) {
  Deno.test(`sectorsOf() ${name}, ${bankMode ?? "the mode of a new part"}`, () => {
    const sectors = bankMode === undefined ? sectorsOf(findPart(name)) : sectorsOf(findPart(name), bankMode);
    assert.equal(sectors.length, count);
    for (const [index, address] of addresses) assert.equal(sectors[index]!.addressStart, address, `${index}`);
  });
}

Deno.test("sectorsOf() refuses a bank mode that the part does not have", () => {
  for (
    const [name, bankMode] of [["stm32f407", "dual"], ["stm32h745", "single"], ["stm32l4r5", "Dual"], ["stm32l4r5", ""]]
  ) {
    assert.equal(bankModeOf(findPart(name!), bankMode!), undefined);
    assert.throws(() => sectorsOf(findPart(name!), bankMode!), RangeError);
  }
});
