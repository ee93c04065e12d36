import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { LayoutError, type LayoutErrorCode } from "./layout_error.ts";
import schema from "./layout.schema.json" with { type: "json" };
import { formatLayout, parseLayout } from "./parse_layout.ts";
import { LAYOUT_PRESETS } from "./presets.ts";

const CM7 = { core: "CM7", addressA: "0x08020000", addressB: "0x08080000", sizeBytes: 393216 };
const CM4 = { core: "CM4", addressA: "0x08100000", addressB: "0x08180000", sizeBytes: 524288 };
const LOADER = { addressStart: "0x08000000", sizeBytes: 131072 };
const H745 = { name: "board", part: "stm32h745", bankMode: "dual", policy: "copy", loader: LOADER, slots: [CM7, CM4] };
const { name: _, ...WITHOUT_NAME } = H745;
const { sizeBytes: __, ...CM4_WITHOUT_SIZE } = CM4;

/** What the schema refuses as well: wrong keys, types and spellings. */
const MISSHAPEN: readonly [string, unknown, LayoutErrorCode, string][] = [
  ["a list", [], "bad-type", ""],
  ["null", null, "bad-type", ""],
  ["a number", 5, "bad-type", ""],
  ["no keys", {}, "missing-key", "name"],
  ["no name", WITHOUT_NAME, "missing-key", "name"],
  ["an unknown key", { ...H745, colour: 1 }, "unknown-key", "colour"],
  ["an unknown key in the loader", { ...H745, loader: { ...LOADER, size: 1 } }, "unknown-key", "loader.size"],
  ["an unknown key in a slot", { ...H745, slots: [CM7, { ...CM4, x: 0 }] }, "unknown-key", "slots[1].x"],
  ["an option-byte plan, which is derived", { ...H745, optionBytes: [] }, "unknown-key", "optionBytes"],
  ["a key of Object.prototype", { ...H745, toString: 1 }, "unknown-key", "toString"],
  ["a $schema that is no string", { ...H745, $schema: 1 }, "bad-type", "$schema"],
  ["a slot without size", { ...H745, slots: [CM7, CM4_WITHOUT_SIZE] }, "missing-key", "slots[1].sizeBytes"],
  ["an empty name", { ...H745, name: "" }, "bad-value", "name"],
  ["a name with a slash", { ...H745, name: "../x" }, "bad-value", "name"],
  ["a name with a line feed", { ...H745, name: "x\n" }, "bad-value", "name"],
  ["a name with a NUL", { ...H745, name: "x\0" }, "bad-value", "name"],
  ["a name that is turned around", { ...H745, name: "x\u202e" }, "bad-value", "name"],
  ["a name of 65 letters", { ...H745, name: "x".repeat(65) }, "bad-value", "name"],
  ["a name that is a number", { ...H745, name: 745 }, "bad-type", "name"],
  ["a part that is null", { ...H745, part: null }, "bad-type", "part"],
  ["an unknown policy", { ...H745, policy: "swap" }, "bad-value", "policy"],
  ["a policy in capitals", { ...H745, policy: "COPY" }, "bad-value", "policy"],
  ["a loader that is a list", { ...H745, loader: [] }, "bad-type", "loader"],
  ["slots that are an object", { ...H745, slots: { 0: CM7, 1: CM4 } }, "bad-type", "slots"],
  ["no slots", { ...H745, slots: [] }, "bad-value", "slots"],
  ["nine slots", { ...H745, slots: new Array(9).fill(CM7) }, "bad-value", "slots"],
  ["a slot that is null", { ...H745, slots: [CM7, null] }, "bad-type", "slots[1]"],
  ["an unknown core", { ...H745, slots: [CM7, { ...CM4, core: "CM5" }] }, "bad-value", "slots[1].core"],
  ["a core in small letters", { ...H745, slots: [CM7, { ...CM4, core: "cm4" }] }, "bad-value", "slots[1].core"],
  [
    "a number as address",
    { ...H745, loader: { ...LOADER, addressStart: 0x0800_0000 } },
    "bad-type",
    "loader.addressStart",
  ],
  ["a short address", { ...H745, slots: [{ ...CM7, addressA: "0x8020000" }, CM4] }, "bad-value", "slots[0].addressA"],
  [
    "a decimal address",
    { ...H745, slots: [{ ...CM7, addressB: "0134742016" }, CM4] },
    "bad-value",
    "slots[0].addressB",
  ],
  [
    "an address of 33 bits",
    { ...H745, slots: [{ ...CM7, addressA: "0x108020000" }, CM4] },
    "bad-value",
    "slots[0].addressA",
  ],
  [
    "an address with a space",
    { ...H745, slots: [{ ...CM7, addressA: " 0x08020000" }, CM4] },
    "bad-value",
    "slots[0].addressA",
  ],
  [
    "an address and a line feed",
    { ...H745, slots: [{ ...CM7, addressA: "0x08020000\n" }, CM4] },
    "bad-value",
    "slots[0].addressA",
  ],
  ["a size of 0", { ...H745, slots: [{ ...CM7, sizeBytes: 0 }, CM4] }, "bad-value", "slots[0].sizeBytes"],
  ["a negative size", { ...H745, slots: [{ ...CM7, sizeBytes: -32 }, CM4] }, "bad-value", "slots[0].sizeBytes"],
  ["a size with a fraction", { ...H745, slots: [{ ...CM7, sizeBytes: 0.5 }, CM4] }, "bad-value", "slots[0].sizeBytes"],
  [
    "a size of 2^32 + 32",
    { ...H745, slots: [{ ...CM7, sizeBytes: 2 ** 32 + 32 }, CM4] },
    "bad-value",
    "slots[0].sizeBytes",
  ],
  ["a size in KiB", { ...H745, slots: [{ ...CM7, sizeBytes: "384K" }, CM4] }, "bad-type", "slots[0].sizeBytes"],
];

/** What only JSON text can be, or only the table of parts knows. */
const TEXTS: readonly [string, string, LayoutErrorCode, string][] = [
  ["nothing", "", "bad-json", ""],
  ["a byte order mark", `\ufeff${JSON.stringify(H745)}`, "bad-json", ""],
  ["NaN", JSON.stringify(H745).replace("131072", "NaN"), "bad-json", ""],
  ["a hexadecimal number", JSON.stringify(H745).replace("131072", "0x20000"), "bad-json", ""],
  ["a trailing comma", JSON.stringify(H745).replace("]}", "],}"), "bad-json", ""],
  ["a comment", `// loader first\n${JSON.stringify(H745)}`, "bad-json", ""],
  ["two texts", `${JSON.stringify(H745)}{}`, "bad-json", ""],
  ["infinity", JSON.stringify(H745).replace("131072", "1e999"), "bad-value", "loader.sizeBytes"],
  ["the same key twice", JSON.stringify(H745).replace('"policy"', '"name":"other","policy"'), "duplicate-key", "name"],
  [
    "the same key twice, once escaped",
    JSON.stringify(H745).replace('"policy"', '"n\\u0061me":"x","policy"'),
    "duplicate-key",
    "name",
  ],
  [
    "the same key twice in a slot",
    JSON.stringify(H745).replace('"core":"CM4"', '"core":"CM7","core":"CM4"'),
    "duplicate-key",
    "slots[1].core",
  ],
  ["__proto__", JSON.stringify(H745).replace('"policy"', '"__proto__":{},"policy"'), "unknown-key", "__proto__"],
  ["depth 4", JSON.stringify({ ...H745, slots: [[[]]] }), "too-deep", "slots[0][0]"],
  ["depth 30,000", "[".repeat(30_000) + "]".repeat(30_000), "too-deep", "[0][0][0]"],
  ["70,000 spaces", " ".repeat(70_000), "too-large", ""],
  ["an unknown part", JSON.stringify({ ...H745, part: "stm32h999" }), "unknown-part", "part"],
  ["an unknown bank mode", JSON.stringify({ ...H745, bankMode: "single" }), "unknown-bank-mode", "bankMode"],
];

function assertRefused(text: string, code: LayoutErrorCode, path: string): void {
  assert.throws(() => parseLayout(text), (error) => {
    assert(error instanceof LayoutError, String(error));
    assert.deepEqual([error.code, error.path], [code, path], error.message);
    assert.match(error.message, /^Cannot use the layout: .*[^.]$/);
    assert.equal(error.problems[0]?.code, code);
    return true;
  });
}

const validate = new Ajv2020({ strict: true }).compile(schema);

Deno.test("parseLayout() and the schema accept the layout that the refusals below are made from", () => {
  assert.equal(parseLayout(JSON.stringify(H745)).part.name, "stm32h745xi");
  assert.equal(parseLayout(JSON.stringify({ $schema: "layout.schema.json", ...H745 })).name, "board");
  assert(validate(H745));
});

for (const [name, value, code, path] of MISSHAPEN) {
  Deno.test(`parseLayout() and the schema refuse ${name}`, () => {
    assertRefused(JSON.stringify(value), code, path);
    assert(!validate(value));
  });
}

for (const [name, text, code, path] of TEXTS) {
  Deno.test(`parseLayout() refuses ${name}`, () => assertRefused(text, code, path));
}

for (const preset of LAYOUT_PRESETS) {
  Deno.test(`the schema accepts what formatLayout() writes for ${preset.name}`, () => {
    assert(validate(JSON.parse(formatLayout(preset))), JSON.stringify(validate.errors));
  });
}
