/**
 * A device with the loader that stalls for its longest erase, in every step of an update over CDC: the host waits, and sends
 * nothing twice.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createLoaderFirmware, LoaderCdcDevice, reportWell } from "../../emulator/loader/mod.ts";
import { runCdcTarget, updateOverCdc, type UpdateResult } from "../../protocols/cdc/mod.ts";
import { simulate, type SimulationResult } from "../../emulator/mod.ts";
import { StallingDevice } from "./cdc_faults.ts";
import { LoaderDevice } from "./loader_device.ts";
import { bring } from "./loader_host.ts";
import { configFor, SWEEP_LAYOUTS } from "./loader_releases.ts";
import { releasesFor } from "./loader_sweep.ts";

const BUFFER_BYTES = 4096;

interface Run {
  readonly result: SimulationResult<UpdateResult>;
  readonly device: LoaderDevice;
  /** Steps that the device made. */
  readonly stepCount: number;
}

/** Brings the second release onto a device that runs the first one. */
async function runWithStall(
  layout: string,
  stall: { readonly step: number; readonly durationMs: number },
): Promise<Run> {
  const releases = await releasesFor(layout);
  const { first, second } = releases;
  const config = configFor(SWEEP_LAYOUTS.get(layout)!, first);
  const device = new LoaderDevice({ config, releases: Object.values(releases) });
  bring(device, first, { way: "stream" });
  device.enterLoader();
  const { chip } = device;
  chip.reset("software-reset");
  let stalling: StallingDevice | undefined;
  const result = simulate({
    chip,
    firmware: createLoaderFirmware(chip, {
      config: { ...config, isButtonHeld: () => true },
      transport: (link, loader) =>
        runCdcTarget(link, { device: stalling = new StallingDevice(new LoaderCdcDevice(loader), stall) }),
      otherwise: () => {
        reportWell(chip);
        return undefined;
      },
    }),
    usb: { bufferBytes: BUFFER_BYTES },
    host: (link) =>
      updateOverCdc(link, {
        images: second.records.map((header, index) => ({
          header,
          payloadDigest: second.headers[index]!.payloadDigest,
          payload: second.payloads[index]!.subarray(0, second.headers[index]!.payloadSizeBytes),
        })),
        setId: second.headers[0]!.setId,
        sessionId: 1,
      }),
  });
  return { result, device, stepCount: stalling!.stepCount };
}

for (const [layout, { part }] of SWEEP_LAYOUTS) {
  Deno.test(`a device stalls for its longest erase in every step, and the host waits: ${layout}`, async () => {
    const maximaUs = part.flash.timings.flatMap(({ sectorErase }) => sectorErase.map(({ maximumUs }) => maximumUs));
    const durationMs = Math.max(...maximaUs) / 1000;
    let runCount = 0;
    for (let stepCount = 1; runCount < stepCount; runCount++) {
      const run = await runWithStall(layout, { step: runCount, durationMs });
      const { outcome, hostMs } = run.result;
      assert(outcome.kind === "done", outcome.kind === "failed" ? String(outcome.error) : "");
      assert.deepEqual([outcome.value.outcome, outcome.value.recoveryCount], ["updated", 0]);
      assert.equal(run.device.findWhole("A")?.name, "second");
      assert(hostMs > durationMs);
      stepCount = run.stepCount;
    }
    console.info(`${layout}, cdc, a stall of ${durationMs} ms: ${runCount} steps enumerated, nothing sent twice`);
    assert(runCount > 5);
  });
}
