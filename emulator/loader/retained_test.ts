/**
 * Words that survive a reset, and what somebody else left in them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { findPart } from "../../core/parts/mod.ts";
import { Stm32 } from "../stm32.ts";
import { encodeCount, readCount, requestStay, STAY_REQUEST_REGISTER, takeStayRequest } from "./retained.ts";

Deno.test("a word without its tag is no count", () => {
  const chip = new Stm32(findPart("stm32f407"));
  const words: readonly [word: number, count: number][] = [
    [encodeCount(300), 300],
    [0x4353_ffff, 65535],
    [0, 0],
    [3, 0],
    [0xffff_ffff, 0],
    [0x4354_0003, 0],
  ];
  for (const [word, count] of words) {
    chip.backupRegisters[0] = word;
    assert.equal(readCount(chip, 0), count, word.toString(16));
  }
});

Deno.test("a stay request is one word, taken once", () => {
  const chip = new Stm32(findPart("stm32f407"));
  requestStay(chip);
  assert.deepEqual([takeStayRequest(chip), takeStayRequest(chip)], [true, false]);
  chip.backupRegisters[STAY_REQUEST_REGISTER] = 1;
  assert.equal(takeStayRequest(chip), false);
});
