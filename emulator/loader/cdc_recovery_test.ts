/**
 * The loader behind the CDC protocol when something goes wrong: option bytes, flash that fails, hosts that break off.
 *
 * @module
 */

import assert from "node:assert/strict";
import { LoaderDevice } from "../../tests/sweeps/loader_device.ts";
import { bring, stageOnly } from "../../tests/sweeps/loader_host.ts";
import { configFor, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { packReleases } from "../../tests/sweeps/loader_scenarios.ts";
import type { Step } from "../../protocols/cdc/device.ts";
import { LoaderCdcDevice } from "./cdc_device.ts";
import { COPY_TRY_REGISTER, encodeCount } from "./retained.ts";

const LAYOUT = SWEEP_LAYOUTS.get("h747-dual")!;
const RELEASES = await packReleases(LAYOUT, { sizes: [100, 68] });
const { first, second, third } = RELEASES;
const BEGIN = { isForced: false };

function createDevice(): { readonly device: LoaderDevice; readonly cdc: LoaderCdcDevice } {
  const device = new LoaderDevice({ config: configFor(LAYOUT, first), releases: Object.values(RELEASES) });
  bring(device, first, { way: "stream" });
  device.reset();
  return { device, cdc: new LoaderCdcDevice(device.enterLoader()) };
}

/** Takes steps to the end, and gives the code of a refusal. */
function finish<T>(step: () => Step<T>): string {
  for (let count = 0; count < 1000; count++) {
    const result = step();
    if (result.kind !== "working") return result.kind === "done" ? "done" : result.code;
  }
  throw new Error("no end");
}

function sendAll(cdc: LoaderCdcDevice, release: typeof second): string {
  for (const [image, { payloadSizeBytes }] of release.headers.entries()) {
    finish(() => cdc.write(image, 0, release.payloads[image]!.slice(0, payloadSizeBytes)));
  }
  return finish(() => cdc.finish());
}

/** Protects the sector at an address, or none. */
function protect(device: LoaderDevice, address: number | undefined): void {
  const { map } = device.chip.flash;
  map.protect(Uint8Array.from(map.sectors, ({ addressStart }) => Number(addressStart === address)));
}

Deno.test("boot touches no flash and starts nothing while option bytes differ", () => {
  const { device, cdc } = createDevice();
  finish(() => cdc.begin(second.records, BEGIN));
  assert.equal(sendAll(cdc, second), "done");
  device.chip.optionBytes.program([{ name: "BCM4", value: 1 }]);
  device.reset();
  const { loader, report } = device.startLoader();
  assert.equal(report.reason, "option-bytes");
  const before = device.chip.flash.operations.count;
  const changed = new LoaderCdcDevice(loader);
  assert.equal(finish(() => changed.install()), "option-bytes");
  assert.equal(finish(() => changed.begin(second.records, BEGIN)), "option-bytes");
  assert.throws(() => loader.prepareStart(), { code: "option-bytes" });
  assert.equal(device.chip.flash.operations.count, before);
});

Deno.test("a flash step that fails ends the update, and it can be begun again", () => {
  const { device, cdc } = createDevice();
  const bytes = second.payloads[0]!.slice(0, 100);
  protect(device, LAYOUT.slots[0]!.addressB);
  finish(() => cdc.begin(second.records, BEGIN));
  assert.equal(finish(() => cdc.write(0, 0, bytes)), "flash-protected");
  assert.equal(finish(() => cdc.write(0, 0, bytes)), "not-begun");
  protect(device, undefined);
  finish(() => cdc.begin(second.records, BEGIN));
  assert.equal(sendAll(cdc, second), "done");
  assert.equal(device.findWhole("B")?.name, "second");
});

Deno.test("a clone or a finish can be broken off after any step, by begin or by another command", () => {
  for (let steps = 0; steps < 30; steps++) {
    const { device, cdc } = createDevice();
    finish(() => cdc.begin(second.records, BEGIN));
    finish(() => cdc.write(0, 0, second.payloads[0]!.slice(0, 100)));
    for (let count = 0; count < steps % 10; count++) cdc.clone(1);
    finish(() => cdc.begin(second.records, BEGIN));
    assert(["done", "not-begun"].includes(finish(() => cdc.clone(1))));
    for (let count = 0; count < steps; count++) cdc.finish();
    if (finish(() => cdc.begin(second.records, BEGIN)) !== "repair-first" && sendAll(cdc, second) !== "done") {
      finish(() => cdc.begin(second.records, BEGIN));
      assert.equal(sendAll(cdc, second), "done", `${steps} steps`);
    }
    assert.equal(finish(() => cdc.install()), "done", `${steps} steps`);
    assert.equal(device.findWhole("A")?.name, "second");
  }
});

Deno.test("a step that is broken off by another is not gone on with", () => {
  const { cdc } = createDevice();
  finish(() => cdc.begin(second.records, BEGIN));
  const [payload, other] = third.payloads.map((bytes, index) => bytes.slice(0, third.headers[index]!.payloadSizeBytes));
  // By another set, another image, another offset.
  assert.equal(cdc.write(0, 0, payload!).kind, "refused");
  assert.equal(cdc.write(0, 0, second.payloads[0]!.slice(0, 64)).kind, "working");
  finish(() => cdc.begin(third.records, BEGIN));
  assert.equal(finish(() => cdc.write(0, 0, payload!.slice(0, 64))), "done");
  assert.deepEqual(cdc.report().stagedBytes, [64, 0]);
  assert.equal(cdc.write(0, 64, payload!.slice(64)).kind, "working");
  assert.equal(finish(() => cdc.write(1, 64, other!.slice(64))), "bad-offset");
  assert.equal(cdc.write(1, 0, other!).kind, "working");
  assert.equal(finish(() => cdc.write(1, 64, other!.slice(64))), "bad-offset");
});

Deno.test("a device with nothing in its slots has nothing to boot", () => {
  const device = new LoaderDevice({ config: configFor(LAYOUT, first), releases: Object.values(RELEASES) });
  const cdc = new LoaderCdcDevice(device.enterLoader());
  assert.equal(finish(() => cdc.install()), "nothing-to-boot");
});

Deno.test("flash is busy for as long as all steps say together, the one that fails included", () => {
  const { device, cdc } = createDevice();
  let flashMs = 0;
  let busyMs = 0;
  let isSpoilt = false;
  device.chip.flash.operations.takeBusyMs();
  device.onOperation = ({ kind, address, durationMs }) => {
    flashMs += durationMs;
    if (isSpoilt && kind === "program") device.chip.flash.preload(address, new Uint8Array(32).fill(3));
  };
  const measure = <T>(step: Step<T>): Step<T> => {
    busyMs += step.busyMs;
    return step;
  };
  finish(() => cdc.begin(second.records, BEGIN));
  assert.equal(finish(() => measure(cdc.write(0, 0, second.payloads[0]!.slice(0, 64)))), "done");
  isSpoilt = true;
  assert.equal(finish(() => measure(cdc.write(0, 64, second.payloads[0]!.slice(64, 100)))), "flash-failed");
  assert(flashMs > 0 && Math.abs(busyMs - flashMs) < 1e-6, `${busyMs} and ${flashMs}`);
});

Deno.test("an installation that somebody looks into comes to its end", () => {
  const { device, cdc } = createDevice();
  finish(() => cdc.begin(second.records, BEGIN));
  assert.equal(sendAll(cdc, second), "done");
  for (let count = 0; count < 4; count++) assert.equal(cdc.install().kind, "working");
  assert.equal(cdc.describe().setA.state, "absent");
  assert.equal(finish(() => cdc.install()), "done");
  assert.equal(device.findWhole("A")?.name, "second");
  // Once, and not again because it was looked at too early.
  assert.deepEqual([...device.chip.flash.eraseCounts.subarray(1, 3)], [2, 2]);
});

Deno.test("a set is not called committed by its headers alone, and the least counter is that of A", () => {
  const { device, cdc } = createDevice();
  finish(() => cdc.begin(second.records, BEGIN));
  assert.equal(cdc.describe().counterMin, 1);
  assert.equal(cdc.describe().setB.state, "committed");
  assert.equal(cdc.report().setB.counter, 1);
  const { addressB, sizeBytes } = LAYOUT.slots[0]!;
  device.chip.flash.preload(addressB + sizeBytes - 32, new Uint8Array(32).fill(0xff));
  assert.equal(cdc.describe().setB.state, "uncommitted");
  device.chip.flash.preload(addressB, new Uint8Array(32));
  assert.equal(cdc.describe().setB.state, "absent");
});

Deno.test("a payload of slot A that has rotted is not cloned, and comes from the host", () => {
  const { device, cdc } = createDevice();
  finish(() => cdc.begin(second.records, BEGIN));
  device.chip.flash.preload(LAYOUT.slots[1]!.addressA + 32, new Uint8Array(32));
  assert.equal(finish(() => cdc.clone(1)), "clone-differs");
  assert.deepEqual(cdc.report().stagedBytes, [0, 0]);
  assert.equal(sendAll(cdc, second), "done");
  assert.equal(device.findWhole("B")?.name, "second");
});

Deno.test("with copy tries used up the set in A runs, and a host that asks has one try", () => {
  const { device, cdc } = createDevice();
  finish(() => cdc.begin(second.records, BEGIN));
  assert.equal(sendAll(cdc, second), "done");
  device.chip.backupRegisters[COPY_TRY_REGISTER] = encodeCount(3);
  device.reset();
  assert.equal(device.boot()?.name, "first");
  device.reset();
  const asked = new LoaderCdcDevice(device.enterLoader());
  assert.equal(finish(() => asked.begin(second.records, BEGIN)), "repair-first");
  protect(device, LAYOUT.slots[0]!.addressA);
  assert.equal(finish(() => asked.install()), "install-failed");
  protect(device, undefined);
  assert.equal(finish(() => asked.install()), "done");
  assert.equal(device.findWhole("A")?.name, "second");
});

Deno.test("with copy tries used up and no set in A the loader stays, and a host that asks has one try", () => {
  const { device } = createDevice();
  stageOnly(device, second);
  device.chip.flash.preload(LAYOUT.slots[0]!.addressA, new Uint8Array(32));
  device.chip.backupRegisters[COPY_TRY_REGISTER] = encodeCount(3);
  device.reset();
  const { loader, report } = device.startLoader();
  assert.equal(report.reason, "failed-copy");
  const cdc = new LoaderCdcDevice(loader);
  assert.equal(finish(() => cdc.install()), "done");
  assert.equal(device.findWhole("A")?.name, "second");
});
