import assert from "node:assert/strict";
import fc from "fast-check";
import { parseHex } from "../core/mod.ts";
import { contentOf, decodeDer, decodeOnlyValue, DER_TAGS } from "./der.ts";

Deno.test("decodeDer() reads values one behind the other", () => {
  const values = decodeDer(parseHex("02 01 05  04 00  30 03 02 01 07"));
  assert.deepEqual(values.map(({ tag }) => tag), [2, 4, 0x30]);
  assert.deepEqual(values.map(({ content }) => [...content]), [[5], [], [2, 1, 7]]);
});

for (const sizeBytes of [0, 1, 127, 128, 255, 256, 65_535]) {
  Deno.test(`decodeDer() reads ${sizeBytes} bytes with the shortest length`, () => {
    const digits = sizeBytes < 128
      ? [sizeBytes]
      : sizeBytes < 256
      ? [0x81, sizeBytes]
      : [0x82, sizeBytes >> 8, sizeBytes & 255];
    const der = new Uint8Array(1 + digits.length + sizeBytes).fill(7);
    der.set([4, ...digits]);
    assert.equal(decodeOnlyValue(der, DER_TAGS.octetString).length, sizeBytes);
  });
}

/** What DER does not allow, and what is cut short. */
const REFUSED: readonly [string, string][] = [
  ["a tag alone", "04"],
  ["a length past the end", "04 02 00"],
  ["an indefinite length", "30 80 00 00"],
  ["81 for a length below 128", "04 81 01 00"],
  ["82 for a length below 256", "04 82 00 80"],
  ["83", "04 83 00 00 01 00"],
  ["a long length cut short", "04 82 01"],
  ["length ff", "04 ff"],
];

for (const [name, hex] of REFUSED) {
  Deno.test(`decodeDer() refuses ${name}`, () => assert.throws(() => decodeDer(parseHex(hex)), SyntaxError));
}

Deno.test("decodeOnlyValue() and contentOf() refuse other tags, nothing, and more", () => {
  assert.throws(() => decodeOnlyValue(parseHex("04 00"), DER_TAGS.integer), SyntaxError);
  assert.throws(() => decodeOnlyValue(new Uint8Array(), DER_TAGS.integer), SyntaxError);
  assert.throws(() => decodeOnlyValue(parseHex("02 01 00 02 01 00"), DER_TAGS.integer), SyntaxError);
  assert.throws(() => contentOf(undefined, DER_TAGS.integer), SyntaxError);
});

Deno.test("decodeDer() throws nothing but SyntaxError on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        decodeDer(bytes);
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }),
    { seed: 20250524, numRuns: 2000 },
  );
});
