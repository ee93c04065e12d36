import assert from "node:assert/strict";
import { type Bytes, concatBytes } from "../../core/mod.ts";
import { Engine } from "../link/mod.ts";
import { FrameReader } from "./frame_reader.ts";
import { encodeFrame } from "./frames.ts";

const SIZE_MAX = 600;

/** The largest frame, without a zero that would make it shorter to stuff, and one of a byte more. */
const LARGEST = frameOf(SIZE_MAX);
const TOO_LARGE = frameOf(SIZE_MAX + 1);
const SMALL = frameOf(20);

function frameOf(sizeBytes: number): Bytes {
  const body = new Uint8Array(sizeBytes - 12).fill(0x55);
  return encodeFrame({ type: 1, argument: 1, sequence: 0x0101, session: 0x01010101, body });
}

const without = (bytes: Bytes): Bytes => bytes.filter((byte) => byte !== 0);
const noise = (sizeBytes: number): Bytes => new Uint8Array(sizeBytes).fill(0x77);

const ROWS: readonly [what: string, bytes: readonly Bytes[], sizes: readonly (number | "damaged")[]][] = [
  ["a small frame", [SMALL], [20]],
  ["the largest frame", [LARGEST, SMALL], [SIZE_MAX, 20]],
  ["a frame of a byte too many", [TOO_LARGE, SMALL], ["damaged", 20]],
  ["delimiters before, between and behind frames", [Uint8Array.of(0, 0), SMALL, Uint8Array.of(0), SMALL], [20, 20]],
  ["noise before a frame", [noise(5), SMALL, SMALL], ["damaged", 20]],
  // What is left of what is too long is no frame either, even when it looks like one, or like nothing at all.
  ...[605, 606, 1210].flatMap((sizeBytes): [string, Bytes[], (number | "damaged")[]][] => [
    [`${sizeBytes} bytes of noise before a frame`, [noise(sizeBytes), SMALL, SMALL], ["damaged", 20]],
    [`${sizeBytes} bytes of noise and a delimiter`, [noise(sizeBytes), Uint8Array.of(0), SMALL], ["damaged", 20]],
  ]),
];

for (const [what, bytes, sizes] of ROWS) {
  Deno.test(`FrameReader reads ${what}`, () => {
    const found: (number | "damaged")[] = [];
    const engine = new Engine(function* (link) {
      const reader = new FrameReader(link, SIZE_MAX);
      while (found.length < sizes.length) {
        const frame = yield* reader.read("frame", 1000);
        found.push(frame === "damaged" ? frame : frame.body.length + 12);
      }
    });
    engine.receive(concatBytes(bytes), 0);
    assert.deepEqual(found, sizes);
  });
}

Deno.test("the largest frame has no zero to be stuffed, so nothing longer comes", () => {
  assert(without(LARGEST).length >= SIZE_MAX + 2);
});
