import assert from "node:assert/strict";
import { type Bytes, findPart } from "../core/mod.ts";
import { FlashError, type FlashErrorCode, PowerLossError } from "./error.ts";
import { Flash } from "./flash.ts";
import type { FlashOperation } from "./flash_operations.ts";

const BASE = 0x0800_0000;
const units = (sizeBytes: number, first = 1): Bytes =>
  Uint8Array.from({ length: sizeBytes }, (_, at) => first + at & 0x7f);

/** What each part refuses: on the flash of the part, after `BASE` has been programmed with one unit. */
const REFUSED: readonly [part: string, what: string, FlashErrorCode, (flash: Flash) => void][] = [
  ["stm32f407", "a second write of the same bytes", "not-erased", (flash) => flash.program(BASE, units(4))],
  ["stm32f407", "a write that only clears bits", "not-erased", (flash) => flash.program(BASE, units(4).fill(0, 1))],
  ["stm32f407", "a write over the end of what is erased", "not-erased", (flash) => flash.program(BASE, units(8))],
  ["stm32f407", "a write beside a word", "misaligned", (flash) => flash.program(BASE + 6, units(4))],
  ["stm32f407", "a write of half a word", "partial-unit", (flash) => flash.program(BASE + 8, units(6))],
  ["stm32f407", "a write below flash", "unmapped", (flash) => flash.program(BASE - 4, units(4))],
  ["stm32f407", "a write past the end", "unmapped", (flash) => flash.program(0x080f_fffc, units(8))],
  ["stm32f407", "an erase of a sector that is not there", "unmapped", (flash) => flash.eraseSector(12)],
  ["stm32f407", "an erase of sector -1", "unmapped", (flash) => flash.eraseSector(-1)],
  ["stm32f407", "an erase of a bank that is not there", "unmapped", (flash) => flash.eraseBank(2)],
  ["stm32f407", "a read past the end", "unmapped", (flash) => flash.read(0x080f_ffff, 2)],
  ["stm32f103", "a write of one byte", "partial-unit", (flash) => flash.program(BASE + 8, units(1))],
  ["stm32f103", "a second write of a half-word", "written-twice", (flash) => flash.program(BASE, units(2))],
  ["stm32h745", "a second write of a flash word", "written-twice", (flash) => flash.program(BASE, units(32))],
  ["stm32h745", "a second write of all ones", "written-twice", (flash) => flash.program(BASE, units(32).fill(0xff))],
  ["stm32h745", "a write of half a flash word", "partial-unit", (flash) => flash.program(BASE + 64, units(16))],
  ["stm32h745", "a write beside a flash word", "misaligned", (flash) => flash.program(BASE + 48, units(32))],
  ["stm32h745xg", "a write into the hole", "unmapped", (flash) => flash.program(0x0808_0000, units(32))],
  ["stm32h745xg", "a write across the hole's start", "unmapped", (flash) => flash.program(0x0807_ffe0, units(64))],
  ["stm32l053", "a second write of a word", "written-twice", (flash) => flash.program(BASE, units(4))],
  [
    "stm32l4r5",
    "a write of zeros over a double word",
    "written-twice",
    (flash) => flash.program(BASE, new Uint8Array(8)),
  ],
];

function prepare(flash: Flash): Flash {
  flash.program(BASE, units(flash.part.flash.programUnit.sizeBytes));
  return flash;
}

/** Names what a flash lets pass that it should refuse. */
function findLeniency(makeFlash: (part: string) => Flash): string[] {
  return REFUSED.flatMap(([part, what, code, operation]) => {
    const flash = prepare(makeFlash(part));
    try {
      operation(flash);
    } catch (error) {
      assert(error instanceof FlashError);
      return error.code === code ? [] : [`${part}: ${what} is refused as ${error.code}`];
    }
    return [`${part}: ${what} passes`];
  });
}

Deno.test("Flash refuses everything that silicon would spoil or round", () => {
  assert.deepEqual(findLeniency((part) => new Flash(findPart(part))), []);
});

Deno.test("zeros go over whatever is there where bits may go from 1 to 0 (RM0090), torn units included", () => {
  const flash = prepare(new Flash(findPart("stm32f407")));
  flash.operations.cutAt(0, { model: 2 });
  assert.throws(() => flash.program(BASE + 4, units(4)), PowerLossError);
  flash.program(BASE, new Uint8Array(12));
  assert.deepEqual([flash.read(BASE, 12), flash.stateAt(BASE + 4)], [new Uint8Array(12), "programmed"]);
  flash.program(BASE + 12, units(4));
  flash.operations.cutAt(0, { model: 6, reads: 1 });
  assert.throws(() => flash.program(BASE + 12, new Uint8Array(4)), PowerLossError);
  assert.deepEqual(flash.read(BASE + 12, 4), units(4));
  assert.notDeepEqual(flash.read(BASE + 12, 4), units(4));
});

Deno.test("a flash that is lenient in one way is caught", () => {
  class OverwritingFlash extends Flash {
    override program(address: number, data: Uint8Array): void {
      this.preload(address, data);
    }
  }
  class PaddingFlash extends Flash {
    override program(address: number, data: Uint8Array): void {
      const unitBytes = this.part.flash.programUnit.sizeBytes;
      const padded = new Uint8Array(Math.ceil(data.length / unitBytes) * unitBytes).fill(0xff);
      padded.set(data);
      super.program(address, padded);
    }
  }
  class RoundingFlash extends Flash {
    override eraseSector(index: number): void {
      super.eraseSector(Math.min(Math.max(index, 0), this.sectors.length - 1));
    }
  }
  const counts = [OverwritingFlash, PaddingFlash, RoundingFlash].map((LenientFlash) =>
    findLeniency((part) => new LenientFlash(findPart(part))).length
  );
  assert.deepEqual(counts, [8, 3, 2]);
});

Deno.test("a refusal changes nothing, except that a write goes on up to the unit that refuses", () => {
  const flash = new Flash(findPart("stm32f407"));
  flash.program(BASE + 8, units(4, 100));
  assert.throws(() => flash.program(BASE, units(16)), { code: "not-erased", address: BASE + 8 });
  assert.deepEqual(flash.read(BASE, 16), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 100, 101, 102, 103, 255, 255, 255, 255));
  assert.equal(flash.operations.count, 3);
});

Deno.test("Flash.eraseSector() erases that sector and counts its wear", () => {
  const flash = new Flash(findPart("stm32f407"));
  flash.program(BASE + 0x3ffc, units(8));
  flash.eraseSector(0);
  assert.equal(flash.isErased(BASE, 0x4000), true);
  assert.equal(flash.isErased(BASE + 0x4000, 4), false);
  flash.program(BASE + 0x3ffc, units(4));
  flash.eraseSector(0);
  assert.deepEqual([...flash.eraseCounts], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("Flash.eraseBank() erases one bank, or all, also across a hole", () => {
  for (const part of ["stm32h745xi", "stm32h745xg", "stm32f429", "stm32l4r5", "stm32g0b1"]) {
    const flash = new Flash(findPart(part));
    const [first, second] = [BASE, flash.sectors.find(({ bank }) => bank === 2)!.addressStart];
    flash.program(first, units(32));
    flash.program(second, units(32));
    flash.eraseBank(2);
    assert.deepEqual([flash.stateAt(first), flash.stateAt(second)], ["programmed", "erased"], part);
    flash.program(second, units(32));
    flash.eraseBank();
    assert.deepEqual([flash.stateAt(first), flash.stateAt(second)], ["erased", "erased"], part);
  }
});

Deno.test("Flash reports its operations and adds up their times", () => {
  const operations: FlashOperation[] = [];
  const flash = new Flash(findPart("stm32h745"), { times: "maximum", onOperation: (done) => operations.push(done) });
  flash.eraseSector(1);
  flash.program(0x0802_0000, units(96));
  flash.eraseBank(2);
  assert.deepEqual(operations, [
    { index: 0, count: 1, kind: "erase-sector", address: 0x0802_0000, sizeBytes: 131_072, durationMs: 2000 },
    // Three flash words of 200 us each.
    { index: 1, count: 3, kind: "program", address: 0x0802_0000, sizeBytes: 96, durationMs: 3 * 0.2 },
    { index: 4, count: 1, kind: "erase-bank", address: 0x0810_0000, sizeBytes: 1_048_576, durationMs: 10_000 },
  ]);
  assert.equal(flash.operations.takeBusyMs(), 2000 + 3 * 0.2 + 10_000);
  assert.equal(flash.operations.takeBusyMs(), 0);
});

Deno.test("Flash takes its times from the part, the parallelism and the scale", () => {
  const busyMs = (options: ConstructorParameters<typeof Flash>[1]) => {
    const flash = new Flash(findPart("stm32f407"), options);
    flash.program(BASE, units(4));
    const programMs = flash.operations.takeBusyMs();
    flash.eraseSector(4);
    return [programMs, flash.operations.takeBusyMs()];
  };
  assert.deepEqual(busyMs({}), [0.016, 550]);
  // With 8 bits in parallel a word takes four steps.
  assert.deepEqual(busyMs({ parallelismBits: 8, times: "maximum" }), [4 * 0.1, 2400]);
  assert.deepEqual(busyMs({ timeScale: 0 }), [0, 0]);
  assert.throws(() => busyMs({ parallelismBits: 64 }), RangeError);
});

Deno.test("Flash.operations.delayAt() makes one operation longer", () => {
  const flash = new Flash(findPart("stm32f407"), { timeScale: 0 });
  flash.operations.delayAt(2, 300);
  flash.program(BASE, units(8));
  assert.equal(flash.operations.takeBusyMs(), 0);
  flash.program(BASE + 8, units(8));
  assert.equal(flash.operations.takeBusyMs(), 300);
});

Deno.test("swapped banks stand in each other's place", () => {
  const flash = new Flash(findPart("stm32h745"));
  flash.program(BASE, units(32));
  flash.map.arrange("dual", true);
  assert.deepEqual([flash.stateAt(BASE), flash.stateAt(0x0810_0000)], ["erased", "programmed"]);
  assert.throws(() => flash.program(0x080f_ffe0, units(64)), { code: "unmapped" }, "they are no neighbours now");
  assert.equal(flash.isErased(0x080f_ffe0, 32), true);
  flash.eraseSector(8);
  flash.program(BASE, units(32));
  flash.map.arrange("dual", false);
  assert.deepEqual([flash.stateAt(BASE), flash.stateAt(0x0810_0000)], ["erased", "programmed"]);
});

Deno.test("Flash.restore() goes back to a snapshot, as often as one likes", () => {
  const flash = new Flash(findPart("stm32f407"));
  flash.program(BASE, units(8));
  flash.eraseSector(5);
  const snapshot = flash.snapshot();
  for (let round = 0; round < 3; round++) {
    flash.program(BASE + 8, units(8));
    flash.eraseSector(0);
    flash.program(BASE, units(4, 50));
    flash.restore(snapshot);
    assert.deepEqual([...flash.read(BASE, 12)], [1, 2, 3, 4, 5, 6, 7, 8, 255, 255, 255, 255]);
    assert.deepEqual([flash.eraseCounts[0], flash.eraseCounts[5]], [0, 1]);
  }
  const other = new Flash(findPart("stm32f407"));
  other.restore(snapshot);
  other.eraseSector(0);
  assert.deepEqual([...flash.read(BASE, 4)], [1, 2, 3, 4]);
});

Deno.test("Flash.preload() takes units that read as erased for erased", () => {
  const flash = new Flash(findPart("stm32l053"));
  flash.preload(BASE, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
  assert.deepEqual([flash.stateAt(BASE), flash.stateAt(BASE + 4)], ["programmed", "erased"]);
  assert.equal(flash.operations.count, 0);
});
