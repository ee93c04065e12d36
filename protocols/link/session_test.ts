import assert from "node:assert/strict";
import { parseHex } from "../../core/mod.ts";
import type { ByteLink } from "./byte_link.ts";
import { LinkClosedError, LinkTimeoutError } from "./error.ts";
import type { Port } from "./port.ts";
import type { Procedure } from "./procedure.ts";
import { PortSession } from "./session.ts";

/** Two ports joined by a wire without delay. */
function portPair(): [Port, Port] {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  const close = () => Promise.resolve();
  return [
    { name: "a", readable: back.readable, writable: there.writable, close },
    { name: "b", readable: there.readable, writable: back.writable, close },
  ];
}

function* sleepAnd(link: ByteLink, value: number): Procedure<number> {
  yield* link.sleep(0);
  return value;
}

Deno.test("PortSession runs both ends of a conversation of many frames", async () => {
  const [a, b] = portPair();
  await using host = new PortSession(a);
  await using target = new PortSession(b);
  const frameCount = 200;
  const sums = await Promise.all([
    host.run(function* (link) {
      let sum = 0;
      for (let index = 0; index < frameCount; index++) {
        link.send(Uint8Array.of(index, index));
        yield* link.flush();
        sum += yield* link.readByte("echo", 5000);
      }
      return sum;
    }),
    target.run(function* (link) {
      let sum = 0;
      for (let index = 0; index < frameCount; index++) {
        const [byte] = yield* link.read(2, "frame", 5000);
        link.send(Uint8Array.of(byte!));
        sum += byte!;
      }
      return sum;
    }),
  ]);
  const expected = frameCount * (frameCount - 1) / 2;
  assert.deepEqual(sums, [expected, expected]);
});

Deno.test("PortSession keeps bytes between two procedures", async () => {
  const [a, b] = portPair();
  await using session = new PortSession(a);
  const writer = b.writable.getWriter();
  const written = writer.write(parseHex("010203"));
  assert.equal(await session.run((link) => link.readByte("first byte", 5000)), 1);
  await written;
  assert.deepEqual(await session.run((link) => link.read(2, "the rest", 5000)), parseHex("0203"));
});

Deno.test("PortSession keeps the bytes of a device that answers while the procedure that asked is on its way out", async () => {
  for (let turnCount = 0; turnCount < 40; turnCount++) {
    let device: ReadableStreamDefaultController<Uint8Array> | undefined;
    await using session = new PortSession({
      name: "quick",
      readable: new ReadableStream({ start: (controller) => void (device = controller) }),
      writable: new WritableStream(),
      drain() {
        let turns = Promise.resolve();
        for (let turn = 0; turn < turnCount; turn++) turns = turns.then(() => {});
        turns.then(() => device!.enqueue(parseHex("7f")));
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
    await session.run(function* (link) {
      link.send(parseHex("01"));
      yield* link.flush();
    });
    assert.equal(await session.run((link) => link.readByte("answer", 200)), 0x7f, `after ${turnCount} turns`);
  }
});

Deno.test("PortSession fails with LinkClosedError when the device goes away", async () => {
  const [a, b] = portPair();
  await using session = new PortSession(a);
  const waiting = session.run((link) => link.readByte("anything", Infinity));
  await b.writable.close();
  await assert.rejects(waiting, LinkClosedError);
  await assert.rejects(session.run((link) => link.readByte("anything", Infinity)), LinkClosedError);
});

Deno.test("PortSession fails with the wire's own error as cause", async () => {
  const [a, b] = portPair();
  await using session = new PortSession(a);
  const waiting = session.run((link) => link.readByte("anything", Infinity));
  const unplugged = new Error("unplugged");
  await b.writable.abort(unplugged);
  await assert.rejects(waiting, (error) => error instanceof LinkClosedError && error.cause === unplugged);
});

Deno.test("PortSession rejects with the signal's own reason, after a last word", async () => {
  const [a, b] = portPair();
  await using session = new PortSession(a);
  const reader = b.readable.getReader();
  const abort = new AbortController();
  const running = session.run(function* (link) {
    try {
      yield* link.readByte("anything", Infinity);
    } finally {
      link.send(parseHex("18"));
      yield* link.flush();
    }
  }, { signal: abort.signal });
  const reason = new Error("Ctrl-C");
  abort.abort(reason);
  const [, lastWord] = await Promise.all([assert.rejects(running, reason), reader.read()]);
  assert.deepEqual(lastWord.value, parseHex("18"));
  assert.equal(await session.run((link) => sleepAnd(link, 7)), 7, "the port is free again");
});

Deno.test("PortSession reads an answer that is there before the port says that the frame has left, unless it is to wait", async () => {
  for (const isStrict of [false, true]) {
    const [a, b] = portPair();
    const drained = Promise.withResolvers<void>();
    await using session = new PortSession({ ...a, writable: new WritableStream(), drain: () => drained.promise });
    const events: string[] = [];
    const running = session.run(function* (link) {
      link.send(parseHex("31ce"));
      yield* isStrict ? link.flush() : link.flushOrHear();
      yield* link.readByte("ACK", 20_000);
      events.push("answer");
    });
    await b.writable.getWriter().write(parseHex("79"));
    if (isStrict) {
      events.push("drained");
      drained.resolve();
    }
    await running;
    events.push("drained");
    drained.resolve();
    assert.deepEqual(events, isStrict ? ["drained", "answer", "drained"] : ["answer", "drained"]);
  }
});

Deno.test("PortSession does not wait for a port that takes no bytes once it is broken off", async () => {
  const never = new Promise<void>(() => {});
  await breakOffStuck({ writable: new WritableStream({ write: () => never }) });
  await breakOffStuck({ writable: new WritableStream(), drain: () => never });
});

async function breakOffStuck(port: Pick<Port, "writable" | "drain">): Promise<void> {
  const close = () => Promise.resolve();
  await using session = new PortSession({ name: "stuck", readable: new ReadableStream(), close, ...port });
  const abort = new AbortController();
  const running = session.run(function* (link) {
    try {
      link.send(parseHex("01"));
      yield* link.flush();
    } finally {
      link.send(parseHex("18"));
      yield* link.flush();
    }
  }, { signal: abort.signal });
  const reason = new Error("Ctrl-C");
  abort.abort(reason);
  await assert.rejects(running, reason);
  const next = session.run((link) => link.readByte("anything", Infinity));
  // What is stuck stays stuck; and it was given up after a second, not after the two minutes of a write.
  await assert.rejects(
    next,
    ({ cause }) => cause instanceof Error && cause.message === "the port took no bytes for 1000 ms",
  );
}

Deno.test("PortSession refuses a second procedure while one runs, and an aborted signal at once", async () => {
  const [a] = portPair();
  const session = new PortSession(a);
  const first = session.run((link) => link.readByte("anything", Infinity));
  await assert.rejects(session.run((link) => sleepAnd(link, 1)), TypeError);
  await Promise.all([assert.rejects(first, LinkClosedError), session.close()]);
  await assert.rejects(
    session.run((link) => sleepAnd(link, 1), { signal: AbortSignal.abort("no") }),
    (error) => error === "no",
  );
});

Deno.test("PortSession lets a deadline pass without a byte", async () => {
  const [a] = portPair();
  await using session = new PortSession(a);
  await assert.rejects(session.run((link) => link.readByte("anything", 1)), LinkTimeoutError);
});
