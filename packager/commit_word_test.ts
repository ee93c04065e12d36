import assert from "node:assert/strict";
import { crc32, parseHex } from "../core/mod.ts";
import { decodeCommitWord, encodeCommitWord } from "./commit_word.ts";

const WORD = { headerRecordCrc: 0x11223344, setId: parseHex("000102030405060708090a0b0c0d0e0f") };
const BYTES = encodeCommitWord(WORD);

Deno.test("encodeCommitWord() writes magic, header CRC, set id and a CRC of these", () => {
  const start = parseHex("89 43 53 43 0d 0a 1a 0a  44 33 22 11  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f");
  assert.deepEqual(BYTES.slice(0, 28), start);
  assert.equal(new DataView(BYTES.buffer).getUint32(28, true), crc32(start));
  assert.deepEqual(decodeCommitWord(BYTES), WORD);
});

Deno.test("decodeCommitWord() refuses every bit flip, every cut and what follows", () => {
  for (let bit = 0; bit < 256; bit++) {
    const flipped = BYTES.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => decodeCommitWord(flipped), { name: "ContainerFormatError" }, `bit ${bit}`);
  }
  for (let sizeBytes = 0; sizeBytes < 32; sizeBytes++) {
    assert.throws(() => decodeCommitWord(BYTES.subarray(0, sizeBytes)), { code: "truncated" });
  }
  assert.throws(() => decodeCommitWord(Uint8Array.of(...BYTES, 0xff)), { code: "trailing-bytes" });
});

for (const fill of [0x00, 0xff]) {
  Deno.test(`decodeCommitWord() refuses erased flash that reads ${fill}`, () => {
    assert.throws(() => decodeCommitWord(new Uint8Array(32).fill(fill)), { code: "bad-magic" });
  });
}

Deno.test("decodeCommitWord() refuses words that were written in part, from either end", () => {
  for (let sizeBytes = 1; sizeBytes < 32; sizeBytes++) {
    const low = new Uint8Array(32).fill(0xff);
    low.set(BYTES.subarray(0, sizeBytes));
    assert.throws(() => decodeCommitWord(low), { name: "ContainerFormatError" });
    const high = new Uint8Array(32).fill(0xff);
    high.set(BYTES.subarray(sizeBytes), sizeBytes);
    assert.throws(() => decodeCommitWord(high), { name: "ContainerFormatError" });
  }
});

Deno.test("encodeCommitWord() refuses what does not fit", () => {
  assert.throws(() => encodeCommitWord({ ...WORD, headerRecordCrc: -1 }), RangeError);
  assert.throws(() => encodeCommitWord({ ...WORD, setId: new Uint8Array(17) }), RangeError);
});
