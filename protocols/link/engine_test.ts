import assert from "node:assert/strict";
import { formatHex, parseHex } from "../../core/mod.ts";
import type { ByteLink } from "./byte_link.ts";
import { Engine } from "./engine.ts";
import { LinkClosedError, LinkTimeoutError } from "./error.ts";
import type { Procedure } from "./procedure.ts";
import type { TraceEntry } from "./trace.ts";

function failure(engine: Engine<unknown>): unknown {
  assert.equal(engine.outcome?.kind, "failed");
  return engine.outcome.kind === "failed" ? engine.outcome.error : undefined;
}

function* ask(link: ByteLink): Procedure<string> {
  link.send(parseHex("31ce"), "Write Memory");
  yield* link.flush();
  const answer = yield* link.read(3, "answer", 1000);
  return formatHex(answer);
}

/** Every way to cut `bytes` into two or three pieces, the whole among them. */
function* splits(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let a = 0; a <= bytes.length; a++) {
    for (let b = a; b <= bytes.length; b++) yield [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)];
  }
}

Deno.test("Engine gives the same answer however the bytes are cut", () => {
  for (const pieces of splits(parseHex("0a0b0c"))) {
    const engine = new Engine(ask);
    assert.deepEqual(engine.takeOutput(), [parseHex("31ce")]);
    engine.flushed(1);
    for (const piece of pieces) engine.receive(piece, 2);
    assert.deepEqual(engine.outcome, { kind: "done", value: "0a0b0c" });
  }
});

Deno.test("Engine leaves bytes after the last one read for whoever comes next", () => {
  const engine = new Engine(ask);
  engine.takeOutput();
  engine.flushed(1);
  engine.receive(parseHex("0a0b0c0d0e"), 2);
  assert.equal(engine.outcome?.kind, "done");
  assert.equal(formatHex(engine.takeUnread()), "0d0e");
});

Deno.test("Engine keeps bytes that come before the procedure looks for them", () => {
  const engine = new Engine(ask);
  engine.receive(parseHex("0a0b0c"), 0);
  assert.equal(engine.outcome, undefined);
  engine.takeOutput();
  engine.flushed(1);
  assert.deepEqual(engine.outcome, { kind: "done", value: "0a0b0c" });
});

Deno.test("Engine starts an answer's clock at the flush, not at the send", () => {
  const engine = new Engine(ask);
  assert.equal(engine.wakeAtMs, Infinity);
  engine.takeOutput();
  engine.flushed(5000);
  assert.deepEqual(engine.wait, { kind: "input", deadlineMs: 6000, expected: "answer", neededCount: 3 });
  engine.receive(parseHex("0a0b"), 5999);
  engine.tick(5999.9);
  assert.equal(engine.outcome, undefined);
  engine.tick(6000);
  const error = failure(engine);
  assert(error instanceof LinkTimeoutError);
  assert.deepEqual([error.expected, error.withinMs, error.code], ["answer", 1000, "timeout"]);
});

Deno.test("Engine does not count a flush while output has not been taken", () => {
  const engine = new Engine(ask);
  engine.flushed(1);
  assert.deepEqual(engine.wait, { kind: "flush" });
});

Deno.test("Engine goes on at an answer that is there before the flush, and waits for the next flush all the same", () => {
  const engine = new Engine(function* (link) {
    link.send(parseHex("31ce"));
    yield* link.flushOrHear();
    yield* link.readByte("ACK", 1000);
    yield* link.flush();
    yield* link.flushOrHear();
    return link.nowMs;
  });
  engine.takeOutput();
  assert.deepEqual(engine.wait, { kind: "flush", endsOnInput: true });
  engine.receive(parseHex("79"), 3);
  assert.deepEqual(engine.wait, { kind: "flush" });
  engine.receive(parseHex("79"), 4);
  assert.deepEqual(engine.wait, { kind: "flush" });
  engine.flushed(5);
  assert.deepEqual(engine.outcome, { kind: "done", value: 5 });
});

Deno.test("Engine hands over what came before the port closed, then fails", () => {
  const engine = new Engine(function* (link) {
    const first = yield* link.readByte("first byte", Infinity);
    return first + (yield* link.readByte("second byte", Infinity));
  });
  engine.receive(parseHex("01"), 1);
  engine.close(2, "unplugged");
  const error = failure(engine);
  assert(error instanceof LinkClosedError);
  assert.equal(error.cause, "unplugged");

  const satisfied = new Engine(ask);
  satisfied.receive(parseHex("0a0b0c"), 0);
  satisfied.takeOutput();
  satisfied.flushed(0);
  satisfied.close(1);
  assert.equal(satisfied.outcome?.kind, "done");
});

Deno.test("Engine.abort() lets the procedure send a last word; a second call ends it at once", () => {
  const reason = new Error("user pressed Ctrl-C");
  const start = function* (link: ByteLink): Procedure<void> {
    try {
      yield* link.sleep(1e9);
    } finally {
      link.send(parseHex("1818"));
      yield* link.flush();
    }
  };
  const polite = new Engine(start);
  polite.abort(reason);
  assert.deepEqual(polite.takeOutput(), [parseHex("1818")]);
  assert.equal(polite.outcome, undefined);
  polite.flushed(1);
  assert.equal(failure(polite), reason);

  const stuck = new Engine(start);
  stuck.abort(reason);
  stuck.abort(reason);
  assert.equal(failure(stuck), reason);
});

Deno.test("ByteLink.skipUntilQuiet() forgets noise, waits for silence, and gives up on a chatterbox", () => {
  const start = (link: ByteLink) => link.skipUntilQuiet(10, 100);
  const quiet = new Engine(start);
  quiet.receive(parseHex("0102"), 5);
  quiet.receive(parseHex("03"), 9);
  quiet.tick(18);
  assert.equal(quiet.outcome, undefined);
  quiet.tick(19);
  assert.deepEqual(quiet.outcome, { kind: "done", value: 3 });

  const chatterbox = new Engine(start);
  for (let nowMs = 5; nowMs <= 100; nowMs += 5) chatterbox.receive(parseHex("00"), nowMs);
  assert(failure(chatterbox) instanceof LinkTimeoutError);
});

Deno.test("ByteLink grows its inbox for a reader that is late", () => {
  const engine = new Engine(function* (link) {
    yield* link.sleep(10);
    return yield* link.read(20_000, "everything", 0);
  });
  const sent = Uint8Array.from({ length: 20_000 }, (_, index) => index & 0xff);
  for (let offset = 0; offset < sent.length; offset += 1000) engine.receive(sent.subarray(offset, offset + 1000), 1);
  engine.tick(10);
  assert.deepEqual(engine.outcome, { kind: "done", value: sent });
});

Deno.test("ByteLink traces what was sent, read and dropped", () => {
  const entries: TraceEntry[] = [];
  const engine = new Engine(function* (link) {
    link.send(parseHex("7f"), "synchronise");
    yield* link.flush();
    yield* link.readByte("ACK", 1000);
    link.discardInput();
  }, { nowMs: 3, trace: (entry) => entries.push(entry) });
  engine.takeOutput();
  engine.flushed(4);
  engine.receive(parseHex("7900"), 5);
  assert.deepEqual(entries, [
    { atMs: 3, direction: "out", bytes: parseHex("7f"), note: "synchronise" },
    { atMs: 5, direction: "in", bytes: parseHex("79"), note: "ACK" },
    { atMs: 5, direction: "drop", bytes: parseHex("00"), note: undefined },
  ]);
});
