import assert from "node:assert/strict";
import { concatBytes } from "../../core/bytes.ts";
import { crc32Stm32 } from "../../core/crc32.ts";
import { findPart } from "../../core/parts/find_part.ts";
import { PowerLossError } from "../../emulator/error.ts";
import { Stm32 } from "../../emulator/stm32.ts";
import { Cdc7Chip } from "./cdc7_chip.ts";

const SECTOR_4 = 0x0801_0000;
const PACKET = Uint8Array.from({ length: 64 }, (_, index) => index);

function makeChip(): { readonly chip: Stm32; readonly loader: Cdc7Chip } {
  const chip = new Stm32(findPart("stm32f411"), { timeScale: 1 });
  return { chip, loader: new Cdc7Chip(chip) };
}

Deno.test("Cdc7Chip erases sectors 4 to 7 and nothing before them, and is busy meanwhile", () => {
  const { chip, loader } = makeChip();
  for (const { addressStart } of chip.flash.sectors) chip.flash.program(addressStart, Uint8Array.of(1, 2, 3, 4));
  chip.flash.operations.takeBusyMs();
  const { error, busyMs } = loader.erase();
  assert.deepEqual([error, busyMs > 1000], [undefined, true]);
  assert.deepEqual([...chip.flash.eraseCounts], [0, 0, 0, 0, 1, 1, 1, 1]);
});

Deno.test("Cdc7Chip writes packets up to the last byte, and says what flash refuses", () => {
  const { chip, loader } = makeChip();
  assert.equal(loader.write(64, PACKET).error, undefined);
  assert.equal(loader.write(64, PACKET).error, "flash-write-failed");
  assert.equal(loader.write(0x7_0000 - 64, PACKET).error, undefined);
  assert.equal(loader.write(0x7_0000 - 60, PACKET).error, "flash-write-outside");
  assert.deepEqual([...chip.read(0x0807_ffc0, 64)], [...PACKET]);
  const blank = new Uint8Array(64).fill(0xff);
  assert.equal(loader.checksum(128), crc32Stm32(concatBytes([blank, PACKET]), 0));
  chip.flash.map.protect(Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0));
  assert.equal(loader.erase().error, "flash-erase-failed");
});

Deno.test("Cdc7Chip lets a power cut pass", () => {
  const { chip, loader } = makeChip();
  chip.flash.operations.cutAt(1, { model: 1 });
  assert.throws(() => loader.erase(), PowerLossError);
});

const STACKS: readonly (readonly [stackPointer: number, isOne: boolean])[] = [
  [0x1fff_ffff, false],
  [0x2000_0000, true],
  [0x2002_0000, true],
  [0x2002_0001, false],
  [0xffff_ffff, false],
];

for (const [stackPointer, isOne] of STACKS) {
  Deno.test(`Cdc7Chip takes 0x${stackPointer.toString(16)} for ${isOne ? "a" : "no"} stack pointer`, () => {
    const { chip, loader } = makeChip();
    chip.flash.program(SECTOR_4, new Uint8Array(Uint32Array.of(stackPointer).buffer));
    assert.equal(loader.hasApplication(), isOne);
  });
}
