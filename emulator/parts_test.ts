import assert from "node:assert/strict";
import { type Bytes, equalBytes, type Part, PARTS, type Sector } from "../core/mod.ts";
import { Engine } from "../protocols/link/mod.ts";
import { BootRomChip } from "./boot_rom_chip.ts";
import { Flash } from "./flash.ts";
import { Stm32 } from "./stm32.ts";

function pattern(sizeBytes: number, seed: number): Bytes {
  return Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 7 + (at >> 8) + seed) & 0xff);
}

/** First and last sector of each size in each bank. */
function cornerSectors(flash: Flash): Sector[] {
  const corners = new Map<string, Sector>();
  for (const sector of flash.sectors) {
    const key = `${sector.bank}/${sector.sizeBytes}`;
    corners.set(`${key}/first`, corners.get(`${key}/first`) ?? sector);
    corners.set(`${key}/last`, sector);
  }
  return [...new Set(corners.values())];
}

for (const part of PARTS) {
  for (const { name } of part.flash.bankModes) {
    Deno.test(`${part.name}, ${name} bank mode: each size of sector is programmed, read and erased`, () => {
      const flash = new Flash(part, { bankMode: name, times: "maximum" });
      const { sizeBytes: unitBytes, erasedByte } = part.flash.programUnit;
      const sectors = cornerSectors(flash);
      for (const { index, addressStart, sizeBytes } of sectors) {
        const data = pattern(sizeBytes, index);
        assert(equalBytes(flash.read(addressStart, sizeBytes), new Uint8Array(sizeBytes).fill(erasedByte)));
        flash.program(addressStart, data);
        assert(equalBytes(flash.read(addressStart, sizeBytes), data));
        assert.throws(() => flash.program(addressStart, data.subarray(0, unitBytes)));
        assert(flash.operations.takeBusyMs() > 0, "programming takes time");
        assert.equal(flash.map.sectorIndexAt(addressStart + sizeBytes - 1), index);
      }
      for (const { index, addressStart, sizeBytes } of sectors) {
        flash.eraseSector(index);
        assert(equalBytes(flash.read(addressStart, sizeBytes), new Uint8Array(sizeBytes).fill(erasedByte)));
        assert(flash.operations.takeBusyMs() > 0, "erasing takes time");
      }
      assert.equal(flash.sectors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), part.flash.sizeBytes);
    });
  }

  Deno.test(`${part.name}: identity, RAM of the boot ROM, executable memory`, () => {
    const chip = new Stm32(part, { isBoot0High: true });
    const rom = new BootRomChip(chip);
    const { flashSizeAddress, uniqueIdAddress } = part.identity;
    assert.equal(rom.chipId, part.chipId);
    const size = chip.read(flashSizeAddress, 2);
    assert.equal((size[0]! + size[1]! * 256) * 1024, part.flash.sizeBytes);
    assert.deepEqual([...chip.read(uniqueIdAddress, 12)], [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]);
    for (const { addressStart, sizeBytes } of part.bootRom.reservedRam) {
      assert.equal(rom.isWritable(addressStart), false);
      assert.equal(rom.isWritable(addressStart + sizeBytes - 1), false);
      assert.equal(rom.isWritable(addressStart + sizeBytes), true);
    }
    for (const { addressStart } of part.bootRom.systemMemory) {
      assert.deepEqual([rom.isReadable(addressStart), rom.isWritable(addressStart)], [true, false]);
    }
    assert.deepEqual([rom.isReadable(0x6000_0000), rom.isExecutable(0x6000_0000)], [false, false]);
    assert.deepEqual([rom.isExecutable(0x0800_0000), rom.isExecutable(part.cores[0]!.rams[0]!.addressStart)], [
      true,
      true,
    ]);
  });

  Deno.test(`${part.name}: write protection of the first unit keeps its sectors from programs and erases`, () => {
    const chip = new Stm32(part, { isBoot0High: true });
    const rom = new BootRomChip(chip);
    const last = chip.flash.sectors.at(-1)!;
    const unit = new Uint8Array(part.flash.programUnit.sizeBytes);
    change(rom, { kind: "write-protect", sectors: [0] });
    chip.flash.program(0x0800_0000, unit);
    chip.reset("option-reload");
    for (const index of protectedIndexes(part)) {
      assert.throws(() => chip.flash.eraseSector(index), { code: "protected" });
    }
    assert.throws(() => chip.flash.program(0x0800_0000 + unit.length, unit), { code: "protected" });
    assert.throws(() => chip.flash.eraseBank(), { code: "protected" });
    assert.equal(chip.flash.map.isProtected(protectedIndexes(part).length), false);
    chip.flash.program(last.addressStart, unit);
    change(rom, { kind: "write-unprotect" });
    chip.reset("option-reload");
    chip.flash.eraseSector(0);
  });

  Deno.test(`${part.name}: readout protection closes the chip, and ending it erases the flash`, () => {
    const chip = new Stm32(part, { isBoot0High: true });
    const rom = new BootRomChip(chip);
    chip.flash.program(0x0800_0000, new Uint8Array(part.flash.programUnit.sizeBytes).fill(0x5a));
    change(rom, { kind: "readout-protect" });
    assert.equal(rom.isReadProtected, false, "it takes effect at the reset");
    chip.reset("option-reload");
    assert.deepEqual([rom.isReadProtected, chip.readProtectionLevel], [true, 1]);
    change(rom, { kind: "readout-unprotect" });
    assert.equal(chip.flash.isErased(0x0800_0000, 16), true);
    chip.reset("option-reload");
    assert.equal(rom.isReadProtected, false);
  });
}

/** The sectors of one unit: an F1's bit stands for 4 KiB, an L0's too. */
function protectedIndexes(part: Part): number[] {
  const count = (part.flash.writeProtection.unitSizeBytes ?? 0) /
    part.flash.bankModes[0]!.sectorRuns[0]!.sectorSizeBytes;
  return Array.from({ length: count || 1 }, (_, index) => index);
}

function change(rom: BootRomChip, protection: Parameters<BootRomChip["changeProtection"]>[1]): void {
  const engine = new Engine((link) => rom.changeProtection(link, protection));
  engine.tick(1e9);
  assert.deepEqual(engine.outcome, { kind: "done", value: "done" });
}
