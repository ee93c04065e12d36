/**
 * Senders and receivers of XMODEM and YMODEM among others who never stop: everything ends, in bounded time and memory, and
 * with an error that says so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes, formatHex, parseHex } from "../core/mod.ts";
import { Random } from "../emulator/mod.ts";
import { type ByteLink, Engine, type Outcome, type Procedure, ProtocolError } from "../protocols/link/mod.ts";
import { collectFile, encodeBlock, receiveXmodem, sendXmodem } from "../protocols/xmodem/mod.ts";
import { collectBatch, encodeFileHeader, receiveYmodem, sendYmodem } from "../protocols/ymodem/mod.ts";

/** Few enough for the slowest of them to get there. */
const LIMITS = { sizeBytes: 20_000, fileCountMax: 20 };
const data = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);

/** Ten tries of a purge of a minute; 20,000 bytes, a block every nine seconds; and some. */
const BOUND_MS = 2_000_000;

type Start = (link: ByteLink) => Procedure<unknown>;

const SENDERS: Readonly<Record<string, Start>> = {
  "sendXmodem()": (link) => sendXmodem(link, data),
  "sendYmodem()": (link) => sendYmodem(link, [{ name: "x", data }, { name: "y", data }]),
};

const RECEIVERS: Readonly<Record<string, Start>> = {
  "receiveXmodem()": (link) => receiveXmodem(link, collectFile(LIMITS.sizeBytes)),
  "receiveXmodem(), checksums": (link) => receiveXmodem(link, collectFile(LIMITS.sizeBytes), { request: "checksum" }),
  "receiveYmodem()": (link) => receiveYmodem(link, collectBatch(LIMITS.sizeBytes).accept, LIMITS),
  "receiveYmodem(), a stream": (link) =>
    receiveYmodem(link, collectBatch(LIMITS.sizeBytes).accept, { ...LIMITS, request: "stream" }),
};

/** How somebody talks who does not listen. */
interface Chatter {
  readonly name: string;
  /** What he says, the nth time. */
  readonly say: (nth: number) => Bytes;
  /** How often, in milliseconds. */
  readonly everyMs: number;
}

const repeated = (name: string, hex: string, everyMs: number): Chatter => ({
  name: `${name} every ${everyMs} ms`,
  say: () => parseHex(hex),
  everyMs,
});

const shortBlock = (number: number) => encodeBlock(data.subarray(0, 128), { number, sizeBytes: 128, check: "crc" });
const header = (sizeBytes: number) =>
  encodeBlock(encodeFileHeader({ name: "x", sizeBytes }), { number: 0, sizeBytes: 128, check: "crc" });

const CHATTERS: readonly Chatter[] = [
  ...[5, 700, 5000, 9000].flatMap((everyMs): Chatter[] => [
    repeated("EOT", "04", everyMs),
    repeated("one CAN and something else", "1800", everyMs),
    repeated("ACK", "06", everyMs),
    repeated("NAK", "15", everyMs),
    repeated("C", "43", everyMs),
    repeated("G", "47", everyMs),
    repeated("SOH", "01", everyMs),
    repeated("STX", "02", everyMs),
    repeated("00", "00", everyMs),
    { name: `block 1 every ${everyMs} ms`, say: () => shortBlock(1), everyMs },
    { name: `block 0 every ${everyMs} ms`, say: () => header(10_000), everyMs },
    { name: `an empty header every ${everyMs} ms`, say: () => shortBlock(0).fill(0, 3, 133), everyMs },
    { name: `all blocks for ever, every ${everyMs} ms`, say: shortBlock, everyMs },
    {
      name: `files for ever, every ${everyMs} ms`,
      say: (nth) => [header(128), shortBlock(1), parseHex("04")][nth % 3]!,
      everyMs,
    },
    {
      name: `files without a size for ever, every ${everyMs} ms`,
      say: (nth) => nth % 100 === 0 ? shortBlock(0) : shortBlock(nth % 100),
      everyMs,
    },
  ]),
  ...[1, 2, 3, 4].flatMap((seed) =>
    [5, 40, 1500].map((everyMs): Chatter => {
      const random = new Random(seed);
      return {
        name: `garbage with seed ${seed} every ${everyMs} ms`,
        say: () => Uint8Array.from({ length: 1 + random.below(64) }, () => random.below(256)),
        everyMs,
      };
    })
  ),
  ...[7, 8].map((seed): Chatter => {
    const random = new Random(seed);
    const words = ["01", "02", "04", "06", "15", "18", "43", "47", "0101fe", "0100ff", "0202fd", "0606"].map(parseHex);
    return {
      name: `what looks right, with seed ${seed}`,
      say: () => words[random.below(words.length)]!,
      everyMs: 30,
    };
  }),
];

/** What came of it. */
interface Ending {
  readonly outcome: Outcome<unknown>;
  readonly endMs: number;
  readonly sentBytes: number;
}

function listen(start: Start, { say, everyMs }: Chatter): Ending {
  const engine = new Engine(start);
  let sentBytes = 0;
  let nextMs = 0;
  for (let [nowMs, nth] = [0, 0]; nowMs < BOUND_MS; nowMs = Math.min(nextMs, engine.wakeAtMs)) {
    if (nowMs >= nextMs) {
      engine.receive(say(nth++), nowMs);
      nextMs += everyMs;
    }
    engine.tick(nowMs);
    sentBytes += settle(engine, nowMs);
    if (engine.outcome !== undefined) return { outcome: engine.outcome, endMs: nowMs, sentBytes };
  }
  throw new Error(`No end after ${BOUND_MS} ms: it waits for ${JSON.stringify(engine.wait)}`);
}

function settle(engine: Engine<unknown>, nowMs: number): number {
  const sentBytes = concatBytes(engine.takeOutput()).length;
  if (engine.wait?.kind !== "flush") return sentBytes;
  engine.flushed(nowMs);
  return sentBytes + settle(engine, nowMs);
}

for (const [name, start] of Object.entries({ ...SENDERS, ...RECEIVERS })) {
  Deno.test(`${name} comes to an end, whoever talks and does not listen`, () => {
    for (const chatter of CHATTERS) {
      const { outcome, sentBytes } = listen(start, chatter);
      if (outcome.kind === "failed") {
        assert(outcome.error instanceof ProtocolError, `${chatter.name}: ${outcome.error}`);
      }
      // Ten tries of the largest block, for each block and header.
      assert(sentBytes < 200_000, chatter.name);
    }
  });
}

/** Chatters that a receiver could take for a file are left out: an EOT in time is an empty one. */
for (const [name, start] of Object.entries(RECEIVERS)) {
  Deno.test(`${name} is never content with garbage`, () => {
    for (const chatter of CHATTERS.filter(({ name }) => name.startsWith("garbage"))) {
      assert.equal(listen(start, chatter).outcome.kind, "failed", chatter.name);
    }
  });
}

Deno.test("receivers keep no more than they were allowed, and remember no more files", () => {
  const forEver: Chatter = { name: "blocks", say: (nth) => shortBlock(nth + 1), everyMs: 1 };
  const file = collectFile(LIMITS.sizeBytes);
  const { outcome } = listen((link) => receiveXmodem(link, file), forEver);
  assert(outcome.kind === "failed" && outcome.error instanceof ProtocolError && outcome.error.code === "too-large");
  assert(file.bytes.length <= LIMITS.sizeBytes && file.bytes.buffer.byteLength < 2 * LIMITS.sizeBytes);

  const files: Chatter = {
    name: "files",
    say: (nth) => nth % 2 === 0 ? header(0) : parseHex("04"),
    everyMs: 10,
  };
  const batch = listen((link) => receiveYmodem(link, collectBatch(9).accept, { fileCountMax: 20 }), files).outcome;
  assert(batch.kind === "failed" && batch.error instanceof ProtocolError && batch.error.code === "too-many-files");
});

Deno.test("a file's announced size allocates nothing", () => {
  const huge: Chatter = { name: "huge", say: () => header(999_999_999_999_999), everyMs: 10 };
  const { outcome } = listen((link) => receiveYmodem(link, collectBatch(LIMITS.sizeBytes).accept), huge);
  assert(outcome.kind === "failed" && outcome.error instanceof ProtocolError && outcome.error.code === "too-large");
});

/** An end broken off from this side, in whatever it was waiting for. */
for (const [name, start] of Object.entries({ ...SENDERS, ...RECEIVERS })) {
  Deno.test(`${name} says CAN when it is broken off, and fails with the reason`, () => {
    const reason = new Error("the user pressed Ctrl-C");
    for (const said of ["", "43", "47", "15", "0101", formatHex(header(1000)), "4306"]) {
      const engine = new Engine(start);
      settle(engine, 0);
      engine.receive(parseHex(said), 1);
      settle(engine, 1);
      if (engine.wait === undefined) continue;
      engine.abort(reason);
      assert.equal(formatHex(concatBytes(engine.takeOutput())), "18".repeat(8) + "08".repeat(8));
      engine.flushed(2);
      assert.deepEqual(engine.outcome, { kind: "failed", error: reason });
    }
  });

  Deno.test(`${name} fails when the port goes away`, () => {
    for (const said of ["", "43", "0101", formatHex(header(1000))]) {
      const engine = new Engine(start);
      settle(engine, 0);
      engine.receive(parseHex(said), 1);
      settle(engine, 1);
      if (engine.wait === undefined) continue;
      engine.close(2);
      const { outcome } = engine;
      assert(outcome?.kind === "failed" && outcome.error instanceof ProtocolError);
      assert.equal(outcome.error.code, "closed", said);
    }
  });
}
