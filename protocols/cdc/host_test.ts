import assert from "node:assert/strict";
import { CdcArrayDevice } from "../../tests/cdc_array_device.ts";
import { makeCdcSet, patternOf } from "../../tests/cdc_header.ts";
import { connectCdc } from "../../tests/cdc_pair.ts";
import { type ByteLink, Engine, type Procedure } from "../link/mod.ts";
import { CdcRefusedError, EndlessWorkError } from "./error.ts";
import { openSession } from "./host.ts";
import { updateOverCdc } from "./update.ts";

const LIMITS = { dataSizeMax: 512, window: 2, silenceMs: 2000 };

Deno.test("sequence numbers go round in a long update", () => {
  const sizeBytes = 66_000 * 32;
  const limits = { ...LIMITS, dataSizeMax: 32 };
  const slotBytes = sizeBytes + 1024;
  const device = new CdcArrayDevice({ slotSizes: [slotBytes], sectorBytes: slotBytes, unitBytes: 32, limits });
  const update = makeCdcSet(2, [patternOf(3, sizeBytes)]);
  const { setA, events } = connectCdc(device, function* (link) {
    const events: string[] = [];
    const observer = ({ kind }: { readonly kind: string }) => events.push(kind);
    yield* updateOverCdc(link, { ...update, sessionId: 1, observer });
    return { setA: device.describe().setA, events };
  }).value();
  assert.deepEqual(setA.setId, update.setId);
  assert.equal(events.filter((kind) => kind === "progress").length, 66_000);
  assert(!events.includes("repeated"));
});

Deno.test("a refusal for want of a session is one, however far the sequence numbers are", () => {
  const device = new CdcArrayDevice({ slotSizes: [4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  const { error } = connectCdc(device, function* (link) {
    const session = yield* openSession(link, { sessionId: 1 });
    for (let count = 0; count < 40_000; count++) yield* session.status();
    yield* openSession(link, { sessionId: 2 });
    yield* session.status();
  });
  assert(error instanceof CdcRefusedError && error.code === "no-session", String(error));
});

Deno.test("a device that works for ever is given up", () => {
  const device = new CdcArrayDevice({ slotSizes: [4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  const progress = { phase: "verify", doneBytes: 0, totalBytes: 1 } as const;
  device.finish = () => ({ kind: "working", progress, busyMs: 1000 });
  const { error } = connectCdc(device, function* (link) {
    yield* (yield* openSession(link, { sessionId: 1 })).finish();
  });
  assert(error instanceof EndlessWorkError && error.work === "finish", String(error));
});

Deno.test("every command may be repeated as often as the first", () => {
  const device = new CdcArrayDevice({ slotSizes: [4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  let lossesLeft = 0;
  const toTarget = (bytes: Uint8Array<ArrayBuffer>) => lossesLeft-- > 0 ? new Uint8Array(0) : bytes;
  const path = { toTarget };
  connectCdc(device, function* (link) {
    const session = yield* openSession(link, { sessionId: 1 });
    for (let count = 0; count < 3; count++) {
      lossesLeft = 4;
      yield* session.status();
    }
  }, path).value();
});

for (const sessionId of [0, -1, 1.5, 2 ** 32]) {
  Deno.test(`openSession() refuses session ${sessionId}`, () => {
    const engine = new Engine((link) => openSession(link, { sessionId }));
    assert(engine.outcome?.kind === "failed" && engine.outcome.error instanceof RangeError);
    assert.deepEqual(engine.takeOutput(), []);
  });
}

Deno.test("an answer is waited for from the moment at which the frame has left", () => {
  const engine = new Engine((link) => openSession(link, { sessionId: 1 }));
  engine.takeOutput();
  assert.equal(engine.wait?.kind, "flush");
  engine.flushed(10_000);
  assert.equal(engine.wakeAtMs, 12_000);
});

Deno.test("begin() refuses headers that are none before anything is sent", () => {
  const device = new CdcArrayDevice({ slotSizes: [4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  for (const headers of [[], [new Uint8Array(255)], new Array(7).fill(new Uint8Array(256))]) {
    const host = function* (link: ByteLink): Procedure<void> {
      yield* (yield* openSession(link, { sessionId: 1 })).begin(headers);
    };
    assert(connectCdc(device, host).error instanceof RangeError);
  }
});

Deno.test("an update that is broken off sends nothing, so that it can go on later", () => {
  const update = makeCdcSet(2, [patternOf(3, 700)]);
  const engine = new Engine((link) => updateOverCdc(link, { ...update, sessionId: 1 }));
  engine.takeOutput();
  const reason = new Error("broken off");
  engine.abort(reason);
  assert.deepEqual(engine.outcome, { kind: "failed", error: reason });
  assert.deepEqual(engine.takeOutput(), []);
});
