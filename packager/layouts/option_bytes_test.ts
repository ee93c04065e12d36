import assert from "node:assert/strict";
import { createLayout, type LayoutDefinition } from "./layout.ts";
import { findLayout } from "./presets.ts";

const KIB = 1024;

function loaderOf(part: string, bankMode: string, loaderKib: number): LayoutDefinition {
  const addressA = 0x0800_0000 + loaderKib * KIB;
  return {
    name: part,
    part,
    bankMode,
    policy: "single",
    loader: { addressStart: 0x0800_0000, sizeBytes: loaderKib * KIB },
    slots: [{ core: part.includes("h7") ? "CM7" : "CM4", addressA, addressB: addressA, sizeBytes: 32 * KIB }],
  };
}

/** Worked out by hand from the reference manuals. */
const PLANS: readonly [string, LayoutDefinition | string, Readonly<Record<string, number>>][] = [
  ["the H745 preset", "stm32h745", {
    SWAP_BANK_OPT: 0,
    BCM7: 1,
    BOOT_CM7_ADD0: 0x0800,
    BCM4: 0,
    BOOT_CM4_ADD0: 0x0810,
    WRPSn1: 0b1111_1110,
  }],
  ["an H743", loaderOf("stm32h743", "dual", 256), { BOOT_ADD0: 0x0800, SWAP_BANK_OPT: 0, WRPSn1: 0b1111_1100 }],
  ["the F407 preset: four sectors of 16 KiB", "stm32f407", { nWRP: 0xff0 }],
  ["an F407 with a loader of 128 KiB: five sectors", loaderOf("stm32f407", "single", 128), { nWRP: 0xfe0 }],
  ["an F429", loaderOf("stm32f429", "dual", 16), { BFB2: 0, nWRP: 0xffe }],
  ["the L4R5 preset: 16 pages of 4 KiB", "stm32l4r5", { DBANK: 1, BFB2: 0, WRP1A_STRT: 0, WRP1A_END: 15 }],
  ["an L4R5 with one bank: 8 pages of 8 KiB", loaderOf("stm32l4r5", "single", 64), {
    DBANK: 0,
    WRP1A_STRT: 0,
    WRP1A_END: 7,
  }],
  ["the G0B1 preset: 16 pages of 2 KiB", "stm32g0b1", { DUAL_BANK: 1, nSWAP_BANK: 1, WRP1A_STRT: 0, WRP1A_END: 15 }],
  ["the L053 preset: 4 sectors of 4 KiB, protected by ones", "stm32l053", { WPRMOD: 0, WRPROT1: 0b1111 }],
  ["an F103 with 4 KiB", loaderOf("stm32f103x8", "single", 4), { WRP0: 0xfe }],
  ["an F103 with 48 KiB, in two option bytes", loaderOf("stm32f103xe", "single", 48), { WRP0: 0x00, WRP1: 0xf0 }],
];

for (const [name, definition, expected] of PLANS) {
  Deno.test(`the option-byte plan of ${name}`, () => {
    const layout = typeof definition === "string" ? findLayout(definition) : createLayout(definition);
    assert.deepEqual(Object.fromEntries(layout.optionBytes.map(({ name, value }) => [name, value])), expected);
    for (const { reason, source } of layout.optionBytes) {
      assert.notEqual(reason, "");
      assert.match(source, /Rev \d|@[0-9a-f]{7} /);
    }
  });
}

Deno.test("the plan follows the CM4's slot A", () => {
  const { part, ...h745 } = findLayout("stm32h745");
  const slots = h745.slots.map((slots) => slots.core === "CM4" ? { ...slots, addressA: 0x0814_0000 } : slots);
  const plan = createLayout({ ...h745, part: part.name, slots }).optionBytes;
  assert.equal(plan.find(({ name }) => name === "BOOT_CM4_ADD0")!.value, 0x0814);
});
