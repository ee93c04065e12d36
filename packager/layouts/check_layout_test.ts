import assert from "node:assert/strict";
import { checkLayout } from "./check_layout.ts";
import { type CoreSlots, createLayout, type LayoutDefinition } from "./layout.ts";
import { LayoutError, type LayoutErrorCode } from "./layout_error.ts";
import { findLayout, LAYOUT_PRESETS } from "./presets.ts";

const KIB = 1024;
const FLASH = 0x0800_0000;

const CM7: CoreSlots = { core: "CM7", addressA: 0x0802_0000, addressB: 0x0808_0000, sizeBytes: 384 * KIB };
const CM4: CoreSlots = { core: "CM4", addressA: 0x0810_0000, addressB: 0x0818_0000, sizeBytes: 512 * KIB };
const H745: LayoutDefinition = {
  name: "h745",
  part: "stm32h745",
  bankMode: "dual",
  policy: "copy",
  loader: { addressStart: FLASH, sizeBytes: 128 * KIB },
  slots: [CM7, CM4],
};

function loader(sizeBytes: number, addressStart = FLASH): Partial<LayoutDefinition> {
  return { loader: { addressStart, sizeBytes } };
}

function single(core: "CM3" | "CM4" | "CM0P", addressA: number, sizeBytes: number): Partial<LayoutDefinition> {
  return { bankMode: "single", policy: "single", slots: [{ core, addressA, addressB: addressA, sizeBytes }] };
}

/** What each definition is refused for: every problem, in the order of the report. */
const REFUSED: readonly [string, Partial<LayoutDefinition>, readonly [LayoutErrorCode, string][]][] = [
  ["an unknown bank mode", { bankMode: "triple" }, [["unknown-bank-mode", "bankMode"]]],
  ["the loader in the second sector", loader(128 * KIB, 0x0802_0000), [
    ["loader-not-first", "loader.addressStart"],
    ["overlap", "slots[0].addressA"],
  ]],
  ["the loader 32 KiB short of its sector", loader(96 * KIB), [["not-on-sector", "loader.sizeBytes"]]],
  ["the loader 32 KiB longer than its sector", loader(160 * KIB), [
    ["not-on-sector", "loader.sizeBytes"],
    ["overlap", "slots[0].addressA"],
  ]],
  ["a slot inside a sector", { slots: [{ ...CM7, addressA: 0x0803_0000, sizeBytes: 256 * KIB }, CM4] }, [
    ["not-on-sector", "slots[0].addressA"],
  ]],
  ["a boot address between two steps", { slots: [CM7, { ...CM4, addressA: 0x0810_8000, sizeBytes: 256 * KIB }] }, [
    ["bad-boot-address", "slots[1].addressA"],
    ["not-on-sector", "slots[1].addressA"],
  ]],
  ["a slot that is not whole 32-byte units", { slots: [{ ...CM7, sizeBytes: 384 * KIB - 16 }, CM4] }, [
    ["bad-size", "slots[0].sizeBytes"],
  ]],
  ["a slot as large as header and commit word", { slots: [{ ...CM7, sizeBytes: 288 }, CM4] }, [
    ["bad-size", "slots[0].sizeBytes"],
  ]],
  ["a slot that ends inside the sector where the next one begins", { slots: [{ ...CM7, sizeBytes: 385 * KIB }, CM4] }, [
    ["overlap", "slots[0].addressB"],
  ]],
  ["both slots at one address under copy", { slots: [{ ...CM7, addressB: 0x0802_0000 }, CM4] }, [
    ["overlap", "slots[0].addressB"],
  ]],
  ["two addresses under single", { policy: "single" }, [
    ["bad-policy", "slots[0].addressB"],
    ["bad-policy", "slots[1].addressB"],
  ]],
  ["a slot behind the end of flash", { slots: [CM7, { ...CM4, addressB: 0x081a_0000 }] }, [
    ["outside-flash", "slots[1].addressB"],
  ]],
  ["a slot before flash", { slots: [CM7, { ...CM4, addressB: 0 }] }, [["outside-flash", "slots[1].addressB"]]],
  ["a slot that ends behind 2^32", { slots: [CM7, { ...CM4, addressB: 0xfffe_0000 }] }, [
    ["outside-flash", "slots[1].addressB"],
  ]],
  ["only the CM7", { slots: [CM7] }, [["missing-core", "slots"]]],
  ["only the CM4", { slots: [CM4] }, [["missing-core", "slots"]]],
  ["the CM7 twice", { slots: [CM7, { ...CM4, core: "CM7" }] }, [["duplicate-core", "slots[1].core"], [
    "missing-core",
    "slots",
  ]]],
  ["a core of another part", { slots: [CM7, CM4, { ...CM4, core: "CM33", addressA: 0, addressB: 0 }] }, [
    ["unknown-core", "slots[2].core"],
    ["outside-flash", "slots[2].addressA"],
    ["outside-flash", "slots[2].addressB"],
  ]],
  ["a slot across the hole of an H745 with 1 MB", {
    part: "stm32h745xg",
    slots: [{ ...CM7, addressB: 0x0814_0000, sizeBytes: 256 * KIB }, {
      ...CM4,
      addressA: 0x0806_0000,
      addressB: 0x0816_0000,
      sizeBytes: 768 * KIB,
    }],
  }, [
    ["across-hole", "slots[1].addressA"],
    ["outside-flash", "slots[1].addressB"],
    ["overlap", "slots[1].addressB"],
  ]],
  ["a loader that cannot be write-protected alone", {
    part: "stm32f103xb",
    ...loader(6 * KIB),
    ...single("CM3", FLASH + 6 * KIB, 64 * KIB),
  }, [
    ["not-protectable", "loader.sizeBytes"],
  ]],
  ["a vector table on an odd page", {
    part: "stm32l053",
    ...loader(4 * KIB),
    ...single("CM0P", FLASH + 4 * KIB + 128, 8 * KIB),
  }, [
    ["bad-alignment", "slots[0].addressA"],
  ]],
];

for (const [name, change, expected] of REFUSED) {
  Deno.test(`checkLayout() refuses ${name}`, () => {
    assert.throws(() => checkLayout(createLayout({ ...H745, ...change })), (error) => {
      assert(error instanceof LayoutError, String(error));
      assert.deepEqual(error.problems.map(({ code, path }) => [code, path]), expected, error.message);
      assert.deepEqual([error.code, error.path], expected[0]);
      for (const { path } of error.problems) assert(error.message.includes(path));
      return true;
    });
  });
}

Deno.test("an error about one address says what would be right", () => {
  const layout = createLayout({ ...H745, slots: [{ ...CM7, addressA: 0x0803_0000, sizeBytes: 256 * KIB }, CM4] });
  assert.throws(() => checkLayout(layout), {
    message: "Cannot use the layout: slots[0].addressA puts slot A of CM7 inside the sector at 0x08020000, " +
      "expected 0x08020000 or 0x08040000, got 0x08030000",
    expected: "0x08020000 or 0x08040000",
    got: "0x08030000",
  });
});

const LOADER_STALLS_REGEXP = /^slot B of CM7 is in the loader's bank: /;
const UNUSED_REGEXP = /^slot B of CM4 leaves the last 65536 bytes of its last sector unused$/;

/** What is noted about each preset. An F407's slot B ends 64 KiB before its last sector of 128 KiB does. */
const NOTED: readonly [string, readonly RegExp[]][] = [
  ["stm32h745", [LOADER_STALLS_REGEXP]],
  ["stm32h747", [LOADER_STALLS_REGEXP]],
  ["stm32h755", [LOADER_STALLS_REGEXP]],
  ["stm32h757", [LOADER_STALLS_REGEXP]],
  ["stm32f407", [UNUSED_REGEXP]],
  ["stm32f407ve", []],
  ["stm32f411", [UNUSED_REGEXP]],
  ["stm32l4r5", []],
  ["stm32g0b1", []],
  ["stm32l053", []],
];

Deno.test("every preset fits its part, with the notes that it deserves", () => {
  assert.deepEqual(LAYOUT_PRESETS.map(({ name }) => name), NOTED.map(([name]) => name));
  for (const [name, expected] of NOTED) {
    const notes = checkLayout(findLayout(name));
    assert.equal(notes.length, expected.length, name);
    for (const [index, note] of notes.entries()) assert.match(note, expected[index]!);
  }
});

Deno.test("findLayout() says which preset is near", () => {
  assert.equal(findLayout("STM32H747").name, "stm32h747");
  assert.throws(() => findLayout("stm32h74"), {
    code: "unknown-layout",
    message: 'Cannot find the layout "stm32h74": it is no preset',
    advice: "Did you mean stm32h745 or stm32h747 or stm32h755",
  });
  assert.throws(() => findLayout("nrf52"), { advice: /^The presets are stm32h745, .*stm32l053$/ });
});
