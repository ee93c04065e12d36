import assert from "node:assert/strict";
import { formatHex, parseHex } from "../../core/mod.ts";
import { Engine, LinkTimeoutError } from "../link/mod.ts";
import {
  decodeWord,
  encodeCode,
  encodeCommand,
  encodeCount,
  encodeData,
  encodeExtendedPages,
  encodeMassErase,
  encodePages,
  encodeSectors,
  encodeSized,
  encodeWord,
  formatCommand,
  readFrame,
  xorOf,
} from "./frames.ts";

/** Complements, address blocks, page lists and codes as they stand in captures and in other hosts' sources. */
const FRAMES: readonly [string, Uint8Array][] = [
  ["00 ff", encodeCommand(0x00)],
  ["31 ce", encodeCommand(0x31)],
  ["92 6d", encodeCommand(0x92)],
  ["a1 5e", encodeCommand(0xa1)],
  ["08 00 00 00 08", encodeWord(0x0800_0000)],
  ["08 01 00 00 09", encodeWord(0x0801_0000)],
  ["ff ff ff ff 00", encodeWord(0xffff_ffff)],
  ["ff 00", encodeCount(256)],
  ["00 ff", encodeCount(1)],
  ["00 aa aa", encodeData(parseHex("aa"))],
  ["03 de ad be ef 21", encodeData(parseHex("deadbeef"))],
  ["01 02 03 00", encodePages([2, 3])],
  ["00 01 00 02 00 03 00", encodeExtendedPages([2, 3])],
  ["00 00 01 ff fe", encodeExtendedPages([511])],
  ["ff ff 00", encodeMassErase("all")],
  ["ff fe 01", encodeMassErase("bank-1")],
  ["ff fd 02", encodeMassErase("bank-2")],
  ["01 00 01", encodeCode(0x0100)],
  ["00 00 00", encodeSized(parseHex(""), 128)],
  ["00 02 12 34 24", encodeSized(parseHex("1234"), 128)],
];

Deno.test("the encoders give the frames of captures and other hosts", () => {
  for (const [hex, frame] of FRAMES) assert.equal(formatHex(frame, " "), hex);
});

Deno.test("every frame but a command ends with the XOR of its other bytes", () => {
  for (const [hex, frame] of FRAMES.slice(4).filter(([hex]) => hex !== "ff 00" && hex !== "00 ff")) {
    assert.equal(xorOf(frame), 0, hex);
  }
});

Deno.test("decodeWord() reads back what encodeWord() wrote", () => {
  for (const value of [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) assert.equal(decodeWord(encodeWord(value)), value);
});

const OUT_OF_RANGE: readonly [string, () => unknown][] = [
  ["no bytes to read", () => encodeCount(0)],
  ["257 bytes to read", () => encodeCount(257)],
  ["half a byte to read", () => encodeCount(0.5)],
  ["no bytes to write", () => encodeData(parseHex(""))],
  ["257 bytes to write", () => encodeData(new Uint8Array(257))],
  ["no pages", () => encodePages([])],
  ["256 pages of Erase", () => encodePages(new Array<number>(256).fill(1))],
  ["page 256 of Erase", () => encodePages([256])],
  ["513 pages of Extended Erase", () => encodeExtendedPages(new Array<number>(513).fill(1))],
  ["page 65,536", () => encodeExtendedPages([65_536])],
  ["page -1", () => encodeExtendedPages([-1])],
  ["an address of 33 bits", () => encodeWord(2 ** 32)],
  ["a negative address", () => encodeWord(-4)],
  ["a code of 17 bits", () => encodeCode(0x1_0000)],
  ["129 bytes of Special", () => encodeSized(new Uint8Array(129), 128)],
];

for (const [name, encode] of OUT_OF_RANGE) {
  Deno.test(`the encoders refuse ${name}`, () => assert.throws(encode, RangeError));
}

Deno.test("formatCommand() names what the application note names", () => {
  assert.equal(formatCommand(0x44), "Extended Erase");
  assert.equal(formatCommand(0x0a), "command 0x0A");
});

Deno.test("readFrame() waits as long as bytes keep coming, and gives up one to two pauses after the last", () => {
  const start = () => new Engine((link) => readFrame(link, 4, { expected: "frame", pauseMs: 100 }));
  const slow = start();
  for (const [nth, byte] of [1, 2, 3, 4].entries()) {
    slow.tick(nth * 90);
    slow.receive(Uint8Array.of(byte), nth * 90);
  }
  assert.deepEqual(slow.outcome, { kind: "done", value: parseHex("01020304") });

  const stalled = start();
  stalled.receive(parseHex("0102"), 50);
  stalled.tick(100);
  assert.equal(stalled.wakeAtMs, 200, "something came in the first pause");
  stalled.tick(200);
  assert(stalled.outcome?.kind === "failed" && stalled.outcome.error instanceof LinkTimeoutError);
  assert.equal(formatHex(stalled.takeUnread()), "0102");

  const silent = start();
  silent.tick(100);
  assert.equal(silent.outcome?.kind, "failed");
});

Deno.test("encodeSectors() takes no code that does not fit a byte: 256 would protect sector 0", () => {
  assert.deepEqual(encodeSectors([0, 255]), Uint8Array.of(1, 0, 255, 254));
  for (const sectors of [[], [256], [-1], [1.5], [NaN], Array.from({ length: 257 }, () => 0)]) {
    assert.throws(() => encodeSectors(sectors), RangeError, `${sectors}`);
  }
});
