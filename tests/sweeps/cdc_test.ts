/**
 * Every single fault of the wire in a whole update over the CDC protocol: greeting, headers, data, clone, verification,
 * installation.
 *
 * What is enumerated: each byte both ways dropped, doubled, late, with a flipped bit; the cable gone at each byte; the reset
 * pin pulled at every few, several in each frame; the longest stall in every step of the device.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sampleFaults } from "../../emulator/mod.ts";
import { LinkClosedError } from "../../protocols/link/mod.ts";
import { listByteFaults, listCableFaults, StallingDevice } from "./cdc_faults.ts";
import { runNaiveTarget, withoutVerifying } from "./cdc_naive_target.ts";
import { CdcBench, type CdcBenchOptions, sweep, type Tally } from "./cdc_trial.ts";

/** Five times the wait for an answer, and the update itself. */
const BOUND_MS = 20_000;

/** Name, bench, and how many bytes apart the faults are: a serial line takes three times as long to simulate. */
const LINES: readonly (readonly [name: string, options: CdcBenchOptions, everyBytes: number])[] = [
  ["USB, one frame of buffer", {}, 1],
  ["serial line of 115,200 baud", { line: { wire: { baudRate: 115_200, frame: "8N1" }, receiverDepthBytes: 1200 } }, 7],
];

for (const [name, options, everyBytes] of LINES) {
  Deno.test(`updateOverCdc() survives single faults of the wire, one byte in ${everyBytes}: ${name}`, () => {
    const bench = new CdcBench(options);
    const space = bench.run([]);
    assert.equal(bench.judge(space, []), "right");
    const tally = report(name, "wire", sweep(bench, listByteFaults(space, everyBytes)));
    assert.deepEqual(tally.counts, { right: tally.runCount, resumed: 0, failed: 0, wrong: 0, stuck: 0 });
    assert(tally.longestMs < BOUND_MS);
  });
}

Deno.test("updateOverCdc() goes on after an unplug at any byte, and sends what is missing", () => {
  const bench = new CdcBench();
  const space = bench.run([]);
  const tally = report("USB", "unplug", sweep(bench, listCableFaults(space, "unplug", 1)));
  assert.deepEqual([tally.counts.failed, tally.counts.wrong, tally.counts.stuck], [0, 0, 0]);
  assert(tally.counts.resumed > tally.runCount / 2);
});

Deno.test("updateOverCdc() resumes at the byte after an unplug without a reset", () => {
  const bench = new CdcBench({ clones: false });
  const space = bench.run([]);
  assert(space.outcome.kind === "done");
  const wholeBytes = space.outcome.value.deliveries.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  const resumed = new Set<number>();
  for (let byteIndex = 0; byteIndex < space.bytesToTarget; byteIndex += 50) {
    const first = bench.run([{ kind: "unplug", direction: "h2t", byteIndex }]);
    if (first.outcome.kind === "done") continue;
    assert(first.outcome.error instanceof LinkClosedError);
    const { stagedBytes } = bench.device.report();
    const stagedSum = stagedBytes.reduce((sum, count) => sum + count, 0);
    const second = bench.again(200, []);
    assert(second.outcome.kind === "done" && bench.holdsUpdate());
    const { deliveries, outcome } = second.outcome.value;
    if (outcome === "unchanged" || bench.device.report().state === "idle") continue;
    const sentBytes = deliveries.reduce((sum, delivery) => sum + delivery.sentBytes, 0);
    if (stagedSum > 0) assert.equal(sentBytes, wholeBytes - stagedSum);
    resumed.add(stagedSum);
  }
  assert(resumed.size >= 4, `resumed after ${[...resumed].join(", ")} bytes`);
});

Deno.test("updateOverCdc() goes on by itself when the device is reset at any byte", () => {
  const bench = new CdcBench({ line: { wire: { baudRate: 1_000_000, frame: "8N1" }, receiverDepthBytes: 1200 } });
  const space = bench.run([]);
  const tally = report("serial line", "reset", sweep(bench, listCableFaults(space, "reset", 7)));
  assert.deepEqual([tally.counts.wrong, tally.counts.stuck, tally.counts.failed], [0, 0, 0]);
});

Deno.test("a device may stall for its longest erase in every step, and the host waits", () => {
  let stepCount = 0;
  for (let step = 0; step === 0 || step < stepCount; step++) {
    let stalling: StallingDevice | undefined;
    const wrap = (device: CdcBench["device"]) => stalling = new StallingDevice(device, { step, durationMs: 2000 });
    const bench = new CdcBench({ wrap });
    const result = bench.run([]);
    assert.equal(bench.judge(result, []), "right");
    assert(result.outcome.kind === "done" && result.outcome.value.recoveryCount === 0, `repeats at step ${step}`);
    stepCount = stalling!.stepCount;
  }
  console.log(`cdc sweep, stall of 2000 ms: ${stepCount} steps, none repeated`);
  assert(stepCount > 15);
});

Deno.test("updateOverCdc() never lies to two faults at once, sampled [seed 1]", () => {
  const bench = new CdcBench();
  const space = bench.run([]);
  const { bytesToTarget, bytesToHost } = space;
  const pairs = Array.from(
    { length: 1500 },
    (_, seed) => sampleFaults({ bytesToTarget, bytesToHost, seed: seed + 1, faultCount: 2 }),
  );
  const tally = report("USB, two faults", "sampled", sweep(bench, pairs));
  assert.deepEqual([tally.counts.wrong, tally.counts.stuck], [0, 0]);
});

Deno.test("the sweep sees a target that looks at neither CRC nor sequence number", () => {
  const naive = new CdcBench({ target: runNaiveTarget });
  const space = naive.run([]);
  assert.equal(naive.judge(space, []), "right");
  const tally = report("naive target", "wire", sweep(naive, listByteFaults(space, 7)));
  assert(tally.counts.failed + tally.counts.stuck > 0);
});

Deno.test("the sweep sees a device that commits without verifying, unless the frames protect it", () => {
  const trusting = (target: CdcBenchOptions["target"]) =>
    new CdcBench({
      wrap: (device) => withoutVerifying(device, () => device.commitUnverified()),
      ...target && { target },
    });
  const naive = trusting(runNaiveTarget);
  const space = naive.run([]);
  const wrong = report("naive target, trusting device", "wire", sweepUnverified(naive, space));
  assert(wrong.counts.wrong > 0);
  const ours = trusting(undefined);
  const right = report("our target, trusting device", "wire", sweepUnverified(ours, ours.run([])));
  assert.deepEqual([right.counts.wrong, right.counts.failed, right.counts.stuck], [0, 0, 0]);
});

/** Judged by slot B alone: this device installs nothing. */
function sweepUnverified(bench: CdcBench, space: ReturnType<CdcBench["run"]>): Tally {
  // Nothing is booted: the host would find another set id in what the device starts.
  return sweep(bench, listByteFaults(space, 7), { isThere: () => bench.stagesUpdate(), then: "nothing" });
}

function report(name: string, kind: string, tally: Tally): Tally {
  console.log(`cdc sweep, ${name}, ${kind}: ${tally}`);
  return tally;
}
