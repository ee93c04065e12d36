import assert from "node:assert/strict";
import { type Bytes, concatBytes } from "../../core/mod.ts";
import { CdcArrayDevice } from "../../tests/cdc_array_device.ts";
import { makeCdcSet, patternOf } from "../../tests/cdc_header.ts";
import { Engine } from "../link/mod.ts";
import { FRAME_TYPES, type FrameName } from "./constants.ts";
import { decodeTrace } from "./decode.ts";
import { encodeFrame } from "./frames.ts";
import { runCdcTarget } from "./target.ts";

const SET = makeCdcSet(2, [patternOf(2, 3000)]);
const HELLO: Bytes = Uint8Array.of(1, 0, 0, 0);

/** A device that clones in three erases of 300 ms and a chunk, driven by hand. */
class Driven {
  readonly device: CdcArrayDevice;
  readonly #engine: Engine<unknown>;
  #nowMs = 0;

  constructor(eraseMs = 300) {
    this.device = new CdcArrayDevice({
      slotSizes: [4096],
      sectorBytes: 1024,
      unitBytes: 32,
      limits: { dataSizeMax: 2048, window: 2, silenceMs: 500 },
      times: { eraseMs, programMs: 0 },
    });
    this.device.preload("a", makeCdcSet(1, [patternOf(2, 3000)]).images);
    this.#engine = new Engine((link) => runCdcTarget(link, { device: this.device }));
  }

  send(
    name: FrameName,
    sequence: number,
    options: { readonly session?: number; readonly body?: Bytes; readonly argument?: number } = {},
  ): void {
    const { session = 1, body = new Uint8Array(0), argument = name === "begin" ? 1 : 0 } = options;
    this.#engine.receive(encodeFrame({ type: FRAME_TYPES[name], argument, sequence, session, body }), this.#nowMs);
  }

  begin(): void {
    this.send("hello", 0, { body: HELLO });
    this.send("begin", 1, { body: concatBytes([new Uint8Array(4), SET.images[0]!.header]) });
    this.takeReplies();
  }

  /** Lets time pass, and gives what the device says meanwhile. */
  pass(durationMs: number): string[] {
    const endMs = this.#nowMs + durationMs;
    while (this.#engine.wakeAtMs <= endMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#engine.wakeAtMs);
      this.#engine.tick(this.#nowMs);
    }
    this.#nowMs = endMs;
    return this.takeReplies();
  }

  /** Whether it talks no more. */
  get hasEnded(): boolean {
    return this.#engine.outcome !== undefined;
  }

  /** Lets what it has said leave. */
  flush(): void {
    this.#engine.flushed(this.#nowMs);
  }

  takeReplies(): string[] {
    const lines = this.#engine.takeOutput().map((bytes) => ({ atMs: this.#nowMs, mark: "<" as const, bytes }));
    return decodeTrace(lines).map(({ text }) => text.replace(/, credit.*/, ""));
  }
}

Deno.test("a device says every 200 ms and a step that it works", () => {
  const driven = new Driven();
  driven.begin();
  driven.send("clone", 2);
  assert.deepEqual(driven.pass(299), []);
  assert.deepEqual(driven.pass(1), ["2 clone: at work, erase image 0, 0 of 3000 bytes"]);
  const replies = driven.pass(2000);
  assert.deepEqual(replies.at(-1), "2 clone: done, next 3");
  assert(replies.slice(0, -1).every((text) => text.startsWith("2 clone: at work")));
});

Deno.test("a repeated command gets a notice at once, and is done once", () => {
  const driven = new Driven();
  driven.begin();
  driven.send("clone", 2);
  driven.send("clone", 2);
  const replies = driven.pass(2000);
  assert.equal(replies.filter((text) => text.includes("done")).length, 1);
  assert.equal(replies[0], replies[1], "one for the time, one for the repeat");
  const { operationCount } = driven.device;
  driven.send("clone", 2);
  assert.deepEqual(driven.pass(0), ["2 clone: done, next 3"]);
  assert.equal(driven.device.operationCount, operationCount);
});

Deno.test("an abort breaks a long operation off", () => {
  const driven = new Driven();
  driven.begin();
  driven.send("clone", 2);
  driven.pass(100);
  driven.send("abort", 3);
  assert.deepEqual(driven.pass(2000), ["2 clone: at work, erase image 0, 0 of 3000 bytes", "3 abort: done, next 4"]);
  assert.equal(driven.device.report().state, "idle");
});

Deno.test("the hello of another host breaks a long operation off, and what was begun stays", () => {
  const driven = new Driven();
  driven.begin();
  driven.send("clone", 2);
  driven.pass(650);
  driven.send("hello", 0, { session: 9, body: HELLO });
  const [notice, greeting, ...rest] = driven.pass(2000);
  assert(notice?.startsWith("2 clone: at work") && greeting?.startsWith("0 hello: done, next 1"));
  assert.deepEqual(rest, []);
  driven.send("status", 3);
  assert.deepEqual(driven.pass(0), ["3 status: refused, no-session"]);
  driven.send("status", 1, { session: 9 });
  assert(driven.pass(0)[0]?.startsWith("1 status: done"));
  assert.equal(driven.device.report().state, "receiving");
});

Deno.test("other frames in a long operation are forgotten", () => {
  const driven = new Driven();
  driven.begin();
  driven.send("clone", 2);
  driven.send("status", 3);
  driven.send("finish", 7);
  driven.send("abort", 5);
  driven.send("abort", 2);
  driven.send("abort", 3, { session: 9 });
  const replies = driven.pass(2000);
  assert.deepEqual(replies.filter((text) => !text.includes("at work")), ["2 clone: done, next 3"]);
});

Deno.test("a hello that is refused changes nothing: session, sequence numbers, last reply, what is being done", () => {
  const driven = new Driven();
  driven.begin();
  driven.send("status", 2);
  const [answer] = driven.pass(0);
  for (
    const [session, body] of [
      [1, Uint8Array.of(9, 0, 0, 0)],
      [7, Uint8Array.of(9, 0, 0, 0)],
      [7, Uint8Array.of(1, 0, 2, 0)],
      [7, Uint8Array.of(1, 0, 1, 0)],
      [0, HELLO],
    ] as const
  ) {
    driven.send("hello", 40, { session, body });
    assert.match(driven.pass(0)[0]!, /^40 hello: refused, (unknown-version|bad-body)/);
    // The last reply once more, then the next command.
    driven.send("status", 2);
    assert.deepEqual(driven.pass(0), [answer]);
  }
  driven.send("clone", 3);
  driven.send("hello", 0, { session: 0, body: HELLO });
  const replies = driven.pass(2000);
  assert.equal(replies.filter((text) => text === "0 hello: refused, bad-body").length, 1);
  assert.equal(replies.at(-1), "3 clone: done, next 4");
});

Deno.test("a device that has worked for 200 ms says so", () => {
  const driven = new Driven(200);
  driven.begin();
  driven.send("clone", 2);
  assert.deepEqual(driven.pass(199), []);
  assert.deepEqual(driven.pass(1), ["2 clone: at work, erase image 0, 0 of 3000 bytes"]);
});

Deno.test("a device that has just said that it works says so again after 200 ms", () => {
  const driven = new Driven(150);
  driven.begin();
  driven.send("clone", 2);
  // Four erases: it looks at its clock after 150, 300, 450 and 600 ms, and is done then.
  assert.deepEqual([driven.pass(449).length, driven.pass(100).length, driven.pass(51).length], [1, 0, 2]);
});

Deno.test("a gap is told of once, and again when something has come in between", () => {
  const driven = new Driven();
  driven.begin();
  const gapAfter = (name: FrameName, sequence: number, options = {}) => {
    driven.send(name, sequence, options);
    return driven.pass(0).filter((text) => text.startsWith("gap")).length;
  };
  assert.deepEqual([gapAfter("status", 5), gapAfter("status", 6)], [1, 0]);
  assert.deepEqual([gapAfter("status", 2), gapAfter("status", 6), gapAfter("status", 7)], [0, 1, 0]);
  assert.deepEqual([gapAfter("hello", 0, { body: HELLO }), gapAfter("status", 6)], [0, 1]);
});

Deno.test("a device goes on to what it starts when its reply has left, and not before", () => {
  const driven = new Driven();
  driven.begin();
  driven.send("reset", 2);
  assert.deepEqual(driven.takeReplies(), ["2 reset: done, next 3"]);
  assert.equal(driven.hasEnded, false);
  driven.flush();
  assert.equal(driven.hasEnded, true);
});

const HEADER = SET.images[0]!.header;
const u32 = (...values: number[]): Bytes => new Uint8Array(Uint32Array.from(values).buffer);

/** Commands whose body or argument cannot be. */
const MALFORMED: readonly (readonly [what: string, name: FrameName, argument: number, body: Bytes])[] = [
  ["begin without a header", "begin", 0, u32(0)],
  ["begin with seven", "begin", 7, concatBytes([u32(0), ...new Array<Bytes>(7).fill(HEADER)])],
  ["begin with fewer than it says", "begin", 2, concatBytes([u32(0), HEADER])],
  ["begin with a flag that is none", "begin", 1, concatBytes([u32(2), HEADER])],
  ["compare without a CRC", "compare", 0, u32(256)],
  ["compare with half a CRC", "compare", 0, concatBytes([u32(256, 1), Uint8Array.of(1, 2)])],
  ["compare in units of 128", "compare", 0, u32(128, 1)],
  ["compare in units of 2 MiB", "compare", 0, u32(1 << 21, 1)],
  ["compare in units of 300", "compare", 0, u32(300, 1)],
  ["compare in units of nothing", "compare", 0, u32(0, 1)],
  ["data without an offset", "data", 0, Uint8Array.of(0, 0, 0)],
  ["data without data", "data", 0, u32(0)],
  ...(["clone", "finish", "status", "abort", "reset", "boot"] as const).map((name) =>
    [`${name} with a body`, name, 0, u32(0)] as const
  ),
  ["boot in a way that is none", "boot", 2, new Uint8Array(0)],
];

for (const [what, name, argument, body] of MALFORMED) {
  Deno.test(`a device refuses ${what}, and goes on`, () => {
    const driven = new Driven();
    driven.begin();
    driven.send(name, 2, { argument, body });
    assert.deepEqual(driven.pass(5000), [`2 ${name}: refused, bad-body`]);
    driven.send("status", 3);
    assert(driven.pass(0)[0]?.startsWith("3 status: done"));
    assert.equal(driven.device.report().state, "receiving");
    assert.equal(driven.device.operationCount, 0);
  });
}
