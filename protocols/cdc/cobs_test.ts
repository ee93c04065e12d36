import assert from "node:assert/strict";
import { formatHex, parseHex } from "../../core/mod.ts";
import { decodeCobs, encodeCobs } from "./cobs.ts";

const run = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => (first + index).toString(16).padStart(2, "0")).join("");

/** The examples of the article on COBS in Wikipedia, and the edges of a block. */
const CASES: readonly [name: string, bytes: string, encoded: string][] = [
  ["nothing", "", "01"],
  ["a zero", "00", "0101"],
  ["two zeros", "0000", "010101"],
  ["a zero in the middle", "11220033", "0311220233"],
  ["no zero", "11223344", "0511223344"],
  ["zeros at the end", "11000000", "0211010101"],
  ["254 bytes", run(1, 254), `ff${run(1, 254)}`],
  ["a zero and 254 bytes", `00${run(1, 254)}`, `01ff${run(1, 254)}`],
  ["255 bytes", run(1, 255), `ff${run(1, 254)}02ff`],
  ["254 bytes and a zero", `${run(2, 255)}00`, `ff${run(2, 255)}0101`],
  ["253 bytes, a zero and one more", `${run(3, 255)}0001`, `fe${run(3, 255)}0201`],
];

for (const [name, bytes, encoded] of CASES) {
  Deno.test(`encodeCobs() and decodeCobs() take ${name}`, () => {
    assert.equal(formatHex(encodeCobs(parseHex(bytes))), encoded);
    assert.equal(formatHex(decodeCobs(parseHex(encoded))!), bytes);
  });
}

for (const broken of ["00", "02", "0311", "021100", "031100", "03110011", "ff01", "0211050102"]) {
  Deno.test(`decodeCobs() refuses ${broken}`, () => assert.equal(decodeCobs(parseHex(broken)), undefined));
}

Deno.test("decodeCobs() gives back what encodeCobs() took, for every size up to 1100 and zeros at every distance", () => {
  for (const distance of [1, 2, 253, 254, 255, 256, 2000]) {
    for (let size = 0; size <= 1100; size += distance < 3 ? 13 : 1) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => index % distance === distance - 1 ? 0 : 0xa5);
      const encoded = encodeCobs(bytes);
      assert(!encoded.includes(0) && encoded.length <= size + 1 + Math.floor(size / 254));
      assert(formatHex(decodeCobs(encoded)!) === formatHex(bytes), `${size} bytes, zeros ${distance} apart`);
    }
  }
});
