/**
 * Rehearsals of small updates at all points: their figures against counts made elsewhere, and devices that must fail.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parseFaults } from "../emulator/fault_text.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import { type Bytes, MemoryImage } from "../core/mod.ts";
import { packBundle } from "../packager/pack.ts";
import { createSmallImages, importKnownKey, packSmallPair, packSmallSingle } from "../tests/small_pair.ts";
import { RehearsalError } from "./error.ts";
import { rehearse, type RehearseOptions } from "./rehearse.ts";
import schema from "./rehearsal.schema.json" with { type: "json" };
import type { ControlRule, RehearsalReport } from "./report.ts";
import type { TransportName } from "./transport.ts";

const SIGNING_KEY = await importKnownKey("ed25519");
const KEYS = [SIGNING_KEY.publicKey];
const PAIR = {
  layout: findLayout("stm32h745"),
  old: await packSmallPair({ images: createSmallImages(1), version: "1.0.0", counter: 6 }),
  next: await packSmallPair({ version: "2.0.0" }),
};
const SINGLE = {
  layout: findLayout("stm32f411"),
  old: await packSmallSingle({ version: "0.9.0" }),
  next: await packSmallSingle({ version: "1.0.0", counter: 2 }),
};

type Case = typeof PAIR;

function rehearseCase({ layout, old, next }: Case, options: Partial<RehearseOptions> = {}): Promise<RehearsalReport> {
  return rehearse(next, { layout, keys: KEYS, from: old, transport: "direct", everywhere: true, ...options });
}

const ajv = new Ajv2020({ allErrors: true });
const validate = ajv.compile(schema);

function assertValid(report: RehearsalReport): void {
  // As it is written to a file.
  assert(validate(JSON.parse(JSON.stringify(report))), ajv.errorsText(validate.errors));
}

/**
 * What must be counted, from sizes alone: [erases, program operations] of staging, which are those of the copy too.
 *
 * Pair: in 128 KiB sectors each slot has its payload in the first and header and commit word in the last one, so 2 erases a
 * core. Units of 32 bytes: payloads of 68 and 37 bytes are 3 and 2, a header is 8, a commit word 1.
 *
 * Single: A begins in sector 4 (64 KiB) and ends in sector 5, B begins in sector 6 and ends in sector 7 (128 KiB): 2
 * erases. Units of 4 bytes: a payload of 41 bytes, padded to 64, is 16, a header 64, a commit word 8.
 */
const CASES: readonly [name: string, of: Case, erases: number, programs: number][] = [
  ["a pair of cores on an H745", PAIR, 2 * 2, 3 + 2 + 2 * (8 + 1)],
  ["one core on an F411", SINGLE, 2, 16 + 64 + 8],
];

for (const [name, of, eraseCount, programCount] of CASES) {
  for (const hasOld of [true, false]) {
    Deno.test(`rehearse() proves ${hasOld ? "an update" : "a first install"} at every point: ${name}`, async () => {
      const report = await rehearseCase(of, hasOld ? {} : { from: undefined });
      assertValid(report);
      const { counts, operations, times } = report;
      assert.equal(report.isProven, true, report.verdict);
      assert.deepEqual(operations.staging, { eraseCount, programCount });
      assert.deepEqual(operations.install, { eraseCount, programCount });
      // Ways to lose power in each operation: model 0, and models 1 to 6 with either half first.
      assert.equal(counts.pointCount, 13 * 2 * (eraseCount + programCount));
      assert.equal(counts.enumeratedCount, counts.pointCount);
      assert.equal(counts.failedCount, 0);
      assert.equal(counts.booted.old + counts.booted.new + counts.booted.stays, counts.pointCount);
      assert.equal(hasOld ? counts.booted.stays : counts.booted.old, 0);
      assert.equal(report.worst.retryCount?.value, 1);
      assert.equal(report.worst.fewestSets?.value, hasOld ? 1 : 0);
      // Power goes away before anything is done: what ran before runs, and the whole update is yet to come.
      assert.deepEqual([report.points[0]!.booted, report.points[0]!.setCount], hasOld ? ["old", 2] : ["stays", 0]);
      assert(report.points[0]!.recoveryMs! > times.totalMs && report.points[0]!.recoveryMs! < times.totalMs + 10);
      for (const { eraseCount, worstEraseCount } of report.wear) assert(eraseCount === 1 && worstEraseCount <= 3);
      assert.equal(report.wear.length, 2 * eraseCount);
    });
  }
}

Deno.test("rehearse() finds the times of the flash, from the part's table", async () => {
  const { layout: { part } } = PAIR;
  const [{ sectorErase, program }] = part.flash.timings as [typeof part.flash.timings[number]];
  const halfMs = (4 * sectorErase[0]!.typicalUs + (3 + 2 + 18) * program.typicalUs) / 1000;
  const { times } = await rehearseCase(PAIR, { faults: [] });
  assert(Math.abs(times.stagingMs - halfMs) < 0.01, `${times.stagingMs} and ${halfMs}`);
  assert(Math.abs(times.installMs - halfMs) < 0.01);
  assert.equal(times.bootMs, 2);
});

const TRANSPORTS: readonly TransportName[] = ["cdc", "ymodem", "an3155"];
for (const transport of TRANSPORTS) {
  Deno.test(`rehearse() proves that the same release again does no harm over ${transport}`, async () => {
    const report = await rehearseCase({ ...PAIR, old: PAIR.next }, { transport, everywhere: false });
    assert.equal(report.isProven, true, report.verdict);
    assert.equal(report.counts.booted.new, report.counts.pointCount);
  });

  Deno.test(`rehearse() proves an update over ${transport}, and with the cable pulled`, async () => {
    const report = await rehearseCase(PAIR, { transport, everywhere: false, sampleCount: 20, seed: 5 });
    assertValid(report);
    assert.equal(report.isProven, true, report.verdict);
    const { counts, operations, times } = report;
    // 8 erases, 4 headers and commit words, and of each run of payload units first, middle, last: 3 of 3, 2 of 2. A host
    // at the boot ROM erases the 3 sectors as well that are blank.
    const blankCount = transport === "an3155" ? 3 : 0;
    const enumeratedCount = 13 * (2 * (4 + 18 + 3 + 2) + blankCount);
    assert.equal(counts.cutCount - counts.sampledCount, enumeratedCount);
    assert.equal(counts.sampledCount, 20);
    assert.equal(operations.totalCount, 54 + blankCount);
    assert.equal(counts.wireCount, Math.min(16, report.transport.framesToTarget));
    assert(report.transport.bytesToTarget > PAIR.next.length - 100);
    assert(Math.abs(times.stagingMs + times.installMs + times.bootMs - times.totalMs) < 0.01);
  });
}

Deno.test("rehearse() picks first, middle and last of long runs, and is the same again", async () => {
  const options = { everywhere: false, sampleCount: 7, seed: 9 };
  const report = await rehearseCase(SINGLE, options);
  // 2 erases, 64 + 8 units of header and commit word, and 3 of the 16 of the payload; all of it twice.
  assert.equal(report.counts.enumeratedCount, 13 * 2 * (2 + 72 + 3));
  assert.equal(JSON.stringify(await rehearseCase(SINGLE, options)), JSON.stringify(report));
  const other = await rehearseCase(SINGLE, { ...options, seed: 10 });
  assert.notDeepEqual(other.points.slice(-7), report.points.slice(-7));
});

Deno.test("rehearse() tries again what a report names, with the same outcome", async () => {
  const report = await rehearseCase(PAIR, { transport: "cdc", everywhere: false });
  const chosen = report.points.filter((_, index) => index % 60 === 0);
  const again = await rehearseCase(PAIR, {
    transport: "cdc",
    faults: chosen.flatMap(({ fault }) => parseFaults(fault)),
  });
  assert.deepEqual(again.points, chosen.map((point) => ({ ...point, origin: "given" })));
  assert.equal(again.counts.givenCount, chosen.length);
});

/** Rules, and what a device without them does. */
const CONTROLS: readonly [rule: ControlRule, code: string, of: Case][] = [
  ["verification", "mixed", SINGLE],
  ["commit-word", "lost-set", PAIR],
  ["repair-first", "unguarded", PAIR],
  ["option-bytes", "unverified", PAIR],
];

for (const [without, code, of] of CONTROLS) {
  Deno.test(`rehearse() fails a device without the rule ${without}`, async () => {
    const report = await rehearseCase(of, { without, everywhere: false });
    assertValid(report);
    assert.equal(report.isProven, false);
    assert(report.counts.failures[code as keyof typeof report.counts.failures] > 0, JSON.stringify(report.counts));
  });
}

Deno.test("rehearse() catches every control, and says where", async () => {
  const report = await rehearseCase(PAIR, { faults: [], withControls: true });
  assertValid(report);
  assert.deepEqual(report.controls.map(({ rule, isCaught }) => [rule, isCaught]), [
    ["verification", true],
    ["commit-word", true],
    ["repair-first", true],
    ["option-bytes", true],
  ]);
  assert.equal(report.isProven, true);
});

/** What cannot be rehearsed. */
const REFUSALS: readonly [name: string, update: Bytes, options: Partial<RehearseOptions>, code: string][] = [
  ["an update with a lower counter", PAIR.old, { from: PAIR.next }, "refused"],
  ["an update for another product", PAIR.next, { from: await packSmallPair({ product: "pump" }) }, "other-product"],
  ["a cut behind its end", PAIR.next, { faults: parseFaults("cut:op=54,model=0") }, "bad-fault"],
  ["a fault of a wire that is not there", PAIR.next, { faults: parseFaults("unplug:h2t:3") }, "bad-fault"],
  ["a command that is refused", PAIR.next, { faults: parseFaults("nack:cmd=3"), transport: "cdc" }, "bad-fault"],
];

for (const [name, update, options, code] of REFUSALS) {
  Deno.test(`rehearse() refuses ${name}`, async () => {
    const all = { layout: PAIR.layout, keys: KEYS, from: PAIR.old, transport: "direct" as const, ...options };
    await assert.rejects(rehearse(update, all), (error) => error instanceof RehearsalError && error.code === code);
  });
}

Deno.test("rehearse() refuses counts that are none, and updates that are not to be trusted", async () => {
  await assert.rejects(rehearseCase(PAIR, { sampleCount: -1 }), RangeError);
  await assert.rejects(rehearseCase(PAIR, { seed: 1.5 }), RangeError);
  await assert.rejects(rehearseCase({ ...PAIR, layout: SINGLE.layout }), { name: "VerificationError" });
});

Deno.test("rehearse() lets the loader of a device with one slot stay, and nothing else", async () => {
  const layout = findLayout("stm32f407ve");
  const pack = async (version: string, counter: number, marker: number) => {
    const data = Uint8Array.from({ length: 70 }, (_, index) => index + marker & 0xff);
    const view = new DataView(data.buffer);
    view.setUint32(0, 0x2002_0000, true);
    for (let vector = 1; vector < 16; vector++) view.setUint32(4 * vector, 0x0801_0009, true);
    const images = [{ core: "CM4" as const, image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }];
    return (await packBundle({ layout, images, version, counter, product: "fan", key: SIGNING_KEY })).bundle;
  };
  const single = { layout, old: await pack("1.0.0", 1, 0), next: await pack("2.0.0", 2, 1) };
  const report = await rehearseCase(single, { withControls: true });
  assertValid(report);
  assert.equal(report.isProven, true, report.verdict);
  // Sectors 4 (64 KiB) and 7 (the last of three of 128 KiB); zeros over the commit word, then 96 bytes of payload, header
  // and commit word in units of 4.
  assert.deepEqual(report.operations, {
    staging: { eraseCount: 2, programCount: 8 + 24 + 64 + 8 },
    install: { eraseCount: 0, programCount: 0 },
    totalCount: 106,
  });
  assert.equal(report.times.installMs, 0);
  // The first operation writes zeros over the beginning of the commit word. A cut leaves it as it was before it (model 0),
  // and, whichever half comes first, where nothing has changed yet (4), or seems so (6).
  assert.equal(report.counts.booted.old, 1 + 2 + 2);
  assert(report.counts.booted.stays > 800);
  assert.deepEqual(report.controls.map(({ rule, isCaught }) => [rule, isCaught]), [["verification", true]]);
});
