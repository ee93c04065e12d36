import assert from "node:assert/strict";
import fc from "fast-check";
import { parseHex } from "../core/mod.ts";
import { decodeEcdsaDer, encodeEcdsaDer } from "./ecdsa_der.ts";
import { SignatureFormatError } from "./signature_error.ts";

const ONE = "00".repeat(31) + "01";
const HIGH = "80" + "00".repeat(31);

/** Raw signatures and their only DER. */
const CASES: readonly [string, string, string][] = [
  ["small numbers", ONE + ONE, "30 06 02 01 01 02 01 01"],
  ["zeros", "00".repeat(64), "30 06 02 01 00 02 01 00"],
  ["a number with its high bit set", HIGH + ONE, `30 26 02 21 00 ${HIGH} 02 01 01`],
  ["7f needs no zero", "00".repeat(31) + "7f" + ONE, "30 06 02 01 7f 02 01 01"],
  ["80 needs a zero", "00".repeat(31) + "80" + ONE, "30 07 02 02 00 80 02 01 01"],
  ["the largest numbers", "ff".repeat(64), `30 46 02 21 00 ${"ff".repeat(32)} 02 21 00 ${"ff".repeat(32)}`],
];

for (const [name, raw, der] of CASES) {
  Deno.test(`encodeEcdsaDer() and decodeEcdsaDer() agree on ${name}`, () => {
    assert.deepEqual(encodeEcdsaDer(parseHex(raw)), parseHex(der));
    assert.deepEqual(decodeEcdsaDer(parseHex(der)), parseHex(raw));
  });
}

/** What looks like DER and is not, or is not all. */
const REFUSED: readonly [string, string][] = [
  ["nothing", ""],
  ["a byte behind the sequence", "30 06 02 01 01 02 01 01 00"],
  ["a byte behind the numbers", "30 07 02 01 01 02 01 01 00"],
  ["a third number", "30 09 02 01 01 02 01 01 02 01 01"],
  ["one number", "30 03 02 01 01"],
  ["a long form of the sequence's length", "30 81 06 02 01 01 02 01 01"],
  ["a long form of a number's length", "30 07 02 81 01 01 02 01 01"],
  ["an indefinite length", "30 80 02 01 01 02 01 01 00 00"],
  ["a negative number", "30 06 02 01 80 02 01 01"],
  ["an empty number", "30 05 02 00 02 01 01"],
  ["a number with a needless zero", "30 07 02 02 00 01 02 01 01"],
  ["a number of 33 bytes", `30 26 02 21 01 ${"00".repeat(32)} 02 01 01`],
  ["an octet string for a number", "30 06 04 01 01 02 01 01"],
  ["a set for the sequence", "31 06 02 01 01 02 01 01"],
  ["a length past the end", "30 07 02 01 01 02 01 01"],
  ["base64 text", "4d 45 55 43 49 51"],
];

for (const [name, hex] of REFUSED) {
  Deno.test(`decodeEcdsaDer() refuses ${name}`, () => {
    assert.throws(() => decodeEcdsaDer(parseHex(hex)), { name: "SignatureFormatError", code: "bad-der" });
  });
}

Deno.test("encodeEcdsaDer() refuses other sizes", () => {
  for (const sizeBytes of [0, 63, 65]) assert.throws(() => encodeEcdsaDer(new Uint8Array(sizeBytes)), RangeError);
});

Deno.test("decodeEcdsaDer() takes nothing but what encodeEcdsaDer() gives", () => {
  const flipped = fc.record({
    raw: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    bit: fc.nat(8 * 72 - 1),
  });
  fc.assert(
    fc.property(flipped, ({ raw, bit }) => {
      const der = encodeEcdsaDer(raw);
      if (bit < der.length * 8) der[bit >> 3]! ^= 1 << (bit & 7);
      try {
        assert.deepEqual(encodeEcdsaDer(decodeEcdsaDer(der)), der);
      } catch (error) {
        assert.ok(error instanceof SignatureFormatError, String(error));
      }
    }),
    { seed: 20250524, numRuns: 2000 },
  );
});
