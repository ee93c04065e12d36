import assert from "node:assert/strict";
import { type Bytes, concatBytes, crc32, formatHex, parseHex } from "../../core/mod.ts";
import { Engine } from "../link/mod.ts";
import { FrameReader, type ReadResult } from "./frame_reader.ts";
import {
  addToSequence,
  decodeFrame,
  decodeReply,
  encodeFrame,
  encodeReply,
  type Frame,
  sequenceDistance,
} from "./frames.ts";

const FRAME: Frame = { type: 7, argument: 0, sequence: 3, session: 0x01020304, body: new Uint8Array(0) };

/** Without a zero but in argument and sequence number, so that COBS can be written down by hand. */
const HEADER = "07000300" + "04030201";

Deno.test("encodeFrame() is header, body and CRC in COBS, and a zero", () => {
  const crc = new DataView(new ArrayBuffer(4));
  crc.setUint32(0, crc32(parseHex(HEADER)), true);
  const tail = formatHex(new Uint8Array(crc.buffer));
  assert.equal(formatHex(encodeFrame(FRAME)), `0207` + `0203` + `09` + `04030201${tail}` + `00`);
});

Deno.test("no frame is a multiple of 64 bytes, whatever its size", () => {
  for (let size = 0; size < 1200; size++) {
    for (const byte of [0, 1]) {
      for (const isFenced of [false, true]) {
        const frame = encodeFrame({ ...FRAME, body: new Uint8Array(size).fill(byte) }, { isFenced });
        assert(frame.length % 64 !== 0 && frame.at(-1) === 0);
      }
    }
  }
});

function readAll(bytes: Bytes, size: number): ReadResult[] {
  const results: ReadResult[] = [];
  const engine = new Engine(function* (link) {
    const reader = new FrameReader(link, 64);
    while (true) results.push(yield* reader.read("frame", Infinity));
  });
  for (let at = 0; at < bytes.length; at += size) engine.receive(bytes.slice(at, at + size), 0);
  return results;
}

const right = encodeFrame(FRAME);
const bent = Uint8Array.from(right, (byte, index) => index === 4 ? byte ^ 1 : byte);
const long = encodeFrame({ ...FRAME, body: new Uint8Array(53).fill(1) });
const endless = new Uint8Array(1000).fill(0x55);
const END = Uint8Array.of(0);

const STREAMS: readonly [name: string, stream: readonly Bytes[], results: string][] = [
  ["a frame", [right], "right"],
  ["two frames", [right, right], "right right"],
  ["a frame behind delimiters", [END, END, right], "right"],
  ["a frame behind garbage that ends", [parseHex("414200"), right], "damaged right"],
  ["a frame behind garbage that does not end", [parseHex("4142"), right, right], "damaged right"],
  ["a frame behind garbage and a fence", [parseHex("4142"), END, right], "damaged right"],
  ["a frame with a flipped bit", [bent, right], "damaged right"],
  ["a frame that was cut off", [right.slice(0, 5), END, right], "damaged right"],
  ["a frame without its first byte", [right.slice(1), right], "damaged right"],
  ["a frame that is too long", [long, right], "damaged right"],
  ["endless garbage", [endless, END, right], "damaged right"],
  ["a code byte that promises too much", [parseHex("ff010200"), right], "damaged right"],
];

for (const [name, stream, results] of STREAMS) {
  for (const size of [1, 3, 4096]) {
    Deno.test(`FrameReader reads ${name}, ${size} bytes at a time`, () => {
      const found = readAll(concatBytes(stream), size).map((result) => result === "damaged" ? result : "right");
      assert.equal(found.join(" "), results);
    });
  }
}

Deno.test("decodeReply() gives back what encodeReply() took", () => {
  const reply = { ...FRAME, argument: 1, next: 4, limit: 9, body: parseHex("aabb") };
  const [frame] = readAll(encodeReply(reply), 100);
  assert(frame !== undefined && frame !== "damaged");
  assert.equal(frame.type, 0x87);
  assert.deepEqual(decodeReply(frame), reply);
  assert.equal(decodeReply(FRAME), undefined);
});

Deno.test("sequence numbers go round", () => {
  assert.equal(addToSequence(0xffff, 2), 1);
  assert.equal(addToSequence(0, -1), 0xffff);
  assert.deepEqual([sequenceDistance(1, 0xffff), sequenceDistance(0xffff, 1), sequenceDistance(5, 5)], [2, -2, 0]);
  // Forward if it is below 32768: PROTOCOL.md, section 4.
  assert.deepEqual([sequenceDistance(0x7fff, 0), sequenceDistance(0x8000, 0)], [0x7fff, -0x8000]);
});

Deno.test("decodeFrame() takes nothing shorter than a frame, whatever its CRC", () => {
  for (let sizeBytes = 0; sizeBytes < 12; sizeBytes++) {
    const bytes = new Uint8Array(sizeBytes).fill(1);
    const crcAt = sizeBytes - 4;
    if (crcAt >= 0) new DataView(bytes.buffer).setUint32(crcAt, crc32(bytes.subarray(0, crcAt)), true);
    assert.equal(decodeFrame(bytes), undefined, `${sizeBytes} bytes`);
  }
});

Deno.test("decodeReply() takes no reply without its head", () => {
  for (const sizeBytes of [0, 1, 2, 3]) {
    assert.equal(decodeReply({ ...FRAME, type: 0x87, body: new Uint8Array(sizeBytes) }), undefined);
  }
});
