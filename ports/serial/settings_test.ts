import assert from "node:assert/strict";
import { complainAboutSettings, formatFraming, type LineSettings, parseFraming, toLineSettings } from "./settings.ts";

const WANTED: LineSettings = { baudRate: 115_200, dataBits: 8, parity: "even", stopBits: 1 };

Deno.test("parseFraming() and formatFraming() are inverse", () => {
  for (const text of ["8n1", "8e1", "8o1", "7e2", "8n2", "7o1"]) {
    assert.equal(formatFraming(parseFraming(text)!), text);
    assert.deepEqual(parseFraming(text.toUpperCase()), parseFraming(text));
  }
  for (const bad of ["", "8", "9n1", "8x1", "8n3", "8n1 ", "8n10"]) assert.equal(parseFraming(bad), undefined);
});

Deno.test("toLineSettings() fills in 115200 8N1 and refuses what is no rate", () => {
  assert.deepEqual(toLineSettings({}), { ...WANTED, parity: "none" });
  for (const baudRate of [0, -1, 49, 9600.5, NaN, Infinity, 20_000_001]) {
    assert.throws(() => toLineSettings({ baudRate }), RangeError);
  }
});

/** What the driver made of 115200 8E1, and what is said about it. */
const COMPLAINTS: readonly [Partial<LineSettings>, RegExp | undefined][] = [
  [{}, undefined],
  [{ baudRate: 117_647 }, undefined],
  [{ baudRate: 112_500 }, undefined],
  [{ baudRate: 9600 }, /^it cannot do 115200 baud, and would use 9600$/],
  [{ baudRate: 119_000 }, /119000/],
  [{ baudRate: 0 }, /would use 0/],
  [{ dataBits: 7 }, /^it cannot do the frame 8e1, and would use 7e1$/],
  [{ stopBits: 2 }, /8e2/],
  [{ parity: "none" }, undefined],
];

for (const [actual, expected] of COMPLAINTS) {
  Deno.test(`complainAboutSettings() about ${JSON.stringify(actual)}`, () => {
    const complaint = complainAboutSettings(WANTED, { ...WANTED, ...actual });
    if (expected === undefined) return assert.equal(complaint, undefined);
    assert.match(complaint!.state, expected);
    // What to do about a frame has nothing to do with the rate.
    assert.match(complaint!.advice, "baudRate" in actual ? /^Choose a rate / : /^Choose a frame /);
  });
}
