import assert from "node:assert/strict";
import { concatBytes } from "../../core/mod.ts";
import { crc16 } from "./crc16.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const filled = (sizeBytes: number, byte: number) => new Uint8Array(sizeBytes).fill(byte);

/** The header that figure 6 of the reference prints, with the CRC that it prints. */
const FIGURE_6 = filled(128, 0);
FIGURE_6.set(ascii("bbcsched.txt\x006347 3314742513 100644"));

const CASES: readonly [name: string, bytes: Uint8Array, crc: number][] = [
  ["nothing", filled(0, 0), 0x0000],
  ["the check value of CRC-16/XMODEM", ascii("123456789"), 0x31c3],
  ["128 bytes of 00", filled(128, 0x00), 0x0000],
  ["128 bytes of padding", filled(128, 0x1a), 0xf8b0],
  ["1024 bytes of padding", filled(1024, 0x1a), 0xfc96],
  ["the header of figure 6", FIGURE_6, 0xca56],
];

for (const [name, bytes, crc] of CASES) {
  Deno.test(`crc16() of ${name}`, () => assert.equal(crc16(bytes), crc));
}

/** Long division by x^16 + x^12 + x^5 + 1, bit by bit, after 16 zero bits were appended: chapter 8.1.1. */
function divide(bytes: Uint8Array): number {
  let remainder = 0;
  for (const byte of [...bytes, 0, 0]) {
    for (let bit = 7; bit >= 0; bit--) {
      const isOverflow = (remainder & 0x8000) !== 0;
      remainder = (remainder << 1 | byte >> bit & 1) & 0xffff;
      if (isOverflow) remainder ^= 0x1021;
    }
  }
  return remainder;
}

const SAMPLE = Uint8Array.from({ length: 300 }, (_, index) => Math.imul(index + 1, 0x9e37_79b1) >>> 24);

Deno.test("crc16() is the remainder of a long division, for every length", () => {
  for (let length = 0; length <= SAMPLE.length; length++) {
    const bytes = SAMPLE.subarray(0, length);
    assert.equal(crc16(bytes), divide(bytes));
  }
});

Deno.test("crc16() of bytes and their own CRC, high byte first, is 0", () => {
  const crc = crc16(SAMPLE);
  assert.equal(crc16(concatBytes([SAMPLE, Uint8Array.of(crc >>> 8, crc)])), 0);
});
