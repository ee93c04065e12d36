import assert from "node:assert/strict";
import { equalBytes, findPart } from "../core/mod.ts";
import { PowerLossError } from "./error.ts";
import { Flash } from "./flash.ts";
import { encodeFlashFile, FlashFileError, loadFlashFile } from "./flash_file.ts";

Deno.test("encodeFlashFile() leaves the hole between banks out, and loadFlashFile() puts it back", () => {
  const flash = new Flash(findPart("stm32h745xg"));
  flash.program(0x0800_0000, new Uint8Array(32).fill(1));
  flash.program(0x0810_0000, new Uint8Array(32).fill(2));
  const file = encodeFlashFile(flash);
  assert.equal(file.length, 1024 * 1024);
  assert.deepEqual([file[0], file[32], file[512 * 1024], file[512 * 1024 + 32]], [1, 255, 2, 255]);
  const other = new Flash(findPart("stm32h745xg"));
  other.program(0x0802_0000, new Uint8Array(32));
  loadFlashFile(other, file);
  assert(equalBytes(encodeFlashFile(other), file));
  assert.deepEqual([other.stateAt(0x0800_0000), other.stateAt(0x0802_0000)], ["programmed", "erased"]);
});

Deno.test("a file keeps bytes, not states", () => {
  const part = findPart("stm32h745");
  const flash = new Flash(part);
  flash.program(0x0800_0000, new Uint8Array(32).fill(0xff));
  flash.operations.cutAt(0, { model: 3 });
  assert.throws(() => flash.program(0x0800_0020, new Uint8Array(32)), PowerLossError);
  flash.operations.cutAt(0, { model: 1 });
  assert.throws(() => flash.program(0x0800_0040, new Uint8Array(32)), PowerLossError);
  const file = encodeFlashFile(flash);
  assert(file.subarray(32, 64).every((byte) => byte === 0xff), "what cannot be read is written as erased");
  loadFlashFile(flash, file);
  const states = [0x0800_0000, 0x0800_0020, 0x0800_0040].map((address) => flash.stateAt(address));
  assert.deepEqual(states, ["erased", "erased", "programmed"]);
});

Deno.test("loadFlashFile() refuses a file of another size", () => {
  const flash = new Flash(findPart("stm32f103"));
  assert.throws(
    () => loadFlashFile(flash, new Uint8Array(65_535)),
    (error) => error instanceof FlashFileError && error.expected === 65_536 && error.got === 65_535,
  );
});
