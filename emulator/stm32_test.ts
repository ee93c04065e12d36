import assert from "node:assert/strict";
import { type Bytes, findPart } from "../core/mod.ts";
import type { CoreStart } from "./boot.ts";
import { Stm32 } from "./stm32.ts";

/** A vector table of two words, padded to a program unit. */
function vectors(stackPointer: number, reset: number): Bytes {
  const table = new Uint8Array(32).fill(0xff);
  new DataView(table.buffer).setUint32(0, stackPointer, true);
  new DataView(table.buffer).setUint32(4, reset, true);
  return table;
}

/** What becomes of an F407 with a vector table of these two words. */
const TABLES: readonly [what: string, stackPointer: number, reset: number, string][] = [
  ["a stack at the end of SRAM", 0x2002_0000, 0x0800_0189, "runs"],
  ["a stack in CCM", 0x1000_4000, 0x0800_0189, "runs"],
  ["an entry in RAM", 0x2002_0000, 0x2000_0101, "runs"],
  ["erased flash", 0xffff_ffff, 0xffff_ffff, "its stack pointer is not in RAM"],
  ["a stack at the start of SRAM", 0x2000_0000, 0x0800_0189, "its stack pointer is not in RAM"],
  ["a stack behind SRAM", 0x2002_0004, 0x0800_0189, "its stack pointer is not in RAM"],
  ["a stack beside a word", 0x2001_fffe, 0x0800_0189, "its stack pointer is not in RAM"],
  ["an even entry", 0x2002_0000, 0x0800_0188, "its reset vector is even"],
  ["an entry past flash", 0x2002_0000, 0x0810_0001, "its reset vector leads out of memory"],
];

for (const [what, stackPointer, reset, expected] of TABLES) {
  Deno.test(`Stm32 boots a vector table with ${what}: ${expected}`, () => {
    const chip = new Stm32(findPart("stm32f407"));
    chip.flash.preload(0x0800_0000, vectors(stackPointer, reset));
    const [start] = chip.reset("pin-reset").cores;
    assert.deepEqual(
      start,
      expected === "runs"
        ? { core: "CM4", kind: "runs", address: 0x0800_0000, stackPointer, entry: reset - 1 }
        : { core: "CM4", kind: "faults", address: 0x0800_0000, reason: expected },
    );
  });
}

Deno.test("Stm32 starts the boot ROM when BOOT0 is high, unless readout protection has level 2", () => {
  const chip = new Stm32(findPart("stm32f407"), { isBoot0High: true });
  assert.deepEqual(chip.boot, { cause: "power-on", cores: [{ core: "CM4", kind: "boot-rom" }] });
  assert.equal(chip.programOptions([{ name: "RDP", value: 0xcc }]), true);
  assert.equal(chip.reset("option-reload").cores[0]!.kind, "faults");
  assert.equal(chip.programOptions([{ name: "RDP", value: 0xaa }]), false, "level 2 is for good");
  chip.powerCycle();
  assert.equal(chip.readProtectionLevel, 2);
  chip.isBoot0High = false;
  assert.equal(chip.reset("pin-reset").cause, "pin-reset");
});

Deno.test("a broken ECC in the vector table is a fault, and does not throw", () => {
  const chip = new Stm32(findPart("stm32h745"));
  chip.flash.operations.cutAt(0, { model: 3 });
  assert.throws(() => chip.flash.program(0x0800_0000, vectors(0x2002_0000, 0x0800_0401)));
  const [cm7] = chip.powerCycle().cores;
  assert.deepEqual(cm7, { core: "CM7", kind: "faults", address: 0x0800_0000, reason: "its ECC is broken" });
});

Deno.test("the second core of an H745 starts by itself when BCM4 is 1, and waits for a release when it is 0", () => {
  const chip = new Stm32(findPart("stm32h745"));
  chip.flash.preload(0x0800_0000, vectors(0x2002_0000, 0x0800_0401));
  chip.flash.preload(0x0810_0000, vectors(0x1004_8000, 0x0810_0401));
  chip.flash.preload(0x0812_0000, vectors(0x1004_8000, 0x0812_0401));
  const cm7: CoreStart = {
    core: "CM7",
    kind: "runs",
    address: 0x0800_0000,
    stackPointer: 0x2002_0000,
    entry: 0x0800_0400,
  };
  const cm4: CoreStart = {
    core: "CM4",
    kind: "runs",
    address: 0x0810_0000,
    stackPointer: 0x1004_8000,
    entry: 0x0810_0400,
  };
  assert.deepEqual(chip.reset("pin-reset").cores, [cm7, cm4]);
  chip.programOptions([{ name: "BCM4", value: 0 }]);
  assert.deepEqual(chip.boot.cores[1], cm4, "it goes on until the reset");
  assert.deepEqual(chip.reset("option-reload").cores, [cm7, { core: "CM4", kind: "held" }]);
  assert.deepEqual(chip.releaseCore(1), cm4);
  assert.deepEqual(chip.boot.cores, [cm7, cm4]);
  chip.programOptions([{ name: "BOOT_CM4_ADD0", value: 0x0812 }, { name: "BCM7", value: 0 }, {
    name: "BCM4",
    value: 1,
  }]);
  assert.deepEqual(chip.reset("option-reload").cores, [
    { core: "CM7", kind: "held" },
    { ...cm4, address: 0x0812_0000, entry: 0x0812_0400 },
  ]);
  chip.programOptions([{ name: "SWAP_BANK_OPT", value: 1 }, { name: "BCM7", value: 1 }]);
  // The CM4's table stands at 0x08000000 now, and its stack is in no RAM of the CM7; at 0x08120000 flash is erased.
  assert.deepEqual(chip.reset("option-reload").cores.map(({ kind }) => kind), ["faults", "faults"]);
  assert.throws(() => chip.releaseCore(2), RangeError);
});

Deno.test("a reset keeps RAM but for what the boot ROM uses; a power-off keeps nothing without a battery", () => {
  for (const hasBattery of [false, true]) {
    const chip = new Stm32(findPart("stm32f407"), { hasBattery });
    const word = Uint8Array.of(1, 2, 3, 4);
    chip.memory.store(0x2000_0000, word);
    chip.memory.store(0x2000_3000, word);
    chip.backupRegisters[0] = 0x600d;
    chip.reset("software-reset");
    assert.deepEqual([chip.read(0x2000_0000, 4), chip.read(0x2000_3000, 4)], [word, word]);
    chip.isBoot0High = true;
    chip.reset("pin-reset");
    assert.notDeepEqual(chip.read(0x2000_0000, 4), word);
    assert.deepEqual(chip.read(0x2000_3000, 4), word);
    assert.equal(chip.backupRegisters[0], 0x600d);
    chip.powerCycle();
    assert.notDeepEqual(chip.read(0x2000_3000, 4), word);
    assert.equal(chip.backupRegisters[0], hasBattery ? 0x600d : 0);
  }
});

Deno.test("Stm32.go() jumps and leaves other cores alone; every start is kept", () => {
  const chip = new Stm32(findPart("stm32h745"), { isBoot0High: true });
  chip.flash.preload(0x0802_0000, vectors(0x2002_0000, 0x0802_0401));
  assert.deepEqual(chip.go(0x0802_0000).cores.map(({ kind }) => kind), ["runs", "boot-rom"]);
  assert.deepEqual(chip.go(0x0804_0000).cores[0]!.kind, "faults");
  assert.deepEqual(chip.boots.map(({ cause }) => cause), ["power-on", "go", "go"]);
});

Deno.test("Stm32.read() reads across borders and stops where memory ends", () => {
  const chip = new Stm32(findPart("stm32h745xg"));
  assert.equal(chip.read(0x0807_fff0, 64).length, 16, "the hole");
  assert.equal(chip.read(0x0817_fff0, 64).length, 16, "the end of bank 2");
  assert.equal(chip.read(0x0800_0000, 0x0008_0000).length, 0x0008_0000);
  assert.equal(chip.read(0x2001_fff0, 64).length, 16, "the end of DTCM");
  assert.equal(chip.read(0x6000_0000, 64).length, 0);
  const f429 = new Stm32(findPart("stm32f429"));
  f429.flash.preload(0x080f_fffc, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  assert.deepEqual([...f429.read(0x080f_fffc, 8)], [1, 2, 3, 4, 5, 6, 7, 8]);
  f429.programOptions([{ name: "BFB2", value: 1 }]);
  f429.reset("option-reload");
  assert.deepEqual([...f429.read(0x0800_0000, 4)], [5, 6, 7, 8]);
  assert.deepEqual([...f429.read(0x081f_fffc, 4)], [1, 2, 3, 4]);
  assert.equal(f429.read(0x080f_fffc, 8).length, 8);
});

Deno.test("ending readout protection erases the flash first, so a power cut leaves it closed", () => {
  const chip = new Stm32(findPart("stm32f407"));
  chip.flash.preload(0x0800_0000, new Uint8Array(16));
  chip.programOptions([{ name: "RDP", value: 0 }, { name: "nWRP", value: 0xffe }]);
  chip.reset("option-reload");
  chip.flash.operations.cutAt(0, { model: 1 });
  assert.throws(() => chip.programOptions([{ name: "RDP", value: 0xaa }]), { code: "power-loss" });
  chip.powerCycle();
  assert.equal(chip.readProtectionLevel, 1);
  chip.programOptions([{ name: "RDP", value: 0xaa }]);
  chip.reset("option-reload");
  assert.deepEqual([chip.readProtectionLevel, chip.flash.isErased(0x0800_0000, 16)], [0, true]);
  assert.throws(() => chip.flash.eraseSector(0), { code: "protected" }, "write protection stays");
});
