import assert from "node:assert/strict";
import { crc32, crc32Stm32 } from "./crc32.ts";
import { parseHex } from "./hex.ts";

const ASCII = (text: string) => new TextEncoder().encode(text);
const COUNTING = Uint8Array.from({ length: 256 }, (_, index) => index);

/** Check values: zlib's own for `123456789`; the others computed with zlib and with srec_cat 1.64 `-STM32`. */
const ZLIB: readonly [string, Uint8Array, number][] = [
  ["nothing", new Uint8Array(), 0],
  ["123456789", ASCII("123456789"), 0xcbf43926],
  ["01 to 08", parseHex("0102030405060708"), 0x3fca88c5],
  ["12345678", ASCII("12345678"), 0x9ae0daaf],
  ["00 to FF", COUNTING, 0x29058c73],
];

const STM32: readonly [string, Uint8Array, number, number][] = [
  ["the word 0x00000000", parseHex("00000000"), 0xff, 0xc704dd7b],
  ["the word 0xFFFFFFFF", parseHex("ffffffff"), 0xff, 0x00000000],
  ["the word 0x12345678", parseHex("78563412"), 0xff, 0xdf8a8a2b],
  ["01 to 08", parseHex("0102030405060708"), 0xff, 0xa3141bda],
  ["12345678", ASCII("12345678"), 0xff, 0xfefc54f9],
  ["00 to FF", COUNTING, 0xff, 0xb7ec66f4],
  ["123456789 and 00 to the word's end", ASCII("123456789"), 0x00, 0xaff19057],
  ["123456789 and FF to the word's end", ASCII("123456789"), 0xff, 0xd9020d98],
  ["01 to 09 and 00 to the word's end", parseHex("010203040506070809"), 0x00, 0xc2ba594c],
  ["01 to 09 and FF to the word's end", parseHex("010203040506070809"), 0xff, 0xb449c483],
];

for (const [name, bytes, expected] of ZLIB) {
  Deno.test(`crc32() of ${name}, whole and split at every point`, () => {
    assert.equal(crc32(bytes), expected);
    for (let at = 0; at <= bytes.length; at++) {
      assert.equal(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), expected, `split at ${at}`);
    }
  });
}

for (const [name, bytes, fill, expected] of STM32) {
  Deno.test(`crc32Stm32() of ${name}`, () => {
    assert.equal(crc32Stm32(bytes, fill), expected);
  });
}
