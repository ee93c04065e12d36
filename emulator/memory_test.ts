import assert from "node:assert/strict";
import { findPart, parseHex } from "../core/mod.ts";
import { Stm32 } from "./stm32.ts";

Deno.test("Memory goes on into the area behind: an L053's identity stands behind its option bytes", () => {
  const chip = new Stm32(findPart("stm32l053"));
  const block = chip.memory.read(0x1ff8_0000, 128);
  assert.equal(block.length, 128);
  assert.deepEqual(block.slice(0, 4), parseHex("aafe5501"), "RDP and its complement");
  assert.deepEqual(block.slice(0x50, 0x54), parseHex("10111213"), "unique identifier");
  assert.deepEqual(block.slice(0x7c, 0x7e), parseHex("4000"), "64 KiB");
});

Deno.test("Memory ends where there is none, and an area ends where one begins that goes before it", () => {
  const f407 = new Stm32(findPart("stm32f407"));
  assert.equal(f407.memory.read(0x2001_fff0, 32).length, 16, "behind SRAM2");
  assert.equal(f407.memory.read(0x4000_0000, 4).length, 0);
  const h745 = new Stm32(findPart("stm32h745"));
  const { flashSizeAddress } = h745.part.identity;
  const blockStart = flashSizeAddress - flashSizeAddress % 256;
  const around = h745.memory.read(blockStart - 16, 512);
  const at = flashSizeAddress - blockStart + 16;
  assert.deepEqual(around.slice(at, at + 2), parseHex("0008"), "2,048 KiB");
});
