/**
 * A whole update of an emulated STM32H747 with full slots over USB, by the emulated loader: how long staging takes beside what
 * its flash operations take one after the other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createLoaderFirmware, LoaderCdcDevice } from "../../emulator/loader/mod.ts";
import { type FlashOperation, Simulation } from "../../emulator/mod.ts";
import { findLayout } from "../../packager/layouts/mod.ts";
import { frameSizeRange, runCdcTarget, updateOverCdc } from "../../protocols/cdc/mod.ts";
import { LoaderDevice } from "../sweeps/loader_device.ts";
import { configFor, packRelease, type Release } from "../sweeps/loader_releases.ts";

const LAYOUT = findLayout("stm32h747");
const TRAILER_BYTES = 288;

/** Packets of 64 bytes that full-speed USB carries in a millisecond (USB 2.0, table 5-9). */
const WIRE_BYTES_PER_MS = 19 * 64;

const sizes = LAYOUT.slots.map(({ sizeBytes }) => sizeBytes - TRAILER_BYTES);

function imagesOf(release: Release) {
  return release.records.map((header, index) => ({
    header,
    payloadDigest: release.headers[index]!.payloadDigest,
    payload: release.payloads[index]!.subarray(0, release.headers[index]!.payloadSizeBytes),
  }));
}

Deno.test("H747 with its loader: staging takes no more than 5 % over the larger of wire time and flash time", async () => {
  const release = await packRelease(LAYOUT, { name: "full", counter: 1, sizes });
  const device = new LoaderDevice({ config: configFor(LAYOUT, release), releases: [release] });
  const operations: FlashOperation[] = [];
  device.onOperation = (operation) => operations.push(operation);
  const { chip, config } = device;
  const simulation = new Simulation({
    chip,
    firmware: createLoaderFirmware(chip, {
      config,
      transport: (link, loader) => runCdcTarget(link, { device: new LoaderCdcDevice(loader) }),
    }),
    usb: { bufferBytes: frameSizeRange(4 + 3712).most },
  });
  const result = simulation.run((link) =>
    updateOverCdc(link, { images: imagesOf(release), setId: release.headers[0]!.setId, sessionId: 1, then: "nothing" })
  );
  assert(result.outcome.kind === "done", result.outcome.kind === "failed" ? String(result.outcome.error) : "");
  const flashMs = operations.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const eraseCount = operations.filter(({ kind }) => kind === "erase-sector").length;
  const wireMs = result.bytesToTarget / WIRE_BYTES_PER_MS;
  const larger = Math.max(flashMs, wireMs);
  const payloadBytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(
    `H747, loader: ${payloadBytes} bytes in ${result.hostMs.toFixed(1)} ms; flash ${flashMs.toFixed(1)} ms with ` +
      `${eraseCount} erases, wire ${wireMs.toFixed(1)} ms, ${
        ((result.hostMs / larger - 1) * 100).toFixed(2)
      } % over; ` +
      `payload efficiency ${(payloadBytes / result.bytesToTarget * 100).toFixed(2)} % out, ` +
      `${(payloadBytes / (result.bytesToTarget + result.bytesToHost) * 100).toFixed(2)} % both ways`,
  );
  assert(result.hostMs <= 1.05 * larger);
  assert(payloadBytes / result.bytesToTarget >= 0.99);
  assert.equal(result.outcome.value.recoveryCount, 0);
  assert.equal(device.findWhole("B")?.name, "full");
});
