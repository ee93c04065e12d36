/**
 * The decision table of BOOT.md, section 4, row by row.
 *
 * @module
 */

import assert from "node:assert/strict";
import { LoaderDevice } from "../../tests/sweeps/loader_device.ts";
import { bring, stageOnly } from "../../tests/sweeps/loader_host.ts";
import { configFor, type Release, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { packReleases } from "../../tests/sweeps/loader_scenarios.ts";
import { slotImageOf } from "../../packager/extract.ts";
import type { SlotName } from "../../packager/slots/mod.ts";
import { COPY_TRY_REGISTER, encodeCount, readCount, requestStay } from "./retained.ts";
import type { LoaderConfig } from "./loader_config.ts";
import { Stager } from "./stager.ts";

const DUAL = SWEEP_LAYOUTS.get("h747-dual")!;
const SINGLE = SWEEP_LAYOUTS.get("f407ve-single")!;
const RELEASES = await packReleases(DUAL, { sizes: [100, 68] });
const SINGLE_RELEASES = await packReleases(SINGLE, { sizes: [40] });
const { first, second, third, hanging } = RELEASES;

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

function eraseSlots(device: LoaderDevice, name: SlotName): void {
  for (const { addressA, addressB, sizeBytes } of DUAL.slots) {
    const address = name === "A" ? addressA : addressB;
    device.chip.flash.preload(address, new Uint8Array(sizeBytes).fill(0xff));
  }
}

Deno.test("row 1: an option byte that differs keeps the loader, and from flash too", () => {
  const device = createDevice();
  preload(device, first, "A");
  preload(device, second, "B");
  device.chip.optionBytes.program([{ name: "BCM4", value: 1 }]);
  device.reset();
  const before = device.chip.flash.operations.count;
  const { loader, report } = device.startLoader();
  assert.deepEqual([report.action, report.reason, report.copies], ["stay", "option-bytes", []]);
  assert.throws(() => new Stager(loader).begin(third.records), { code: "option-bytes" });
  assert.equal(device.chip.flash.operations.count, before);
  device.chip.optionBytes.program([{ name: "BCM4", value: 0 }]);
  device.reset();
  assert.equal(device.boot()?.name, second.name);
});

Deno.test("row 2: after three copies that failed the loader stays, and a host may insist", () => {
  const device = createDevice();
  preload(device, second, "B");
  device.reset();
  const { map } = device.chip.flash;
  const ofSlotA = Uint8Array.from(map.sectors, ({ addressStart }) => Number(addressStart === DUAL.slots[1]!.addressA));
  map.protect(ofSlotA);
  const { loader, report } = device.startLoader();
  assert.deepEqual([report.action, report.reason], ["stay", "failed-copy"]);
  assert.deepEqual(report.copies.map(({ reason, error }) => [reason, error?.code]), [
    ["repair", "flash-protected"],
    ["repair", "flash-protected"],
    ["repair", "flash-protected"],
  ]);
  const stager = new Stager(loader);
  assert.throws(() => stager.begin(third.records), { code: "repair-first" });
  assert.throws(() => stager.begin(first.records, { isForced: true }), { code: "counter-too-low" });
  stager.begin(third.records, { isForced: true });
  // A power-on reset starts counting afresh, and nothing is in the way any more.
  device.chip.powerCycle();
  assert.equal(readCount(device.chip, COPY_TRY_REGISTER) === 3, false);
  assert.equal(device.boot()?.name, second.name);
});

Deno.test("row 2: a copy that lacks a commit word and cannot be made again keeps the loader", () => {
  const device = createDevice({ copyTryMax: 2 });
  preload(device, first, "A");
  preload(device, first, "B");
  const { addressA, sizeBytes } = DUAL.slots[0]!;
  device.chip.flash.preload(addressA + sizeBytes - 32, new Uint8Array(32).fill(0xff));
  device.reset();
  device.chip.flash.map.protect(Uint8Array.from(device.chip.flash.map.sectors, () => 1));
  const { report } = device.startLoader();
  assert.deepEqual([report.reason, report.copies.length, report.a.kind], ["failed-copy", 2, "set"]);
});

Deno.test("row 3: a set in B is copied where there is none in A, committed or not", () => {
  for (const isCommitted of [true, false]) {
    const device = createDevice();
    preload(device, second, "B");
    if (!isCommitted) {
      const { addressB, sizeBytes } = DUAL.slots[0]!;
      device.chip.flash.preload(addressB + sizeBytes - 32, new Uint8Array(32).fill(0xff));
    }
    device.reset();
    const { report } = device.startLoader();
    assert.deepEqual([report.action, report.copies.map(({ reason }) => reason)], ["boot", ["repair"]]);
    assert.equal(device.findWhole("A")?.name, second.name);
  }
});

Deno.test("row 4: a copy that lacks a commit word is made again, from the same set only", () => {
  for (const [b, copies] of [[first, ["unfinished"]], [undefined, []]] as const) {
    const device = createDevice();
    preload(device, first, "A");
    if (b !== undefined) preload(device, b, "B");
    const { addressA, sizeBytes } = DUAL.slots[1]!;
    device.chip.flash.preload(addressA + sizeBytes - 32, new Uint8Array(32).fill(0xff));
    device.reset();
    const { report } = device.startLoader();
    assert.deepEqual([report.action, report.copies.map(({ reason }) => reason)], ["boot", copies]);
  }
});

Deno.test("row 5: a committed set in B is installed, unless its counter is lower", () => {
  const device = createDevice();
  preload(device, first, "A");
  preload(device, second, "B");
  device.reset();
  assert.deepEqual(device.startLoader().report.copies.map(({ reason }) => reason), ["install"]);
  eraseSlots(device, "B");
  preload(device, first, "B");
  device.reset();
  assert.deepEqual(device.startLoader().report.copies, []);
  assert.equal(device.findWhole("A")?.name, second.name);
});

Deno.test("row 6: nothing in the slots keeps the loader, and the second core held", () => {
  const device = createDevice();
  const { loader, report } = device.startLoader();
  assert.deepEqual([report.action, report.reason], ["stay", "no-valid-set"]);
  assert.equal(device.chip.boot.cores[1]?.kind, "held");
  assert.throws(() => loader.startApplication(), { code: "nothing-to-boot" });
});

Deno.test("row 6: under policy single a commit word that is not right is no set", () => {
  const device = new LoaderDevice({
    config: configFor(SINGLE, SINGLE_RELEASES.first),
    releases: Object.values(SINGLE_RELEASES),
  });
  bring(device, SINGLE_RELEASES.first, { way: "stream" });
  const { addressA, sizeBytes } = SINGLE.slots[0]!;
  device.reset();
  assert.equal(device.boot()?.name, SINGLE_RELEASES.first.name);
  for (const byte of [0x00, 0x5a, 0xff]) {
    device.chip.flash.preload(addressA + sizeBytes - 32, new Uint8Array(32).fill(byte));
    device.reset();
    assert.equal(device.startLoader().report.reason, "no-valid-set");
  }
});

Deno.test("row 7: an application asks for the loader once", () => {
  const device = createDevice();
  preload(device, first, "A");
  requestStay(device.chip);
  device.reset();
  assert.equal(device.startLoader().report.reason, "host-request");
  device.reset();
  assert.equal(device.boot()?.name, first.name);
});

Deno.test("row 8: a button keeps the loader, but not from finishing a copy", () => {
  const device = createDevice();
  preload(device, second, "B");
  device.isButtonHeld = true;
  device.reset();
  const { report } = device.startLoader();
  assert.deepEqual([report.reason, report.copies.length, report.a.kind], ["button", 1, "set"]);
  requestStay(device.chip);
  device.reset();
  assert.equal(device.startLoader().report.reason, "host-request");
});

Deno.test("row 9: three starts without a word from the application, and the loader stays", () => {
  const device = createDevice();
  bring(device, hanging, { way: "stream" });
  for (const attempts of [1, 2]) {
    device.reset();
    const { loader, report } = device.startLoader();
    assert.deepEqual([report.action, report.bootAttempts], ["boot", attempts]);
    loader.startApplication();
  }
  device.reset();
  assert.equal(device.startLoader().report.reason, "failed-boots");
  bring(device, second, { way: "stream" });
  device.reset();
  assert.equal(device.boot()?.name, second.name);
});

Deno.test("row 9: a power-on reset starts counting afresh, battery or not", () => {
  for (const hasBattery of [false, true]) {
    const config = configFor(DUAL, first);
    const device = new LoaderDevice({ config, releases: Object.values(RELEASES), hasBattery });
    bring(device, hanging, { way: "stream" });
    for (let start = 0; start < 5; start++) {
      device.chip.powerCycle();
      assert.equal(device.boot()?.name, hanging.name);
    }
    eraseSlots(device, "A");
    device.chip.backupRegisters[COPY_TRY_REGISTER] = encodeCount(3);
    device.chip.powerCycle();
    assert.equal(device.boot()?.name, hanging.name);
  }
});

Deno.test("row 11: all cores run, the second only once the set was verified", () => {
  const device = createDevice();
  preload(device, first, "A");
  device.reset();
  const { loader } = device.startLoader();
  assert.equal(device.chip.boot.cores[1]?.kind, "held");
  const { cores } = loader.startApplication();
  assert.deepEqual(cores.map((core) => "address" in core ? core.address : 0), [0x0802_0000, 0x0810_0000]);
});

Deno.test("a set that is damaged anywhere is none", () => {
  const { addressA, sizeBytes } = DUAL.slots[1]!;
  const unit = new Uint8Array(32).fill(0x77);
  for (const address of [addressA, addressA + 64, addressA + sizeBytes - 288, addressA + sizeBytes - 64]) {
    const device = createDevice();
    preload(device, first, "A");
    device.chip.flash.preload(address, unit);
    device.reset();
    assert.equal(device.startLoader().report.reason, "no-valid-set");
  }
});

Deno.test("the set of another key, product or counter is none", () => {
  const strangers: readonly Partial<LoaderConfig>[] = [
    { productId: new Uint8Array(16).fill(1) },
    { leastCounter: 2 },
    { keys: [{ ...configFor(DUAL, first).keys[0]!, keyId: new Uint8Array(8) }] },
  ];
  for (const stranger of strangers) {
    const device = createDevice(stranger);
    preload(device, first, "A");
    device.reset();
    assert.equal(device.startLoader().report.reason, "no-valid-set");
  }
});

Deno.test("what is staged waits for a reset", () => {
  const device = createDevice();
  bring(device, first, { way: "stream" });
  stageOnly(device, second);
  assert.equal(device.findWhole("A")?.name, first.name);
  assert.equal(device.findWhole("B")?.name, second.name);
});
