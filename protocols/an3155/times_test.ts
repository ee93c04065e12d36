import assert from "node:assert/strict";
import { findPart, sectorsOf } from "../../core/parts/mod.ts";
import { eraseWithinMs, massEraseWithinMs, programWithinMs } from "./times.ts";

const at = (part: string, ...indexes: readonly number[]) => indexes.map((index) => sectorsOf(findPart(part))[index]!);

Deno.test("eraseWithinMs() is a second, and twice the slowest time of the datasheet for each sector", () => {
  assert.equal(eraseWithinMs(findPart("stm32f407xg"), at("stm32f407xg", 5)), 1000 + 2 * 4000, "x8: 4 s");
  assert.equal(eraseWithinMs(findPart("stm32f407xg"), at("stm32f407xg", 5, 6)), 1000 + 2 * 8000);
  assert.equal(eraseWithinMs(findPart("stm32h743xi"), at("stm32h743xi", 0)), 1000 + 2 * 4000, "x8: 4 s");
  assert.equal(eraseWithinMs(findPart("stm32f103xb"), at("stm32f103xb", 0)), 1000 + 2 * 40);
});

Deno.test("massEraseWithinMs() takes the part's own time, for each bank", () => {
  const within = (part: string) => massEraseWithinMs(findPart(part), sectorsOf(findPart(part)));
  assert.equal(within("stm32f407xg"), 1000 + 2 * 32_000, "x8: 32 s");
  assert.equal(within("stm32h743xi"), 1000 + 2 * 2 * 26_000, "x8: 26 s a bank");
});

Deno.test("programWithinMs() counts the program operations of a block", () => {
  assert.equal(programWithinMs(findPart("stm32f407xg"), 256), Math.ceil(1000 + 2 * 256 * 0.1), "x8: 100 us a byte");
  assert.equal(programWithinMs(findPart("stm32h743xi"), 256), Math.ceil(1000 + 2 * 8 * 0.58), "x8: 580 us a word");
  assert.equal(programWithinMs(findPart("stm32l053x8"), 128), Math.ceil(1000 + 2 * 32 * 3.94), "3.94 ms a word");
});
