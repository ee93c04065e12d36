/**
 * One update that fills both slots of an emulated H747, over every transport: what staging takes, what the host reads back,
 * what the copy takes, in virtual time with typical flash times. All of it is simulated, byte for byte, and held against the
 * plans and against sums made here.
 *
 * What a CPU computes takes no time here: digests and signatures are not in these figures.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sectorsOf } from "../../core/parts/mod.ts";
import { findLayout } from "../../packager/layouts/mod.ts";
import { addCosts, lineTimeMs } from "../../protocols/an3155/mod.ts";
import { planYmodem } from "../../protocols/ymodem/mod.ts";
import { type RehearsalReport, rehearse, type TransportName } from "../../rehearsal/mod.ts";
import { planStaging } from "../../updates/mod.ts";
import { importKnownKey } from "../small_pair.ts";
import { packRelease } from "../sweeps/loader_releases.ts";

const LAYOUT = findLayout("stm32h747");
const SECTOR_BYTES = 128 * 1024;
const UNIT_BYTES = 32;
const TRAILER_BYTES = 288;

/** Packets of 64 bytes that full-speed USB carries in a millisecond (USB 2.0, table 5-9). */
const WIRE_BYTES_PER_MS = 19 * 64;

const { sectorErase: [ERASE], program: PROGRAM } = LAYOUT.part.flash.timings[0]!;

/** Full slots: payload up to the header, header and commit word. Every sector is erased, every unit programmed. */
const flashMsOf = (sizeBytes: number): number =>
  (sizeBytes / SECTOR_BYTES * ERASE!.typicalUs + sizeBytes / UNIT_BYTES * PROGRAM.typicalUs) / 1000;

/** Start bit, 8 bits, stop bit. */
const BITS_8N1 = 10;

/** The last answers of a session, a reset, and the start of the application. */
const END_MS_MAX = 50;

const SLOT_SIZES = LAYOUT.slots.map(({ sizeBytes }) => sizeBytes);
const FLASH_MS = SLOT_SIZES.reduce((sum, sizeBytes) => sum + flashMsOf(sizeBytes), 0);
const SLOTS_BYTES = SLOT_SIZES.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
const BUNDLE = (await packRelease(LAYOUT, {
  name: "full",
  counter: 1,
  sizes: SLOT_SIZES.map((sizeBytes) => sizeBytes - TRAILER_BYTES),
})).bundle;
const KEYS = [(await importKnownKey("ed25519")).publicKey];

/** One update, its times in milliseconds of virtual time. */
interface Run {
  readonly report: RehearsalReport;
  /** From the first byte to the last commit word. */
  readonly stagingMs: number;
  /** Of this, the host reads back what it has written; none where the device does it. */
  readonly readBackMs: number;
  /** From the first erase in slot A to its last commit word. */
  readonly copyMs: number;
}

const TRANSPORTS: readonly (readonly [TransportName, baudRate?: number])[] = [
  ["cdc"],
  ["ymodem", 115_200],
  ["ymodem", 921_600],
  ["an3155", 115_200],
  ["an3155", 921_600],
];

const RUNS = new Map<string, Promise<Run>>();

function run(transport: TransportName, baudRate?: number): Promise<Run> {
  const key = `${transport} ${baudRate}`;
  const known = RUNS.get(key) ?? simulateUpdate(transport, baudRate);
  RUNS.set(key, known);
  return known;
}

async function simulateUpdate(transport: TransportName, baudRate?: number): Promise<Run> {
  const report = await rehearse(BUNDLE, { layout: LAYOUT, keys: KEYS, transport, baudRate, faults: [] });
  const { operations: { staging, install }, times: { stagingMs }, timeLine, verifications: [verification] } = report;
  for (const phase of [staging, install]) {
    assert.deepEqual(phase, { eraseCount: SLOTS_BYTES / SECTOR_BYTES, programCount: SLOTS_BYTES / UNIT_BYTES });
  }
  const copy = timeLine.filter(({ phase }) => phase === "install");
  const copyMs = copy.at(-1)!.endMs - copy[0]!.startMs;
  assertNear(copyMs, FLASH_MS, 1e-6);
  const readBackMs = transport === "an3155" ? verification!.endMs - verification!.startMs : 0;
  return { report, stagingMs, readBackMs, copyMs };
}

function assertNear(actual: number, expected: number, share: number): void {
  assert(Math.abs(actual / expected - 1) < share, `${actual} ms instead of ${expected} ms`);
}

Deno.test("CDC: staging takes no more than 5 % over the larger of wire time and flash time", async () => {
  const { stagingMs, report: { transport: { bytesToTarget } } } = await run("cdc");
  const wireMs = bytesToTarget / WIRE_BYTES_PER_MS;
  const larger = Math.max(FLASH_MS, wireMs);
  console.log(
    `CDC: staging ${stagingMs.toFixed(1)} ms, flash ${FLASH_MS.toFixed(1)} ms, wire ${wireMs.toFixed(1)} ms, ` +
      `${((stagingMs / larger - 1) * 100).toFixed(2)} % over the larger`,
  );
  assert(stagingMs >= larger && stagingMs <= 1.05 * larger);
});

for (const baudRate of [115_200, 921_600]) {
  Deno.test(`YMODEM at ${baudRate} baud: the time of its bytes and of flash, one after the other`, async () => {
    const { stagingMs, report: { transport: { bytesToTarget, bytesToHost } } } = await run("ymodem", baudRate);
    const { ours } = planYmodem([{ name: "update.cslot", sizeBytes: BUNDLE.length }]);
    assert.deepEqual([bytesToTarget, bytesToHost], [ours.bytesToReceiver, ours.bytesToSender]);
    const wireMs = (bytesToTarget + bytesToHost) * BITS_8N1 * 1000 / baudRate;
    // Behind the last commit word come the end of the file and the empty header.
    assertNear(stagingMs, wireMs + ours.silenceMs + FLASH_MS, 0.001);
  });

  Deno.test(`AN3155 at ${baudRate} baud: what planStaging() foretells, byte for byte`, async () => {
    const { stagingMs, readBackMs, report: { transport: { bytesToTarget, bytesToHost } } } = await run(
      "an3155",
      baudRate,
    );
    const { ours, guard } = planStaging(BUNDLE, { part: LAYOUT.part });
    const all = addCosts([ours.total, guard]);
    assert.deepEqual([bytesToTarget, bytesToHost], [all.bytesOut, all.bytesIn]);
    assertNear(stagingMs, lineTimeMs(all, { baudRate }) + FLASH_MS, 0.001);
    // The commit words are read back after they were written, and nothing is written behind that.
    assertNear(readBackMs, lineTimeMs(ours.verify, { baudRate }), 0.001);
  });
}

Deno.test("two banks at a time would take the time of the fuller one: a figure, not simulated", () => {
  const sectors = sectorsOf(LAYOUT.part, LAYOUT.bankMode);
  const banks = LAYOUT.slots.map(({ addressB }) => sectors.find(({ addressStart }) => addressStart === addressB)!.bank);
  assert.deepEqual(banks, [1, 2]);
  const parallelMs = Math.max(...SLOT_SIZES.map(flashMsOf));
  assert.equal(parallelMs, 4 * 1000 + 512 * 1024 / UNIT_BYTES * 0.1);
  console.log(
    `banks one after the other ${FLASH_MS.toFixed(1)} ms (simulated), at a time ${
      parallelMs.toFixed(1)
    } ms (worked out): ` +
      `staging and copy each ${(FLASH_MS / parallelMs).toFixed(2)} times as fast`,
  );
});

Deno.test("the table of all transports", async () => {
  const formatRow = (name: string, cells: readonly string[]) =>
    name.padEnd(26) + cells.map((cell) => cell.padStart(11)).join("");
  const rows = [formatRow("", ["bytes out", "bytes in", "staging s", "read back s", "copy s", "runs at s"])];
  for (const [name, baudRate] of TRANSPORTS) {
    const { stagingMs, readBackMs, copyMs, report: { transport, times } } = await run(name, baudRate);
    rows.push(formatRow(`${name}, ${transport.wire}`, [
      ...[transport.bytesToTarget, transport.bytesToHost].map(String),
      ...[stagingMs, readBackMs, copyMs, times.totalMs].map((durationMs) => (durationMs / 1000).toFixed(2)),
    ]));
    assert(times.totalMs < stagingMs + copyMs + END_MS_MAX);
  }
  console.log(rows.join("\n"));
});
