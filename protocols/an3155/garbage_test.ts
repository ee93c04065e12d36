import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bytes } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { type ByteLink, Engine, type Procedure, ProtocolError } from "../link/mod.ts";
import { ACK, COMMANDS, NACK } from "./constants.ts";
import * as host from "./host.ts";
import { OPEN_BOOTLOADER, PROFILES, ROM_EXTENDED_ERASE } from "./profiles.ts";
import { connect } from "./session.ts";
import { runBootRom } from "./target.ts";

const WITHIN = { withinMs: 1000 };

const HOSTS: Readonly<Record<string, (link: ByteLink) => Procedure<unknown>>> = {
  synchronise: host.synchronise,
  resynchronise: (link) => host.resynchronise(link),
  getCommands: host.getCommands,
  getVersion: host.getVersion,
  getId: host.getId,
  readMemory: (link) => host.readMemory(link, 0x0800_0000, 16),
  go: (link) => host.go(link, 0x0800_0000),
  writeMemory: (link) => host.writeMemory(link, 0x0800_0000, Uint8Array.of(1, 2, 3, 4)),
  writeAhead: (link) => host.writeMemory(link, 0x0800_0000, Uint8Array.of(1, 2, 3, 4), { sendAhead: "everything" }),
  erasePages: (link) => host.erasePages(link, [1], WITHIN),
  massErase: (link) => host.massErase(link, "all", WITHIN),
  writeProtect: (link) => host.writeProtect(link, [1]),
  readoutUnprotect: (link) => host.readoutUnprotect(link),
  getChecksum: (link) => host.getChecksum(link, 0x0800_0000, 16),
  special: (link) => host.special(link, 0x0100, Uint8Array.of(1)),
  extendedSpecial: (link) =>
    host.extendedSpecial(link, 0x0100, { request: Uint8Array.of(1), payload: Uint8Array.of(2) }),
  connect: (link) => connect(link),
};

/** Bytes that get through more often than chance would have it. */
const byte = fc.oneof(fc.constantFrom(ACK, NACK, 0x76, 0x00, 0x01, 0x7f), fc.nat(0xff));
const chunks = fc.array(fc.array(byte, { maxLength: 20 }).map((bytes): Bytes => Uint8Array.from(bytes)), {
  maxLength: 40,
});

/** Feeds an engine chunk after chunk, then lets its time run out; gives when it ended. */
function feed(engine: Engine<unknown>, given: readonly Bytes[]): number {
  let nowMs = 0;
  for (const chunk of given) {
    settle(engine, nowMs);
    engine.receive(chunk, nowMs);
    nowMs += 10;
    engine.tick(nowMs);
  }
  for (settle(engine, nowMs); engine.outcome === undefined && engine.wakeAtMs < Infinity; settle(engine, nowMs)) {
    nowMs = engine.wakeAtMs;
    engine.tick(nowMs);
  }
  return nowMs;
}

function settle(engine: Engine<unknown>, nowMs: number): void {
  do {
    engine.takeOutput();
    if (engine.wait?.kind === "flush") engine.flushed(nowMs);
  } while (engine.wait?.kind === "flush");
}

for (const [name, start] of Object.entries(HOSTS)) {
  Deno.test(`${name}() ends in time with a result or a typed error, whatever comes [seed 1]`, () => {
    fc.assert(
      fc.property(chunks, (given) => {
        const engine = new Engine(start);
        const endMs = feed(engine, given);
        assert(engine.outcome !== undefined, "it still waits");
        assert(endMs < 200_000, `it took ${endMs} ms`);
        if (engine.outcome.kind === "done") return;
        assert(engine.outcome.error instanceof ProtocolError, String(engine.outcome.error));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
}

/** Commands with their complements, so that garbage gets past the first two bytes. */
const command = fc.constantFrom(...Object.values(COMMANDS)).map((code): Bytes => Uint8Array.of(code, code ^ 0xff));
const hostBytes = fc.array(
  fc.oneof(command, fc.array(byte, { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes))),
  {
    maxLength: 60,
  },
);

for (const profile of [...PROFILES, { ...OPEN_BOOTLOADER, pauseMs: 400 }]) {
  Deno.test(`runBootRom() takes any bytes, ${profile.name} with a pause of ${profile.pauseMs} ms [seed 1]`, () => {
    fc.assert(
      fc.property(hostBytes, (given) => {
        const device = new ArrayDevice(findPart("stm32g071xb"));
        const engine = new Engine((link) => runBootRom(link, { device, profile }));
        engine.receive(Uint8Array.of(0x7f), 0);
        feed(engine, given);
        if (engine.outcome?.kind === "failed") throw engine.outcome.error;
      }),
      { seed: 1, numRuns: 300 },
    );
  });
}

Deno.test("runBootRom() answers every pair of bytes that is no command with one NACK", () => {
  const device = new ArrayDevice(findPart("stm32g071xb"));
  for (let first = 0; first <= 0xff; first++) {
    for (const second of [first, 0x00, 0x55, first ^ 0xfe]) {
      if ((first ^ second) === 0xff) continue;
      const engine = new Engine((link) => runBootRom(link, { device, profile: ROM_EXTENDED_ERASE }));
      engine.receive(Uint8Array.of(0x7f, first, second), 0);
      const answers = engine.takeOutput().map((frame) => frame[0]);
      assert.deepEqual(answers, [ACK, NACK]);
    }
  }
});
