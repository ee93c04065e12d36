/**
 * Any bytes whatever, both ways: a host ends in time with a result or a typed error, a device never fails and changes nothing
 * that it was not begun to change.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, concatBytes, equalBytes } from "../../core/mod.ts";
import { CdcArrayDevice } from "../../tests/cdc_array_device.ts";
import { makeCdcSet, patternOf } from "../../tests/cdc_header.ts";
import { Engine, ProtocolError } from "../link/mod.ts";
import { decodeTrace } from "./decode.ts";
import { encodeFrame, encodeReply } from "./frames.ts";
import { runCdcTarget } from "./target.ts";
import { updateOverCdc } from "./update.ts";

const LIMITS = { dataSizeMax: 512, window: 2, silenceMs: 500 };
const SET = makeCdcSet(2, [patternOf(3, 700)]);
const SESSION = 7;

const raw = fc.uint8Array({ maxLength: 40 }).map((bytes): Bytes => Uint8Array.from(bytes));
const number16 = fc.integer({ min: 0, max: 4 });
const body = fc.oneof(
  raw,
  fc.constantFrom(0, 4, 12, 36, 76, 172, 260, 428, 1500).map((size): Bytes => new Uint8Array(size).fill(1)),
);

/** Frames with a right CRC, so that garbage gets past the first check. */
const fromHost = fc.record({
  type: fc.integer({ min: 0, max: 12 }),
  argument: fc.integer({ min: 0, max: 3 }),
  sequence: number16,
  session: fc.constantFrom(SESSION, 8),
  body: fc.oneof(
    body,
    fc.constant(Uint8Array.of(1, 0, 0, 0)),
    fc.constant(concatBytes([new Uint8Array(4), SET.images[0]!.header])),
  ),
}).map((frame) => encodeFrame(frame));

const fromDevice = fc.record({
  type: fc.integer({ min: 0, max: 10 }),
  argument: fc.constantFrom(0, 0, 1, 2, 0x10, 0x28, 0x30, 0x77),
  sequence: number16,
  session: fc.constantFrom(SESSION, 8),
  next: number16,
  limit: number16,
  body,
}).map(encodeReply);

const withDamage = (frame: typeof fromHost) =>
  fc.array(fc.oneof(raw, frame, frame, frame.map((bytes) => bytes.slice(1)), fc.constant(Uint8Array.of(0))), {
    maxLength: 30,
  });

function feed(engine: Engine<unknown>, given: readonly Bytes[]): number {
  let nowMs = 0;
  const settle = () => {
    do {
      engine.takeOutput();
      if (engine.wait?.kind === "flush") engine.flushed(nowMs);
    } while (engine.wait?.kind === "flush");
  };
  for (const bytes of given) {
    settle();
    engine.receive(bytes, nowMs);
    nowMs += 10;
    engine.tick(nowMs);
  }
  for (settle(); engine.outcome === undefined && engine.wakeAtMs < Infinity; settle()) {
    nowMs = Math.max(nowMs, engine.wakeAtMs);
    engine.tick(nowMs);
  }
  return nowMs;
}

Deno.test("updateOverCdc() ends in time with a result or a typed error, whatever comes [seed 1]", () => {
  fc.assert(
    fc.property(withDamage(fromDevice), (given) => {
      const engine = new Engine((link) => updateOverCdc(link, { ...SET, sessionId: SESSION }));
      const endMs = feed(engine, given);
      assert(engine.outcome !== undefined, "it still waits");
      assert(endMs < 400_000, `it took ${endMs} ms`);
      if (engine.outcome.kind === "failed") {
        assert(engine.outcome.error instanceof ProtocolError, String(engine.outcome.error));
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("runCdcTarget() takes any bytes, and slot A stays as it is [seed 1]", () => {
  fc.assert(
    fc.property(withDamage(fromHost), (given) => {
      const device = new CdcArrayDevice({ slotSizes: [2048], sectorBytes: 256, unitBytes: 32, limits: LIMITS });
      device.preload("a", makeCdcSet(1, [patternOf(1, 700)]).images);
      const before = device.slots[0]!.a.slice();
      const engine = new Engine((link) => runCdcTarget(link, { device }));
      feed(engine, given);
      if (engine.outcome?.kind === "failed") throw engine.outcome.error;
      if (device.describe().setA.setId[0] === 1) assert(equalBytes(device.slots[0]!.a, before));
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("runCdcTarget() answers a greeting behind any garbage and a delimiter [seed 1]", () => {
  const hello = encodeFrame(
    { type: 1, argument: 0, sequence: 0, session: 0x55, body: Uint8Array.of(1, 0, 0, 0) },
    { isFenced: true },
  );
  fc.assert(
    fc.property(fc.array(raw, { maxLength: 20 }), (given) => {
      const device = new CdcArrayDevice({ slotSizes: [2048], sectorBytes: 256, unitBytes: 32, limits: LIMITS });
      const engine = new Engine((link) => runCdcTarget(link, { device }));
      feed(engine, given);
      engine.receive(hello, 1e6);
      const answer = engine.takeOutput();
      assert.equal(answer.length, 1);
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("decodeTrace() explains any bytes, and loses none [seed 1]", () => {
  const line = fc.record({
    atMs: fc.constant(0),
    mark: fc.constantFrom(">" as const, "<" as const, "x" as const),
    bytes: fc.oneof(raw, fromHost, fromDevice),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const frames = decodeTrace(lines);
      for (const mark of [">", "<", "x"] as const) {
        const withoutDelimiters = (list: readonly { mark: string; bytes: Bytes }[]) =>
          list.filter((one) => one.mark === mark).flatMap(({ bytes }) => [...bytes]).filter((byte) => byte !== 0)
            .join();
        assert.equal(withoutDelimiters(frames), withoutDelimiters(lines));
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});
