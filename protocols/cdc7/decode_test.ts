import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, parseHex } from "../../core/mod.ts";
import { Cdc7ArrayDevice } from "../../tests/cdc7_array_device.ts";
import { Engine, parseTrace, ProtocolError } from "../link/mod.ts";
import { decodeTrace, formatDecodedFrame } from "./decode.ts";
import { flashOverCdc7 } from "./host.ts";
import { planCdc7 } from "./plan.ts";
import { PROFILES } from "./profiles.ts";
import { runCdc7Target } from "./target.ts";

const PACKET = "00 00 02 20" + " ff".repeat(60);

const TRACE = `
0 > 80 01 00 78 56 34 12
1 < 10 80 00
2 > ${PACKET}
3 < 40 00 00
4 > ${PACKET}
5 < 30 00 00 50 7f 00
6 > 70 00 00 00 00 00 00
7 < 10 70 00
8 x 00
9 > 60 00
`;

Deno.test("decodeTrace() tells a packet from a command, and a result from a reply", () => {
  const frames = decodeTrace(parseTrace(TRACE));
  assert.deepEqual(frames.map(({ text, isRight }) => `${isRight ? "" : "! "}${text}`), [
    "download of 1 packets, checksum 0x12345678",
    "ACK of download",
    "packet of 64 bytes",
    "! packet 0 is missing",
    "packet of 64 bytes",
    "ACK of packet 0",
    "! error: checksum-mismatch",
    "erase",
    "ACK of erase",
    "dropped unread",
    "! a frame without an end",
  ]);
  assert.equal(
    formatDecodedFrame(frames[0]!),
    "       0.000 > 80 01 00 78 56 34 12         download of 1 packets, checksum 0x12345678",
  );
});

Deno.test("decodeTrace() takes no packet for one before a download", () => {
  const frames = decodeTrace(
    parseTrace("0 < 30 00 00\n1 > 70 00 00 00 00 00 00\n2 < 50 84 00\n3 > 60 00 00 00 00 00 00\n"),
  );
  assert.deepEqual(frames.map(({ text }) => text), ["ACK of packet 0", "erase", "error: no-application", "execute"]);
});

const raw = fc.uint8Array({ maxLength: 80 }).map((bytes): Bytes => Uint8Array.from(bytes));
const reply = fc.constantFrom("108000", "106000", "300000", "300100", "400000", "507f00", "508300", "500100").map(
  parseHex,
);
const command = fc.constantFrom("60000000000000", "70000000000000", "80010078563412", "80ffff00000000").map(parseHex);

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

Deno.test("flashOverCdc7() ends in time with a result or a typed error, whatever comes [seed 1]", () => {
  const payload = parseHex("00000220 01020304".replace(" ", ""));
  fc.assert(
    fc.property(fc.array(fc.oneof(raw, reply, reply), { maxLength: 40 }), (given) => {
      const engine = new Engine((link) => flashOverCdc7(link, payload));
      assert(feed(engine, given) < 2_000_000);
      assert(engine.outcome !== undefined);
      if (engine.outcome.kind === "failed") {
        assert(engine.outcome.error instanceof ProtocolError, String(engine.outcome.error));
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

for (const profile of PROFILES) {
  Deno.test(`runCdc7Target() takes any bytes: ${profile.name} [seed 1]`, () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(raw, command), { maxLength: 30 }), (given) => {
        const device = new Cdc7ArrayDevice(256);
        const engine = new Engine((link) => runCdc7Target(link, { device, profile }));
        feed(engine, given);
        if (engine.outcome?.kind === "failed") throw engine.outcome.error;
      }),
      { seed: 1, numRuns: 300 },
    );
  });
}

Deno.test("planCdc7() counts packets by hand", () => {
  assert.deepEqual(planCdc7(1), { packetCount: 1, bytesOut: 71, bytesIn: 9, roundTrips: 2 });
  assert.deepEqual(planCdc7(64), { packetCount: 1, bytesOut: 71, bytesIn: 9, roundTrips: 2 });
  assert.deepEqual(planCdc7(64, { alwaysPads: true }), { packetCount: 2, bytesOut: 135, bytesIn: 12, roundTrips: 3 });
});
