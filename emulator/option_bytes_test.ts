import assert from "node:assert/strict";
import { findPart, type OptionValue, parseHex } from "../core/mod.ts";
import { bankModeOfOptions } from "./bank_mode.ts";
import { OptionBytes } from "./option_bytes.ts";
import { decodeOptionMemory, encodeOptionMemory } from "./option_layout.ts";
import { levelOfRdp, rdpOfLevel } from "./read_protection.ts";
import { protectedSectorsOf, writeProtectionOf } from "./write_protection.ts";
import { FlashMap } from "./flash_map.ts";

function optionsWith(partName: string, values: readonly OptionValue[]): OptionBytes {
  const options = new OptionBytes(findPart(partName));
  options.program(values);
  options.load();
  return options;
}

Deno.test("OptionBytes begin as those of a new part", () => {
  const h745 = new OptionBytes(findPart("stm32h745"));
  const values = ["RDP", "BCM7", "BCM4", "BOOT_CM7_ADD0", "BOOT_CM4_ADD0", "SWAP_BANK_OPT", "WRPSn1", "WRPSn2"];
  assert.deepEqual(values.map((name) => h745.get(name)), [0xaa, 1, 1, 0x0800, 0x0810, 0, 0xff, 0xff]);
  assert.equal(new OptionBytes(findPart("stm32h743")).get("BOOT_ADD0"), 0x0800);
  assert.equal(new OptionBytes(findPart("stm32f103")).get("RDP"), 0xa5);
  assert.equal(h745.get("nWRP"), undefined);
});

Deno.test("OptionBytes take effect at a reload, all or none", () => {
  const options = new OptionBytes(findPart("stm32h745"));
  options.program([{ name: "BCM4", value: 0 }]);
  assert.deepEqual([options.get("BCM4"), options.getProgrammed("BCM4")], [1, 0]);
  options.load();
  assert.equal(options.get("BCM4"), 0);
  assert.throws(() => options.program([{ name: "BCM4", value: 1 }, { name: "BCM5", value: 1 }]), RangeError);
  assert.equal(options.getProgrammed("BCM4"), 0);
});

const BANK_MODES: readonly [part: string, OptionValue[], mode: string, isSwapped: boolean][] = [
  ["stm32f407", [], "single", false],
  ["stm32h745", [], "dual", false],
  ["stm32h745", [{ name: "SWAP_BANK_OPT", value: 1 }], "dual", true],
  ["stm32f429", [{ name: "BFB2", value: 1 }], "dual", true],
  ["stm32l4r5", [], "dual", false],
  ["stm32l4r5", [{ name: "BFB2", value: 1 }], "dual", true],
  ["stm32l4r5", [{ name: "DBANK", value: 0 }], "single", false],
  ["stm32g0b1", [{ name: "nSWAP_BANK", value: 0 }], "dual", true],
  ["stm32g0b1", [{ name: "DUAL_BANK", value: 0 }], "single", false],
  ["stm32g474", [{ name: "DBANK", value: 0 }, { name: "BFB2", value: 1 }], "single", false],
];

Deno.test("bankModeOfOptions() reads mode and swap out of the option bytes", () => {
  for (const [part, values, bankMode, isSwapped] of BANK_MODES) {
    assert.deepEqual(bankModeOfOptions(findPart(part), optionsWith(part, values)), { bankMode, isSwapped }, part);
  }
});

Deno.test("levelOfRdp() and rdpOfLevel() know F1 from the others", () => {
  const cases: readonly [string, number, number][] = [
    ["stm32f407", 0xaa, 0],
    ["stm32f407", 0x00, 1],
    ["stm32f407", 0xa5, 1],
    ["stm32f407", 0xcc, 2],
    ["stm32f103", 0xa5, 0],
    ["stm32f103", 0xaa, 1],
    ["stm32f103", 0xcc, 1],
  ];
  for (const [part, rdp, level] of cases) assert.equal(levelOfRdp(findPart(part), rdp), level, `${part} ${rdp}`);
  assert.equal(rdpOfLevel(findPart("stm32l053"), 2), 0xcc);
  assert.throws(() => rdpOfLevel(findPart("stm32f103"), 2), RangeError);
});

/** Units, the options they give (`null`: the part cannot), and the sectors that are protected then. */
const WRITE_PROTECTION: readonly [part: string, units: number[], Record<string, number> | null, sectors: number[]][] = [
  ["stm32f407", [], { nWRP: 0xfff }, []],
  ["stm32f407", [0, 1, 2, 3], { nWRP: 0xff0 }, [0, 1, 2, 3]],
  ["stm32f407", [11], { nWRP: 0x7ff }, [11]],
  ["stm32f407", [12], null, []],
  ["stm32f429", [3], { nWRP: 0xff7, OPTCR1_nWRP: 0xfff }, [3]],
  ["stm32f429", [11, 12, 23], { nWRP: 0x7ff, OPTCR1_nWRP: 0x7fe }, [11, 12, 23]],
  ["stm32f429", [24], null, []],
  ["stm32f411", [7], { nWRP: 0xf7f }, [7]],
  ["stm32f411", [8], null, []],
  ["stm32h745", [0, 9], { WRPSn1: 0xfe, WRPSn2: 0xfd }, [0, 9]],
  ["stm32h745xg", [0, 5], { WRPSn1: 0xfe, WRPSn2: 0xfd }, [0, 5]],
  ["stm32f103", [0, 8], { WRP0: 0xfe, WRP1: 0xfe, WRP2: 0xff, WRP3: 0xff }, [0, 1, 2, 3, 32, 33, 34, 35]],
  ["stm32l053", [1], { WPRMOD: 0, WRPROT1: 2 }, Array.from({ length: 32 }, (_, at) => 32 + at)],
  ["stm32l053", [16], null, []],
  ["stm32l4r5", [0, 1, 2], { WRP1A_STRT: 0, WRP1A_END: 2 }, [0, 1, 2]],
  ["stm32l4r5", [0, 2], null, []],
  ["stm32l4r5", [255, 256], null, []],
  ["stm32g474", [], { WRP1A_STRT: 0xff, WRP1A_END: 0 }, []],
];

Deno.test("writeProtectionOf() gives option bytes that protect these units and no others", () => {
  for (const [name, units, expected, sectors] of WRITE_PROTECTION) {
    const part = findPart(name);
    const values = writeProtectionOf(part, units);
    if (expected === null) {
      assert.equal(values, undefined, `${name} ${units}`);
      continue;
    }
    assert.deepEqual(Object.fromEntries(values!.map(({ name, value }) => [name, value])), expected);
    const flags = protectedSectorsOf(part, optionsWith(name, values!), new FlashMap(part).sectors) ?? new Uint8Array();
    assert.deepEqual([...flags].flatMap((flag, index) => flag === 1 ? [index] : []), sectors, `${name} ${units}`);
  }
});

Deno.test("an L0 whose WPRMOD is 1 protects nothing from writes", () => {
  const options = optionsWith("stm32l053", [{ name: "WPRMOD", value: 1 }, { name: "WRPROT1", value: 0xffff }]);
  assert.equal(
    protectedSectorsOf(findPart("stm32l053"), options, new FlashMap(findPart("stm32l053")).sectors),
    undefined,
  );
});

/** Memory as the reference manuals draw it, written down by hand. */
const MEMORY: readonly [part: string, address: number, hex: string][] = [
  // RDP = A5 and its complement, then USER, Data0, Data1 and WRP0..3, all FF, with their complements.
  ["stm32f103", 0x1fff_f800, "a55a ff00 ff00 ff00 ff00 ff00 ff00 ff00"],
  // BFB2 is not there, RDP = AA in the second byte; nWRP has 12 bits.
  ["stm32f407", 0x1fff_c000, "ffaa ffffffffffff ffff ffffffffffff"],
  ["stm32f429", 0x1fff_c000, "efaa ffffffffffff ffff ffffffffffff"],
  // nWRP of bank 2.
  ["stm32f429", 0x1ffe_c000, "ffffffffffffffff ffff ffffffffffff"],
  // RDP = AA, WPRMOD = 0; then the upper half of OPTR; then WRPROT1 = 0.
  ["stm32l053", 0x1ff8_0000, "aafe5501 ffff0000 0000ffff"],
  // RDP = AA, DBANK = 1, BFB2 = 0.
  ["stm32l4r5", 0x1fff_7800, "aaffefff 55001000"],
  ["stm32g474", 0x1fff_7818, "ffff00ff 0000ff00"],
];

Deno.test("encodeOptionMemory() shows option bytes as they stand in memory", () => {
  for (const [name, address, hex] of MEMORY) {
    const part = findPart(name);
    const expected = parseHex(hex);
    const range = { address, sizeBytes: expected.length };
    assert.deepEqual(encodeOptionMemory(part, new OptionBytes(part), range), expected, name);
  }
});

Deno.test("decodeOptionMemory() takes whole words and refuses a wrong complement", () => {
  const f103 = findPart("stm32f103");
  const decode = (address: number, hex: string) =>
    decodeOptionMemory(f103, new OptionBytes(f103), { address, data: parseHex(hex) });
  assert.deepEqual(decode(0x1fff_f800, "00ff"), [{ name: "RDP", value: 0 }]);
  assert.deepEqual(decode(0x1fff_f808, "fe01 ff00"), [{ name: "WRP0", value: 0xfe }, { name: "WRP1", value: 0xff }]);
  assert.deepEqual(decode(0x1fff_f800, "00"), [], "half a word");
  assert.equal(decode(0x1fff_f800, "0000"), undefined);
  const f407 = findPart("stm32f407");
  const nwrp = { address: 0x1fff_c008, data: parseHex("f0ff") };
  assert.deepEqual(decodeOptionMemory(f407, new OptionBytes(f407), nwrp), [{ name: "nWRP", value: 0xff0 }]);
  const f429 = findPart("stm32f429");
  const ofBank2 = { address: 0x1ffe_c008, data: parseHex("feff") };
  assert.deepEqual(decodeOptionMemory(f429, new OptionBytes(f429), ofBank2), [{ name: "OPTCR1_nWRP", value: 0xffe }]);
});

Deno.test("what encodeOptionMemory() gives, decodeOptionMemory() reads back", () => {
  for (
    const name of [
      "stm32f103",
      "stm32f407",
      "stm32f429",
      "stm32l053",
      "stm32l4r5",
      "stm32g071",
      "stm32g0b1",
      "stm32g474",
    ]
  ) {
    const part = findPart(name);
    const options = new OptionBytes(part);
    for (const { addressStart: address, sizeBytes } of part.optionBytes.regions) {
      const data = encodeOptionMemory(part, options, { address, sizeBytes });
      for (const { name, value } of decodeOptionMemory(part, options, { address, data })!) {
        assert.equal(value, options.get(name), `${part.name} ${name}`);
      }
    }
  }
});
