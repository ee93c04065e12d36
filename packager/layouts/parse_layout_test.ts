import assert from "node:assert/strict";
import fc from "fast-check";
import { LayoutError } from "./layout_error.ts";
import { formatLayout, parseLayout } from "./parse_layout.ts";
import { findLayout, LAYOUT_PRESETS } from "./presets.ts";

for (const preset of LAYOUT_PRESETS) {
  Deno.test(`${preset.name}: formatLayout() and parseLayout() are inverse`, () => {
    const text = formatLayout(preset);
    assert.deepEqual(parseLayout(text), preset);
    assert.equal(formatLayout(parseLayout(text)), text);
  });
}

Deno.test("formatLayout() writes keys in a fixed order, addresses in hexadecimal, sizes in bytes", () => {
  assert.equal(
    formatLayout(findLayout("stm32l053")),
    `{
  "name": "stm32l053",
  "part": "stm32l053x8",
  "bankMode": "single",
  "policy": "copy",
  "loader": {
    "addressStart": "0x08000000",
    "sizeBytes": 16384
  },
  "slots": [
    {
      "core": "CM0P",
      "addressA": "0x08004000",
      "addressB": "0x0800A000",
      "sizeBytes": 24576
    }
  ]
}
`,
  );
});

function isLayoutOrLayoutError(text: string): boolean {
  try {
    parseLayout(text);
  } catch (error) {
    assert(error instanceof LayoutError, String(error));
  }
  return true;
}

Deno.test("every truncation of a layout is refused", () => {
  const text = formatLayout(findLayout("stm32h745")).trimEnd();
  for (let length = 0; length < text.length; length++) {
    assert.throws(() => parseLayout(text.slice(0, length)), LayoutError, `${length} characters`);
  }
});

Deno.test("every layout with one character changed is a layout or a LayoutError", () => {
  const text = formatLayout(findLayout("stm32h745"));
  for (let index = 0; index < text.length; index++) {
    for (const character of '0"{}[],:\\x') {
      isLayoutOrLayoutError(text.slice(0, index) + character + text.slice(index + 1));
    }
  }
});

Deno.test("parseLayout() throws nothing but LayoutError", () => {
  fc.assert(fc.property(fc.string(), isLayoutOrLayoutError), { seed: 1 });
  fc.assert(fc.property(fc.json(), isLayoutOrLayoutError), { seed: 2 });
  const slot = fc.record({
    core: fc.constantFrom("CM7", "CM4", "CM0P"),
    addressA: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((value) => `0x${value.toString(16).padStart(8, "0")}`),
    addressB: fc.constantFrom("0x08020000", "0x08080000", "0xFFFFFFFF"),
    sizeBytes: fc.integer({ min: 1, max: 2 ** 32 }),
  });
  const layout = fc.record({
    name: fc.constant("x"),
    part: fc.constantFrom("stm32h745", "stm32h745xg", "stm32f407", "stm32l053"),
    bankMode: fc.constantFrom("single", "dual"),
    policy: fc.constantFrom("copy", "single"),
    loader: fc.record({
      addressStart: fc.constantFrom("0x08000000", "0x08020000"),
      sizeBytes: fc.integer({ min: 1, max: 2 ** 21 }),
    }),
    slots: fc.array(slot, { minLength: 1, maxLength: 8 }),
  });
  fc.assert(fc.property(layout, (value) => isLayoutOrLayoutError(JSON.stringify(value))), { seed: 3, numRuns: 500 });
});
