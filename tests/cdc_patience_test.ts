/**
 * The slowest device that keeps to its datasheet is never given up: every part by its maxima, worked out; four of them
 * with full slots, simulated, with the longest times of the table.
 */

import assert from "node:assert/strict";
import { type Part, PARTS, sectorsOf } from "../core/mod.ts";
import { createLoaderFirmware, installLoader, LoaderCdcDevice, reportWell } from "../emulator/loader/mod.ts";
import { flashTimesOf } from "../emulator/flash_times.ts";
import { Simulation, Stm32 } from "../emulator/mod.ts";
import { findLayout } from "../packager/mod.ts";
import { runCdcTarget, updateOverCdc } from "../protocols/cdc/mod.ts";
import { configFor, packRelease, type Release } from "./sweeps/loader_releases.ts";

/** PROTOCOL.md, section 7. */
const COMMAND_MS = 300_000;
const MS_PER_BYTE = 2;

/** Header and commit word. */
const TRAILER_BYTES = 288;

/** The slowest row of a part's times. */
function slowestOf({ flash }: Part) {
  const widths = flash.timings.flatMap(({ parallelismBits }) => parallelismBits ?? []);
  return { times: "maximum", parallelismBits: widths.length > 0 ? Math.min(...widths) as 8 : undefined } as const;
}

Deno.test("no part takes half of the patience to erase and program all of its flash at its slowest", () => {
  for (const part of PARTS) {
    const { sectorEraseMs, programMs } = flashTimesOf(part, slowestOf(part));
    const sectors = sectorsOf(part, part.flash.bankModes[0]!.name);
    const eraseMs = sectors.reduce((sum, { sizeBytes }) => sum + sectorEraseMs.get(sizeBytes)!, 0);
    const writeMs = part.flash.sizeBytes / part.flash.programUnit.sizeBytes * programMs;
    const slotBytes = part.flash.sizeBytes / 2;
    // Slot B, then slot A in one command; a small payload buys no time, and all of the flash may have to be erased for it.
    assert((eraseMs + writeMs) / 2 < COMMAND_MS / 2, `${part.name}: ${(eraseMs + writeMs) / 2} ms for a slot`);
    assert(eraseMs < COMMAND_MS / 2, `${part.name}: ${eraseMs} ms to erase`);
    assert(eraseMs + writeMs < (COMMAND_MS + MS_PER_BYTE * slotBytes) / 2, `${part.name}: ${eraseMs + writeMs} ms`);
  }
});

function imagesOf({ records, headers, payloads }: Release) {
  return records.map((header, index) => ({
    header,
    payloadDigest: headers[index]!.payloadDigest,
    payload: payloads[index]!.subarray(0, headers[index]!.payloadSizeBytes),
  }));
}

for (const name of ["stm32h747", "stm32f407", "stm32l053", "stm32g0b1"]) {
  Deno.test(`two updates that fill all slots of the slowest ${name} there is, and nothing is sent twice`, async () => {
    const layout = findLayout(name);
    const sizes = layout.slots.map(({ sizeBytes }) => sizeBytes - TRAILER_BYTES);
    const [first, second] = await Promise.all(
      [1, 2].map((counter) => packRelease(layout, { name: `${counter}`, counter, sizes })),
    );
    const chip = new Stm32(layout.part, slowestOf(layout.part));
    installLoader(chip, layout);
    const simulation = new Simulation({
      chip,
      usb: { bufferBytes: 8192 },
      firmware: createLoaderFirmware(chip, {
        config: { ...configFor(layout, first!), isButtonHeld: () => true },
        transport: (link, loader) => runCdcTarget(link, { device: new LoaderCdcDevice(loader) }),
        otherwise: () => {
          reportWell(chip);
          return undefined;
        },
      }),
    });
    for (const release of [first!, second!]) {
      chip.reset("software-reset");
      const { outcome, hostMs } = simulation.run((link) =>
        updateOverCdc(link, {
          images: imagesOf(release),
          setId: release.headers[0]!.setId,
          sessionId: 1,
          then: "install",
        })
      );
      assert(outcome.kind === "done", outcome.kind === "failed" ? String(outcome.error) : "");
      assert.deepEqual([outcome.value.outcome, outcome.value.recoveryCount], ["updated", 0]);
      const patienceMs = COMMAND_MS + MS_PER_BYTE * sizes.reduce((sum, size) => sum + size, 0);
      console.info(`${name}: ${(hostMs / 1000).toFixed(1)} s of ${(patienceMs / 1000).toFixed(1)} s`);
      assert(hostMs < patienceMs / 2);
    }
  });
}
