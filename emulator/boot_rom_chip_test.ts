import assert from "node:assert/strict";
import { type Bytes, findPart, parseHex } from "../core/mod.ts";
import type { FlashOutcome } from "../protocols/an3155/device.ts";
import { type ByteLink, Engine, type Procedure } from "../protocols/link/mod.ts";
import { BootRomChip, type BootRomChipOptions } from "./boot_rom_chip.ts";
import { PowerLossError } from "./error.ts";
import { Stm32 } from "./stm32.ts";

const BASE = 0x0800_0000;

function makeChip(part: string, options: BootRomChipOptions = {}): { chip: Stm32; rom: BootRomChip } {
  const chip = new Stm32(findPart(part), { isBoot0High: true });
  return { chip, rom: new BootRomChip(chip, options) };
}

/** Runs an operation, and gives what came of it and how long the CPU slept. */
function operate(start: (link: ByteLink) => Procedure<FlashOutcome>): [FlashOutcome, sleptMs: number] {
  const engine = new Engine(start);
  let nowMs = 0;
  while (engine.outcome === undefined) {
    assert.equal(engine.wait?.kind, "sleep");
    nowMs = engine.wakeAtMs;
    engine.tick(nowMs);
  }
  if (engine.outcome.kind === "failed") throw engine.outcome.error;
  return [engine.outcome.value, nowMs];
}

function write(rom: BootRomChip, address: number, hex: string): [FlashOutcome, number] {
  return operate((link) => rom.write(link, address, parseHex(hex)));
}

Deno.test("BootRomChip.write() programs flash and sleeps as long as that takes", () => {
  const { chip, rom } = makeChip("stm32f407");
  assert.deepEqual(write(rom, BASE, "0102030405060708"), ["done", 2 * 0.016]);
  assert.deepEqual(chip.flash.read(BASE, 8), parseHex("0102030405060708"));
});

const WRITES: readonly [part: string, address: number, hex: string, FlashOutcome][] = [
  ["stm32f407", BASE, "01020304", "done"],
  ["stm32f407", BASE, "010203", "failed"],
  ["stm32f407", BASE + 2, "01020304", "failed"],
  ["stm32f407", 0x080f_fffc, "0102030405060708", "unmapped"],
  ["stm32f407", 0x2000_3000, "01", "done"],
  ["stm32f407", 0x2001_ffff, "0102", "unmapped"],
  ["stm32f407", 0x2000_2fff, "01", "unmapped"],
  ["stm32f407", 0x4002_3c00, "01020304", "unmapped"],
  ["stm32f407", 0x1fff_7a10, "01020304", "unmapped"],
  ["stm32f407", 0x1fff_c008, "f0ff", "done"],
  ["stm32f103", 0x1fff_f800, "a500", "failed"],
  ["stm32f103", 0x1fff_f808, "fe01", "done"],
  ["stm32h745", BASE, "01".repeat(32), "done"],
  ["stm32h745", BASE, "01".repeat(33), "failed"],
];

for (const [part, address, hex, expected] of WRITES) {
  Deno.test(`BootRomChip.write() of ${hex.length / 2} bytes at 0x${address.toString(16)} of ${part}: ${expected}`, () => {
    assert.equal(write(makeChip(part).rom, address, hex)[0], expected);
  });
}

Deno.test("partialUnits: pad completes a unit with what erased flash reads", () => {
  for (
    const [part, hex, expected] of [
      ["stm32h745", "010203", `010203${"ff".repeat(29)}`],
      ["stm32l053", "010203", "01020300"],
    ] as const
  ) {
    const { chip, rom } = makeChip(part, { partialUnits: "pad" });
    assert.equal(write(rom, BASE, hex)[0], "done");
    assert.deepEqual(chip.flash.read(BASE, expected.length / 2), parseHex(expected));
    assert.equal(write(rom, BASE, hex)[0], "failed", "a second time");
    assert.equal(write(rom, BASE + 65, hex)[0], "failed", "misaligned");
  }
});

Deno.test("a write that fails in its middle takes the time of what was done", () => {
  const { chip, rom } = makeChip("stm32f407");
  chip.flash.preload(BASE + 8, parseHex("01020304"));
  assert.deepEqual(write(rom, BASE, "55".repeat(16)), ["failed", 2 * 0.016]);
});

Deno.test("BootRomChip.eraseSector() and massErase() say what is not there and what is protected", () => {
  const { chip, rom } = makeChip("stm32f407");
  assert.deepEqual(operate((link) => rom.eraseSector(link, 11)), ["done", 1000]);
  assert.deepEqual(operate((link) => rom.eraseSector(link, 12)), ["unmapped", 0]);
  assert.deepEqual(operate((link) => rom.massErase(link, "bank-2")), ["unmapped", 0]);
  assert.deepEqual(operate((link) => rom.massErase(link, "all")), ["done", 8000]);
  operate((link) => rom.changeProtection(link, { kind: "write-protect", sectors: [3] }));
  chip.reset("option-reload");
  assert.deepEqual(operate((link) => rom.eraseSector(link, 3)), ["protected", 0]);
  assert.deepEqual(operate((link) => rom.massErase(link, "all")), ["protected", 0]);
  assert.deepEqual(write(rom, chip.flash.sectors[3]!.addressStart, "01020304"), ["protected", 0]);
});

Deno.test("the ROM of an L0 has no mass erase", () => {
  assert.deepEqual(operate((link) => makeChip("stm32l053").rom.massErase(link, "all")), ["unmapped", 0]);
});

Deno.test("BootRomChip.changeProtection() refuses units that the part does not have", () => {
  const { rom } = makeChip("stm32f407");
  assert.equal(operate((link) => rom.changeProtection(link, { kind: "write-protect", sectors: [12] }))[0], "unmapped");
});

Deno.test("BootRomChip.read() gives zeros where memory has ended, and tells a broken ECC", () => {
  const { chip, rom } = makeChip("stm32h745");
  assert.deepEqual(rom.read(0x081f_fffe, 4), { kind: "bytes", bytes: parseHex("ffff0000") });
  chip.flash.operations.cutAt(0, { model: 3 });
  assert.throws(() => write(rom, BASE, "01".repeat(32)), PowerLossError);
  assert.deepEqual(rom.read(BASE, 4), { kind: "ecc-error" });
  assert.deepEqual(rom.read(BASE + 32, 1), { kind: "bytes", bytes: parseHex("ff") as Bytes });
});

Deno.test("BootRomChip knows which writes end in a reset, and which commands a fault refuses", () => {
  const { chip, rom } = makeChip("stm32f103");
  assert.deepEqual([rom.resetsAfterWrite(0x1fff_f800), rom.resetsAfterWrite(BASE)], [true, false]);
  assert.equal(rom.refusesCommand(), false);
  chip.arm([{ kind: "nack", command: 1 }]);
  assert.deepEqual([rom.refusesCommand(), rom.refusesCommand(), rom.refusesCommand()], [false, true, false]);
  chip.arm([{ kind: "nack", command: 0 }]);
  chip.arm([]);
  assert.equal(rom.refusesCommand(), false, "what is armed replaces what was");
});
