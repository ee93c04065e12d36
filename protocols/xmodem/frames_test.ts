import assert from "node:assert/strict";
import { type Bytes, concatBytes, formatHex, parseHex } from "../../core/mod.ts";
import { type BlockCheck, type BlockSize, decodeBlock, encodeBlock } from "./frames.ts";

interface Case {
  readonly name: string;
  readonly number: number;
  readonly sizeBytes: BlockSize;
  readonly check: BlockCheck;
  readonly data: Bytes;
  /** The frame, in hexadecimal digits. */
  readonly frame: string;
}

const ramp = Uint8Array.from({ length: 1024 }, (_, index) => index & 0xff);
const padding = (count: number) => "1a".repeat(count);

/** Checksums by hand: 128 times 1A is 0D00, so 00 with 1A taken out and 07 put in is ED. CRCs: see `crc16_test.ts`. */
const CASES: readonly Case[] = [
  {
    name: "a block of padding, checksum",
    number: 1,
    sizeBytes: 128,
    check: "checksum",
    data: parseHex(""),
    frame: `0101fe${padding(128)}00`,
  },
  {
    name: "one byte, checksum",
    number: 1,
    sizeBytes: 128,
    check: "checksum",
    data: parseHex("07"),
    frame: `0101fe07${padding(127)}ed`,
  },
  {
    name: "a block of padding, CRC",
    number: 255,
    sizeBytes: 128,
    check: "crc",
    data: parseHex(padding(128)),
    frame: `01ff00${padding(128)}f8b0`,
  },
  {
    name: "a long block of padding, CRC",
    number: 2,
    sizeBytes: 1024,
    check: "crc",
    data: parseHex(""),
    frame: `0202fd${padding(1024)}fc96`,
  },
  {
    name: "a long block, its number past 255, checksum",
    number: 256,
    sizeBytes: 1024,
    check: "checksum",
    data: ramp,
    frame: `0200ff${formatHex(ramp)}00`,
  },
  {
    name: "the header of figure 6",
    number: 0,
    sizeBytes: 128,
    check: "crc",
    data: parseHex(
      `${formatHex(new TextEncoder().encode("bbcsched.txt"))}00${
        formatHex(new TextEncoder().encode("6347 3314742513 100644"))
      }`.padEnd(256, "0"),
    ),
    frame: "0100ff62626373636865642e7478740036333437203333313437343235313320313030363434".padEnd(262, "0") + "ca56",
  },
];

/** The same bytes in the middle of a buffer of others. */
function surrounded(bytes: Uint8Array): Bytes {
  const buffer = new Uint8Array(bytes.length + 20).fill(0xa5);
  buffer.set(bytes, 10);
  return buffer.subarray(10, 10 + bytes.length);
}

for (const { name, data, frame, ...options } of CASES) {
  Deno.test(`encodeBlock() and decodeBlock(): ${name}`, () => {
    assert.equal(formatHex(encodeBlock(surrounded(data), options)), frame);
    const whole = parseHex(frame.slice(6, 6 + 2 * options.sizeBytes));
    const expected = { number: options.number & 0xff, data: whole };
    assert.deepEqual(decodeBlock(surrounded(parseHex(frame)), options.check), expected);
  });

  Deno.test(`decodeBlock() finds every wrong bit: ${name}`, () => {
    const bytes = parseHex(frame);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(typeof decodeBlock(damaged, options.check), "string", `bit ${bit}`);
    }
  });

  Deno.test(`decodeBlock() refuses a byte less and a byte more: ${name}`, () => {
    const bytes = parseHex(frame);
    for (const wrong of [bytes.subarray(0, -1), concatBytes([bytes, Uint8Array.of(0)]), bytes.subarray(0, 1)]) {
      assert.equal(decodeBlock(wrong, options.check), "bad-size");
    }
  });
}

Deno.test("decodeBlock() gives data of its own", () => {
  const frame = encodeBlock(parseHex("07"), { number: 1, sizeBytes: 128, check: "crc" });
  const block = decodeBlock(frame, "crc");
  frame.fill(0);
  assert(typeof block === "object");
  assert.equal(block.data[0], 7);
});

Deno.test("decodeBlock() names what is wrong", () => {
  const frame = encodeBlock(parseHex("07"), { number: 1, sizeBytes: 128, check: "crc" });
  const changed = (offset: number, byte: number) => frame.with(offset, byte);
  assert.equal(decodeBlock(new Uint8Array(0), "crc"), "bad-size");
  assert.equal(decodeBlock(changed(0, 0x04), "crc"), "bad-size");
  assert.equal(decodeBlock(changed(0, 0x02), "crc"), "bad-size");
  assert.equal(decodeBlock(changed(2, 0xff), "crc"), "bad-number");
  assert.equal(decodeBlock(changed(5, 0x00), "crc"), "bad-check");
  assert.equal(decodeBlock(frame, "checksum"), "bad-size");
});

Deno.test("encodeBlock() refuses more bytes than the block takes", () => {
  assert.throws(() => encodeBlock(new Uint8Array(129), { number: 1, sizeBytes: 128, check: "crc" }), RangeError);
});
