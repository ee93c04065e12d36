/**
 * One session of the stager after another: what is kept, what is copied, and what is begun anew.
 *
 * @module
 */

import assert from "node:assert/strict";
import { crc32 } from "../../core/mod.ts";
import { LoaderDevice } from "../../tests/sweeps/loader_device.ts";
import { bring } from "../../tests/sweeps/loader_host.ts";
import { configFor, packRelease, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { packReleases } from "../../tests/sweeps/loader_scenarios.ts";
import { PowerLossError } from "../error.ts";
import { SlotLoader } from "./loader.ts";
import { BOOT_ATTEMPT_REGISTER, encodeCount, readCount } from "./retained.ts";
import { Stager } from "./stager.ts";
import { finishWork } from "./work.ts";

const LAYOUT = SWEEP_LAYOUTS.get("h747-dual")!;
const RELEASES = await packReleases(LAYOUT, { sizes: [100, 68] });
const { first, second, third, last } = RELEASES;

function createDevice(): LoaderDevice {
  const device = new LoaderDevice({ config: configFor(LAYOUT, first), releases: Object.values(RELEASES) });
  bring(device, second, { way: "stream" });
  device.reset();
  return device;
}

/** What slot B holds. */
function nameIn(device: LoaderDevice): string | undefined {
  return device.findWhole("B")?.name;
}

Deno.test("headers are kept as they were when the update was begun", () => {
  const device = createDevice();
  const stager = new Stager(device.enterLoader());
  const records = third.records.map((record) => record.slice());
  stager.begin(records);
  for (const record of records) record.fill(0);
  for (const [image, { payloadSizeBytes }] of third.headers.entries()) {
    finishWork(stager.write(image, 0, third.payloads[image]!.subarray(0, payloadSizeBytes)));
  }
  device.chip.backupRegisters[BOOT_ATTEMPT_REGISTER] = encodeCount(3);
  finishWork(stager.finish());
  assert.equal(nameIn(device), third.name);
  assert.equal(readCount(device.chip, BOOT_ATTEMPT_REGISTER), 0);
});

Deno.test("the compiled counter counts where it is greater than that of A", () => {
  const { chip, config } = createDevice();
  const stager = new Stager(new SlotLoader(chip, { ...config, leastCounter: 3 }));
  assert.throws(() => stager.begin(third.records), { code: "counter-too-low" });
  stager.begin(last.records);
});

Deno.test("what was written in this session is not compared, and nothing is written for no bytes", () => {
  const device = createDevice();
  const { operations } = device.chip.flash;
  const stager = new Stager(device.enterLoader());
  stager.begin(third.records);
  const { count } = operations;
  finishWork(stager.write(0, 0, new Uint8Array()));
  assert.equal(operations.count, count);
  finishWork(stager.write(0, 0, third.payloads[0]!.subarray(0, 64)));
  assert.equal(finishWork(stager.compare(0, { unitBytes: 256, crcs: [0] })), 64);
});

Deno.test("a slot that cannot be read is as good as blank", () => {
  const device = createDevice();
  const { flash } = device.chip;
  const stager = new Stager(device.enterLoader());
  stager.begin(third.records);
  assert.equal(stager.resumePointOf(1).state, "unknown");
  flash.operations.cutAt(0, { model: 3, half: "low" });
  assert.throws(() => flash.eraseSector(flash.map.sectorIndexAt(LAYOUT.slots[1]!.addressB)), PowerLossError);
  assert.equal(stager.resumePointOf(1).state, "blank");
});

Deno.test("under policy single nothing is copied onto itself, and what was staged is what there is", async () => {
  const layout = SWEEP_LAYOUTS.get("f407ve-single")!;
  const release = await packRelease(layout, { name: "single", counter: 1, sizes: [40] });
  const device = new LoaderDevice({ config: configFor(layout, release), releases: [release] });
  bring(device, release, { way: "stream" });
  device.reset();
  const loader = device.enterLoader();
  const stager = new Stager(loader);
  stager.begin(release.records);
  assert.throws(() => finishWork(stager.clone(0)), { code: "clone-differs" });
  finishWork(stager.write(0, 0, release.payloads[0]!.subarray(0, 40)));
  // Somebody asks between two steps.
  for (const _ of stager.finish()) assert.equal(loader.setA.kind, "none");
  assert.equal(loader.setA.kind, "set");
});

Deno.test("a core that has not changed is copied from slot A", () => {
  const device = createDevice();
  device.chip.flash.operations.takeBusyMs();
  const stager = new Stager(device.enterLoader());
  stager.begin(second.records);
  finishWork(stager.clone(0));
  finishWork(stager.clone(1));
  finishWork(stager.finish());
  assert.equal(nameIn(device), second.name);
});

Deno.test("after a reset whole sectors are kept, but for the last that agrees", async () => {
  const layout = SWEEP_LAYOUTS.get("l053-zeros")!;
  const release = await packRelease(layout, { name: "long", counter: 1, sizes: [650] });
  const payload = release.payloads[0]!.subarray(0, 650);
  const crcs = [0, 256, 512].map((at) => crc32(payload.subarray(at, at + 256)));
  const config = configFor(layout, release);
  // How much was written; what is kept: pages have 128 bytes, header and commit word are in the last three of eight.
  for (const [writtenBytes, keptBytes] of [[0, 0], [128, 0], [256, 128], [384, 128], [512, 384], [650, 512]] as const) {
    const device = new LoaderDevice({ config, releases: [release] });
    const stager = new Stager(device.enterLoader());
    stager.begin(release.records);
    assert.equal(stager.resumePointOf(0).state, "blank");
    finishWork(stager.write(0, 0, payload.subarray(0, writtenBytes)));
    device.reset();
    const again = new Stager(device.enterLoader());
    again.begin(release.records);
    assert.equal(finishWork(again.compare(0, { unitBytes: 256, crcs })), keptBytes, `${writtenBytes} written`);
    finishWork(again.write(0, keptBytes, payload.subarray(keptBytes)));
    finishWork(again.finish());
    assert.equal(nameIn(device), release.name);
  }
});

/** Sizes of pages, where a payload reads as erased flash, and what is kept of it when all of it is there. */
const WHOLE: readonly [layout: string, size: number, blank: readonly [number, number], keptBytes: number][] = [
  // Two pages before the last, which ends in its first half; behind it are two more before those of the header.
  ["l053-zeros", 300, [0, 0], 256],
  // The last ends blank: it may be so because an erase was cut in the page before it.
  ["l053-zeros", 300, [256, 300], 128],
  // The third page is that of the header. A half begins like a blank one, or is one.
  ["g0b1-pages", 4100, [1024, 1300], 2048],
  ["g0b1-pages", 4100, [1024, 2048], 0],
];

Deno.test("after a reset a payload that is there as a whole is kept, but for its last sector", async () => {
  for (const [name, size, blankRange, keptBytes] of WHOLE) {
    const layout = SWEEP_LAYOUTS.get(name)!;
    const release = await packRelease(layout, { name: "whole", counter: 1, sizes: [size], blankRange });
    const payload = release.payloads[0]!.subarray(0, size);
    const device = new LoaderDevice({ config: configFor(layout, release), releases: [release] });
    const { addressB } = layout.slots[0]!;
    device.chip.flash.preload(addressB, release.payloads[0]!);
    // Behind the payload, in the sector that follows: what an earlier one has left.
    if (name === "l053-zeros") device.chip.flash.preload(addressB + 384, new Uint8Array(128).fill(7));
    const stager = new Stager(device.enterLoader());
    stager.begin(release.records);
    const checksums = { unitBytes: 8192, crcs: [crc32(payload)] };
    assert.equal(finishWork(stager.compare(0, checksums)), keptBytes, `${name}, ${blankRange}`);
  }
});
