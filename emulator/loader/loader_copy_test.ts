/**
 * Copies from slot B to slot A: how they are counted, when they are made again, and when a host may have B instead.
 *
 * @module
 */

import assert from "node:assert/strict";
import { slotImageOf } from "../../packager/extract.ts";
import type { SlotName } from "../../packager/slots/mod.ts";
import { LoaderDevice } from "../../tests/sweeps/loader_device.ts";
import { configFor, packRelease, type Release, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { packReleases } from "../../tests/sweeps/loader_scenarios.ts";
import type { LoaderConfig } from "./loader_config.ts";
import { SlotLoader } from "./loader.ts";
import { BOOT_ATTEMPT_REGISTER, COPY_TRY_REGISTER, encodeCount, readCount } from "./retained.ts";
import { Stager } from "./stager.ts";
import { finishWork } from "./work.ts";

const DUAL = SWEEP_LAYOUTS.get("h747-dual")!;
const RELEASES = await packReleases(DUAL, { sizes: [100, 68] });
const { first, second, third } = RELEASES;

function createDevice(config: Partial<LoaderConfig> = {}): LoaderDevice {
  return new LoaderDevice({ config: { ...configFor(DUAL, first), ...config }, releases: Object.values(RELEASES) });
}

/** Puts a release into slots as a debug probe does. */
function preload(device: LoaderDevice, release: Release, name: SlotName): void {
  for (const { core } of DUAL.slots) {
    for (const { address, data } of slotImageOf(release.bundle, core, { slot: name }).segments) {
      device.chip.flash.preload(address, data);
    }
  }
}

Deno.test("a copy is counted before it begins; one that was verified clears both counts", () => {
  const device = createDevice();
  preload(device, first, "A");
  preload(device, second, "B");
  device.reset();
  const { chip } = device;
  chip.backupRegisters[BOOT_ATTEMPT_REGISTER] = encodeCount(2);
  const work = new SlotLoader(chip, device.config).start();
  work.next();
  assert.deepEqual([COPY_TRY_REGISTER, BOOT_ATTEMPT_REGISTER].map((register) => readCount(chip, register)), [1, 2]);
  finishWork(work);
  assert.deepEqual([COPY_TRY_REGISTER, BOOT_ATTEMPT_REGISTER].map((register) => readCount(chip, register)), [0, 0]);
});

Deno.test("a copy goes to the last byte, also where that is a piece of its own", async () => {
  const long = await packRelease(DUAL, { name: "long", counter: 2, sizes: [1025, 2049] });
  const device = new LoaderDevice({ config: configFor(DUAL, first), releases: [first, long] });
  preload(device, first, "A");
  preload(device, long, "B");
  device.reset();
  assert.equal(device.boot()?.name, long.name);
});

Deno.test("a copy that does not verify once it was committed is made again", () => {
  const device = createDevice();
  preload(device, first, "A");
  preload(device, second, "B");
  device.reset();
  const { addressA, sizeBytes } = DUAL.slots[1]!;
  let spoilCount = 0;
  device.onOperation = ({ kind, address }) => {
    // The last commit word, of the last core.
    if (kind !== "program" || address !== addressA + sizeBytes - 32 || spoilCount++ > 0) return;
    device.chip.flash.preload(addressA, new Uint8Array(32));
  };
  const { copies } = device.startLoader().report;
  assert.deepEqual(copies.map(({ reason, error }) => [reason, error?.code]), [
    ["install", "install-failed"],
    ["repair", undefined],
  ]);
});

Deno.test("a set in B with a damaged payload is neither copied nor in the way of another", () => {
  const device = createDevice();
  preload(device, first, "A");
  preload(device, second, "B");
  device.chip.flash.preload(DUAL.slots[1]!.addressB, new Uint8Array(32));
  device.reset();
  const { loader, report } = device.startLoader();
  assert.deepEqual([report.action, report.copies], ["boot", []]);
  new Stager(loader).begin(third.records);
});

Deno.test("row 2: after three copies that failed no A starts that lacks a commit word", () => {
  const device = createDevice();
  preload(device, first, "A");
  preload(device, second, "B");
  const { map } = device.chip.flash;
  const { addressA, sizeBytes } = DUAL.slots[1]!;
  device.chip.flash.preload(addressA + sizeBytes - 32, new Uint8Array(32).fill(0xff));
  device.reset();
  map.protect(Uint8Array.from(map.sectors, () => 1));
  const { report } = device.startLoader();
  assert.deepEqual([report.action, report.reason, report.copies.length], ["stay", "failed-copy", 3]);
});

Deno.test("an update that was taken is copied, however often another one failed", () => {
  const device = createDevice();
  preload(device, second, "B");
  device.reset();
  const { map } = device.chip.flash;
  map.protect(Uint8Array.from(map.sectors, () => 1));
  const { loader, report } = device.startLoader();
  assert.equal(report.reason, "failed-copy");
  map.protect(undefined);
  const stager = new Stager(loader);
  stager.begin(third.records, { isForced: true });
  for (const [image, { payloadSizeBytes }] of third.headers.entries()) {
    finishWork(stager.write(image, 0, third.payloads[image]!.subarray(0, payloadSizeBytes)));
  }
  finishWork(stager.finish());
  device.reset();
  assert.equal(device.boot()?.name, third.name);
});

Deno.test("a host may not insist while A is there and waits to be replaced", () => {
  const device = createDevice();
  preload(device, first, "A");
  preload(device, second, "B");
  device.reset();
  const { map } = device.chip.flash;
  map.protect(Uint8Array.from(map.sectors, () => 1));
  const { loader, report } = device.startLoader();
  assert.deepEqual([report.action, report.copies.length], ["boot", 3]);
  // A reset in the erase that a copy begins with looks the same to the loader, and A may be fading then.
  assert.throws(() => new Stager(loader).begin(third.records, { isForced: true }), { code: "repair-first" });
  map.protect(undefined);
  finishWork(loader.copyWhatIsDue({ isAsked: true }));
  new Stager(loader).begin(third.records);
});

Deno.test("a host may not insist before copying has failed", () => {
  const device = createDevice({ without: ["repair-first"] });
  preload(device, second, "B");
  device.isButtonHeld = true;
  device.reset();
  finishWork(new SlotLoader(device.chip, device.config).start());
  const strict = new SlotLoader(device.chip, { ...device.config, without: [] });
  assert.equal(strict.mayErase(true), false);
});
