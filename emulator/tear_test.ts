import assert from "node:assert/strict";
import { equalBytes, findPart } from "../core/mod.ts";
import { type Cut, CUT_MODEL_NAMES, type CutModel } from "./cut_model.ts";
import { FlashError, PowerLossError } from "./error.ts";
import { CUTS } from "./fault_lists.ts";
import { Flash } from "./flash.ts";

const BASE = 0x0800_0000;
/** Without an ECC; with one and a wide unit; with one and erased bytes of 0x00; with one and a narrow unit. */
const PARTS = ["stm32f407", "stm32h745", "stm32l053", "stm32f103"].map((name) => findPart(name));

/** What a range reads as: `data` and `blank` bytes, `garbage`, or an ECC `error`. */
type Reading = "data" | "blank" | "low half data" | "high half data" | "garbage" | "error";

function nameOf({ model, half }: Cut): string {
  return `model ${model} (${CUT_MODEL_NAMES[model]}${half === undefined ? "" : `, ${half} half`})`;
}

function readingOf(flash: Flash, address: number, data: Uint8Array): Reading {
  let bytes: Uint8Array;
  try {
    bytes = flash.read(address, data.length);
  } catch (error) {
    assert(error instanceof FlashError && error.code === "unreadable");
    return "error";
  }
  const middle = data.length / 2;
  const blank = new Uint8Array(data.length).fill(flash.part.flash.programUnit.erasedByte);
  const isData = (from: number, to: number) => equalBytes(bytes.subarray(from, to), data.subarray(from, to));
  const isBlank = (from: number, to: number) => equalBytes(bytes.subarray(from, to), blank.subarray(from, to));
  if (isData(0, data.length)) return "data";
  if (isBlank(0, data.length)) return "blank";
  if (isData(0, middle) && isBlank(middle, data.length)) return "low half data";
  if (isBlank(0, middle) && isData(middle, data.length)) return "high half data";
  return "garbage";
}

function losePower(operation: () => void): void {
  assert.throws(operation, PowerLossError);
}

/** A unit's bytes that are not blank in any half, whatever blank is. */
function unitData(flash: Flash, first: number): Uint8Array {
  return Uint8Array.from({ length: flash.part.flash.programUnit.sizeBytes }, (_, at) => 0x11 + (first + at) % 0x40);
}

/** What a unit that was cut while it was programmed reads as, read after read. */
function programReadings(cut: Cut, hasEcc: boolean): Reading[] {
  const broken = hasEcc ? "error" : "garbage";
  const perModel: Readonly<Record<CutModel, Reading[]>> = {
    0: ["blank"],
    1: [cut.half === "high" ? "high half data" : "low half data"],
    2: ["garbage"],
    3: [broken],
    4: ["blank"],
    5: ["data", "data", broken, broken],
    6: ["blank", "blank", broken, broken],
  };
  return perModel[cut.model];
}

for (const part of PARTS) {
  for (const cut of CUTS) {
    Deno.test(`${part.name}: a program operation is cut by ${nameOf(cut)}`, () => {
      const { sizeBytes: unitBytes, isWriteOnce } = part.flash.programUnit;
      const flash = new Flash(part);
      const data = Uint8Array.from([0, 1, 2].flatMap((nth) => [...unitData(flash, nth)]));
      flash.operations.cutAt(1, cut);
      losePower(() => flash.program(BASE, data));
      assert.equal(flash.operations.count, 2);
      const unit = data.subarray(unitBytes, 2 * unitBytes);
      assert.equal(readingOf(flash, BASE, data.subarray(0, unitBytes)), "data");
      assert.equal(flash.stateAt(BASE + 2 * unitBytes), "erased");
      for (const reading of programReadings(cut, isWriteOnce)) {
        assert.equal(readingOf(flash, BASE + unitBytes, unit), reading);
      }
      if (cut.model === 0) return flash.program(BASE + unitBytes, unit);
      assert.throws(() => flash.program(BASE + unitBytes, unit), { code: "torn" });
      flash.eraseSector(0);
      flash.program(BASE, data);
      assert.equal(readingOf(flash, BASE, data), "data");
    });
  }
}

/** What four units read as after a cut erase: at each end of the sector and on each side of its middle. */
function eraseReadings(cut: Cut, hasEcc: boolean): Reading[][] {
  const broken = hasEcc ? "error" : "garbage";
  // Without an ECC the reached half just reads blank: there is nothing that could break.
  const brokenHalf = hasEcc ? "error" : "blank";
  const [reached, atCut]: [Reading[], Reading[]] = ({
    0: [["data"], ["data"]],
    1: [["blank"], ["data"]],
    2: [["blank"], ["garbage"]],
    3: [[brokenHalf], [broken]],
    4: [["blank"], ["blank"]],
    5: [["blank", "blank", broken], ["blank", "blank", broken]],
    6: [["data", "data", broken], ["data"]],
  } satisfies Record<CutModel, [Reading[], Reading[]]>)[cut.model];
  return cut.half === "high" ? [["data"], atCut, reached, reached] : [reached, reached, atCut, ["data"]];
}

for (const part of PARTS) {
  for (const cut of CUTS) {
    Deno.test(`${part.name}: an erase is cut by ${nameOf(cut)}`, () => {
      const { sizeBytes: unitBytes, isWriteOnce } = part.flash.programUnit;
      const flash = new Flash(part);
      const { addressStart, sizeBytes } = flash.sectors[1]!;
      const middle = addressStart + sizeBytes / 2;
      const places = [addressStart, middle - unitBytes, middle, addressStart + sizeBytes - unitBytes];
      places.forEach((address, nth) => flash.program(address, unitData(flash, nth)));
      flash.operations.cutAt(0, cut);
      losePower(() => flash.eraseSector(1));
      eraseReadings(cut, isWriteOnce).forEach((readings, nth) => {
        for (const reading of readings) {
          assert.equal(readingOf(flash, places[nth]!, unitData(flash, nth)), reading, `place ${nth}`);
        }
      });
      assert.deepEqual([flash.stateAt(addressStart - 1), flash.stateAt(addressStart + sizeBytes)], [
        "erased",
        "erased",
      ]);
      // A unit in either half that was blank before the erase and reads blank after it.
      for (const address of [addressStart + unitBytes, middle + 2 * unitBytes]) {
        const program = () => flash.program(address, unitData(flash, 9));
        if (cut.model === 0) program();
        else assert.throws(program, { code: "torn" });
      }
      flash.eraseSector(1);
      flash.program(addressStart, unitData(flash, 0));
      assert.equal(flash.isErased(addressStart + unitBytes, sizeBytes - unitBytes), true);
    });
  }
}

Deno.test("a cut mass erase leaves half of the bank, or of all banks, as it was", () => {
  for (const bank of [2, undefined]) {
    const flash = new Flash(findPart("stm32h745xg"));
    const places = flash.sectors.map(({ addressStart }) => addressStart);
    for (const address of places) flash.program(address, unitData(flash, 0));
    flash.operations.cutAt(0, { model: 1, half: "high" });
    losePower(() => flash.eraseBank(bank));
    const readings = places.map((address) => readingOf(flash, address, unitData(flash, 0)));
    const keptCount = bank === 2 ? 6 : 4;
    assert.deepEqual(readings, places.map((_, index) => index < keptCount ? "data" : "blank"));
  }
});

Deno.test("reads sets how often a marginal unit reads right; looking at its state wears nothing", () => {
  for (const reads of [0, 1, 7]) {
    const flash = new Flash(findPart("stm32h745"));
    flash.operations.cutAt(0, { model: 5, reads });
    losePower(() => flash.program(BASE, unitData(flash, 0)));
    for (let read = 0; read < reads; read++) {
      assert.equal(flash.stateAt(BASE), "torn");
      assert.equal(flash.isErased(BASE, 32), false);
      assert.equal(readingOf(flash, BASE, unitData(flash, 0)), "data");
    }
    assert.equal(readingOf(flash, BASE, unitData(flash, 0)), "error");
    assert.equal(flash.stateAt(BASE), "unreadable");
  }
});

Deno.test("what cannot be read is not mended by an erase that has hardly begun", () => {
  const flash = new Flash(findPart("stm32h745"));
  flash.operations.cutAt(0, { model: 3 });
  losePower(() => flash.program(BASE, unitData(flash, 0)));
  flash.operations.cutAt(0, { model: 6, half: "low", reads: 5 });
  losePower(() => flash.eraseSector(0));
  assert.deepEqual([flash.stateAt(BASE), flash.stateAt(BASE + 32)], ["unreadable", "torn"]);
  // The other half is as it was, and wants the erase all the same.
  const { sizeBytes } = flash.sectors[0]!;
  assert.throws(() => flash.program(BASE + sizeBytes - 32, unitData(flash, 1)), { code: "torn" });
});

Deno.test("garbage depends on the seed alone", () => {
  const garbage = (seed: number) => {
    const flash = new Flash(findPart("stm32h745"), { seed });
    flash.operations.cutAt(0, { model: 2 });
    losePower(() => flash.program(BASE, unitData(flash, 0)));
    return flash.read(BASE, 32);
  };
  assert.deepEqual(garbage(1), garbage(1));
  assert.notDeepEqual(garbage(1), garbage(2));
});

Deno.test("power can go away more than once", () => {
  const flash = new Flash(findPart("stm32f407"));
  flash.operations.cutAt(2, { model: 4 });
  flash.operations.cutAt(0, { model: 0 });
  losePower(() => flash.eraseSector(0));
  flash.eraseSector(0);
  losePower(() => flash.program(BASE, unitData(flash, 0)));
  flash.eraseSector(0);
  flash.operations.cutAt(0, { model: 0 });
  flash.operations.disarm();
  flash.program(BASE, unitData(flash, 0));
});

Deno.test("a read of many units fails at the one that is broken, and names it", () => {
  const flash = new Flash(findPart("stm32h745"));
  flash.operations.cutAt(2, { model: 3 });
  losePower(() => flash.program(BASE, new Uint8Array(256)));
  assert.throws(() => flash.read(BASE, 256), { code: "unreadable", address: BASE + 64 });
  assert.throws(() => flash.read(BASE + 95, 1), { code: "unreadable", address: BASE + 64 });
  assert.deepEqual(flash.read(BASE, 64), new Uint8Array(64));
  flash.map.arrange("dual", true);
  assert.throws(() => flash.read(0x0810_0000, 256), { code: "unreadable", address: 0x0810_0040 });
});
