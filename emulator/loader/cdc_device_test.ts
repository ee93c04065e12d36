/**
 * The loader behind the CDC protocol: what it says of itself, step by step work, and its refusals.
 *
 * @module
 */

import assert from "node:assert/strict";
import { LoaderDevice } from "../../tests/sweeps/loader_device.ts";
import { bring } from "../../tests/sweeps/loader_host.ts";
import { configFor, packRelease, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { packReleases } from "../../tests/sweeps/loader_scenarios.ts";
import { crc32 } from "../../core/mod.ts";
import { REFUSALS } from "../../protocols/cdc/constants.ts";
import type { Step, WorkProgress } from "../../protocols/cdc/device.ts";
import { LoaderCdcDevice } from "./cdc_device.ts";

const LAYOUT = SWEEP_LAYOUTS.get("h747-dual")!;
const RELEASES = await packReleases(LAYOUT, { sizes: [100, 68] });
const { first, second, third } = RELEASES;

function createDevice(): { readonly device: LoaderDevice; readonly cdc: LoaderCdcDevice } {
  const device = new LoaderDevice({ config: configFor(LAYOUT, first), releases: Object.values(RELEASES) });
  bring(device, first, { way: "stream" });
  device.reset();
  return { device, cdc: new LoaderCdcDevice(device.enterLoader()) };
}

/** Takes steps to the end. */
function finish<T>(step: () => Step<T>, seen: WorkProgress[] = []): T {
  for (let count = 0; count < 1000; count++) {
    const result = step();
    if (result.kind === "done") return result.value;
    assert(result.kind === "working", result.kind === "refused" ? result.code : "");
    seen.push(result.progress);
  }
  throw new Error("no end");
}

function refusal<T>(step: Step<T>): unknown {
  return step.kind === "refused" ? [step.code, step.image] : step.kind;
}

Deno.test("a loader says what it is, and what it holds", () => {
  const { cdc } = createDevice();
  const { partName, layoutName, policy, reason, setA, setB, slots, limits } = cdc.describe();
  assert.deepEqual([partName, layoutName, policy, reason], ["stm32h747xi", "h747-dual", "copy", "host-request"]);
  assert.deepEqual([setA.state, setA.counter, setB.state], ["committed", 1, "committed"]);
  assert.deepEqual(slots.map(({ core, stagingAddress }) => [core, stagingAddress]), [
    ["CM7", 0x0806_0000],
    ["CM4", 0x0812_0000],
  ]);
  assert.deepEqual(slots[1]!.digestStart, first.headers[1]!.payloadDigest.slice(0, 16));
  // The longest erase of a sector of an H7 takes 4 s (core/parts/stm32h7.ts).
  assert(limits.silenceMs > 4000);
});

Deno.test("how much a loader holds of a transfer follows from its part: PROTOCOL.md, section 9", async () => {
  for (const [name, dataSizeMax] of [["h747-dual", 3712], ["h743-least", 3840], ["l053-zeros", 512]] as const) {
    const layout = SWEEP_LAYOUTS.get(name)!;
    const release = await packRelease(layout, { name: "x", counter: 1, sizes: [100, 68] });
    const device = new LoaderDevice({ config: configFor(layout, release), releases: [release] });
    assert.equal(new LoaderCdcDevice(device.enterLoader()).describe().limits.dataSizeMax, dataSizeMax, name);
  }
});

Deno.test("an update goes step by step, no step longer than one flash operation", () => {
  const { device, cdc } = createDevice();
  const resume = finish(() => cdc.begin(second.records, { isForced: false }));
  assert.deepEqual(resume.map(({ state }) => state), ["unknown", "unknown"]);
  const seen: WorkProgress[] = [];
  const bytes = second.payloads[0]!.slice(0, second.headers[0]!.payloadSizeBytes);
  let longestMs = 0;
  const before = device.chip.flash.operations.count;
  finish(() => {
    const step = cdc.write(0, 0, bytes);
    longestMs = Math.max(longestMs, step.busyMs);
    return step;
  }, seen);
  // Sectors of the CM7's commit word and header (one), the CM4's (one), the payload's; then four units.
  assert.equal(device.chip.flash.operations.count - before, 3 + 4);
  assert.deepEqual(seen.map(({ phase }) => phase), ["erase", "erase", "erase", "write"]);
  assert.equal(longestMs, device.chip.flash.times.sectorEraseMs.get(128 * 1024));
  assert.deepEqual(cdc.report().stagedBytes, [100, 0]);
  assert.equal(cdc.report().state, "receiving");
  assert.equal(cdc.report().setB.state, "absent");
  // The CM4 of the second release is that of the first.
  const cloned: WorkProgress[] = [];
  finish(() => cdc.clone(1), cloned);
  assert(cloned.every(({ phase }) => phase === "clone"));
  finish(() => cdc.finish());
  assert.equal(cdc.report().state, "committed");
  assert.deepEqual(refusal(cdc.begin(third.records, { isForced: false })), ["repair-first", undefined]);
  const installed: WorkProgress[] = [];
  assert.equal(finish(() => cdc.install(), installed).counter, 2);
  assert(installed.length > 0 && installed.every(({ phase }) => phase === "install"));
  assert.equal(cdc.report().state, "idle");
  assert.equal(device.findWhole("A")?.name, "second");
  finish(() => cdc.begin(third.records, { isForced: false }));
});

Deno.test("begin and abort break off whatever goes on", () => {
  const { cdc } = createDevice();
  finish(() => cdc.begin(second.records, { isForced: false }));
  const bytes = second.payloads[0]!.slice(0, 100);
  assert.equal(cdc.write(0, 0, bytes).kind, "working");
  cdc.abort();
  assert.deepEqual(refusal(cdc.write(0, 0, bytes)), ["not-begun", undefined]);
  finish(() => cdc.begin(second.records, { isForced: false }));
  assert.equal(cdc.write(0, 0, bytes).kind, "working");
  finish(() => cdc.begin(second.records, { isForced: false }));
  finish(() => cdc.write(0, 0, bytes));
});

Deno.test("what an earlier session has left is compared", () => {
  const { device, cdc } = createDevice();
  finish(() => cdc.begin(second.records, { isForced: false }));
  finish(() => cdc.write(0, 0, second.payloads[0]!.slice(0, 64)));
  device.reset();
  const again = new LoaderCdcDevice(device.enterLoader());
  finish(() => again.begin(second.records, { isForced: false }));
  const crcs = [crc32(second.payloads[0]!.subarray(0, 100))];
  assert.equal(finish(() => again.compare(0, { unitBytes: 256, crcs })), 0);
});

Deno.test("every refusal of the loader has a number on the wire", () => {
  const { cdc } = createDevice();
  const refusals = [
    refusal(cdc.begin(first.records.map((record) => record.slice(0, 100)), { isForced: false })),
    refusal(cdc.begin(first.records.slice(0, 1), { isForced: false })),
    refusal(cdc.begin([], { isForced: false })),
    refusal(cdc.finish()),
    refusal(cdc.clone(0)),
  ];
  assert.deepEqual(refusals, [
    ["bad-header", 0],
    ["bad-set", 0],
    ["wrong-layout", 0],
    ["not-begun", undefined],
    ["not-begun", undefined],
  ]);
  for (const [code] of refusals as [keyof typeof REFUSALS][]) assert(code in REFUSALS);
});
