/**
 * What an update over the CDC protocol costs, counted: bytes against the plan and against sums made here by hand, virtual
 * time against the flash's own, buffers against what small parts have.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Bytes } from "../../core/mod.ts";
import { findPart, type Part } from "../../core/parts/mod.ts";
import { Simulation, type SimulationOptions, type SimulationResult, Stm32 } from "../../emulator/mod.ts";
import {
  type DeviceLimits,
  frameSizeRange,
  NOTICE_WIRE_BYTES,
  planUpdate,
  runCdcTarget,
  type UpdateOptions,
  updateOverCdc,
  type UpdateResult,
} from "../../protocols/cdc/mod.ts";
import { CdcArrayDevice } from "../cdc_array_device.ts";
import { makeCdcSet } from "../cdc_header.ts";

const KIB = 1024;
const TRAILER_BYTES = 288;

/** Packets of 64 bytes that full-speed USB carries in a millisecond (USB 2.0, table 5-9). */
const WIRE_BYTES_PER_MS = 19 * 64;

/** How a part's loader is set up, and what it may use. */
interface Profile {
  readonly part: Part;
  readonly slotSizes: readonly number[];
  readonly sectorBytes: number;
  /** What one program operation of the loader writes: half a page on an L0. */
  readonly unitBytes: number;
  readonly limits: DeviceLimits;
  readonly bufferMax: number;
}

const H747: Profile = {
  part: findPart("stm32h747xi"),
  slotSizes: [384 * KIB, 512 * KIB],
  sectorBytes: 128 * KIB,
  unitBytes: 32,
  limits: { dataSizeMax: 3712, window: 2, silenceMs: 4500 },
  bufferMax: 8 * KIB,
};

const F407: Profile = {
  part: findPart("stm32f407xg"),
  slotSizes: [448 * KIB],
  sectorBytes: 128 * KIB,
  unitBytes: 4,
  limits: { dataSizeMax: 3840, window: 2, silenceMs: 4500 },
  bufferMax: 8 * KIB,
};

const L053: Profile = {
  part: findPart("stm32l053x8"),
  slotSizes: [24 * KIB],
  sectorBytes: 128,
  unitBytes: 64,
  limits: { dataSizeMax: 512, window: 2, silenceMs: 300 },
  bufferMax: 1536,
};

/** A payload that fills the slot. Nothing in it is zero, which costs COBS most. */
function payloadFor(slotBytes: number, seed: number): Bytes {
  return Uint8Array.from({ length: slotBytes - TRAILER_BYTES }, (_, index) => 1 + (index * 7 + seed) % 255);
}

/** What the device needs for frames: those it receives, before COBS, and its longest reply, encoded. */
function buffersOf({ limits, slotSizes }: Profile): number {
  const reply = frameSizeRange(4 + 140 + 32 * slotSizes.length + 256).most;
  return limits.window * (limits.dataSizeMax + 16) + reply;
}

interface Run {
  readonly device: CdcArrayDevice;
  readonly result: SimulationResult<UpdateResult>;
  readonly payloadBytes: number;
}

function run(
  profile: Profile,
  options: { readonly line?: Partial<SimulationOptions>; readonly update?: Partial<UpdateOptions> } = {},
): Run {
  const { part, slotSizes, sectorBytes, unitBytes, limits } = profile;
  const [timing] = part.flash.timings;
  const erase = timing!.sectorErase.find(({ sectorSizeBytes }) => sectorSizeBytes === sectorBytes)!;
  const device = new CdcArrayDevice({
    slotSizes,
    sectorBytes,
    unitBytes,
    limits,
    times: { eraseMs: erase.typicalUs / 1000, programMs: timing!.program.typicalUs / 1000 },
    erasedByte: part.flash.programUnit.erasedByte,
  });
  const update = makeCdcSet(2, slotSizes.map((size, index) => payloadFor(size, index)));
  const simulation = new Simulation({
    chip: new Stm32(findPart("stm32g071xb")),
    *firmware(link) {
      device.clear();
      yield* runCdcTarget(link, { device });
      return { kind: "reset" };
    },
    ...options.line ?? { usb: { bufferBytes: receiverBytes(profile) } },
  });
  const start = { ...update, sessionId: 1, then: "nothing" as const, ...options.update };
  const result = simulation.run((link) => updateOverCdc(link, start));
  if (result.outcome.kind === "failed") throw result.outcome.error;
  const payloadBytes = update.images.reduce((sum, { payload }) => sum + payload.length, 0);
  return { device, result, payloadBytes };
}

/** One frame is being worked on; the others of the window wait in the receiver. */
function receiverBytes({ limits: { dataSizeMax, window } }: Profile): number {
  return (window - 1) * frameSizeRange(4 + dataSizeMax).most;
}

for (const [name, profile] of Object.entries({ H747, F407, L053 })) {
  Deno.test(`${name}: staging takes no more than 5 % over the larger of wire time and flash time`, () => {
    const { device, result, payloadBytes } = run(profile);
    const wireMs = result.bytesToTarget / WIRE_BYTES_PER_MS;
    const efficiency = payloadBytes / result.bytesToTarget;
    const bothWays = payloadBytes / (result.bytesToTarget + result.bytesToHost);
    const larger = Math.max(wireMs, device.busyMs);
    console.log(
      `${name}: ${payloadBytes} bytes in ${result.hostMs.toFixed(1)} ms; flash ${device.busyMs.toFixed(1)} ms, wire ` +
        `${wireMs.toFixed(1)} ms, ${((result.hostMs / larger - 1) * 100).toFixed(2)} % over; payload efficiency ` +
        `${(efficiency * 100).toFixed(2)} % out, ${(bothWays * 100).toFixed(2)} % both ways; ${
          buffersOf(profile)
        } bytes ` +
        "of buffers",
    );
    assert(result.hostMs <= 1.05 * larger);
    assert(buffersOf(profile) <= profile.bufferMax);
    assert(efficiency >= (profile === L053 ? 0.93 : 0.99));
  });
}

Deno.test("H747: flash time is seven erases and a program operation for every 32 bytes", () => {
  const { device, payloadBytes } = run(H747);
  // Headers and commit words are two operations a core in this device of arrays.
  const programCount = H747.slotSizes.reduce((sum, size) => sum + Math.ceil((size - TRAILER_BYTES) / 32), 0) + 4;
  const byHandMs = 7 * 1000 + programCount * 0.1;
  assert(Math.abs(device.busyMs - byHandMs) < 1e-6, `${device.busyMs} instead of ${byHandMs}`);
  assert.equal(payloadBytes, 896 * KIB - 2 * TRAILER_BYTES);
});

Deno.test("the receiver holds what the credits allow: a larger one changes nothing", () => {
  const exact = run(H747).result;
  const endless = run(H747, { line: { usb: { bufferBytes: Infinity } } }).result;
  assert.equal(exact.hostMs, endless.hostMs);
  const naked = run(H747, { line: { usb: { bufferBytes: 64 } } }).result;
  assert(naked.hostMs > exact.hostMs, "a receiver of one packet makes the host wait, and loses nothing");
});

for (const [name, profile] of Object.entries({ H747, F407, L053 })) {
  Deno.test(`${name}: an update costs what planUpdate() foretells`, () => {
    const { device, result } = run(profile, { update: { then: "boot" } });
    const set = makeCdcSet(2, profile.slotSizes.map((size, index) => payloadFor(size, index)));
    const before = new CdcArrayDevice({ ...profile, times: { eraseMs: 0, programMs: 0 } }).describe();
    const plan = planUpdate({ images: set.images, device: before, sessionId: 1 });
    const { dataSizeMax } = profile.limits;
    const frameCount = set.images.reduce((sum, { payload }) => sum + Math.ceil(payload.length / dataSizeMax), 0);
    assert.deepEqual([result.bytesToTarget, result.framesToTarget], [plan.total.bytesOut, plan.total.frames]);
    assert.equal(plan.data.frames, frameCount);
    assert.equal(plan.data.bytesIn, 18 * frameCount);
    const noticeBytes = result.bytesToHost - plan.total.bytesIn;
    assert.equal(noticeBytes % NOTICE_WIRE_BYTES, 0, `${noticeBytes} bytes of notices`);
    assert(noticeBytes / NOTICE_WIRE_BYTES <= device.busyMs / 200 + 1);
    for (const { payload } of set.images) {
      const rest = payload.length % dataSizeMax;
      const { least, most } = frameSizeRange(4 + dataSizeMax);
      const last = frameSizeRange(4 + rest);
      const whole = Math.floor(payload.length / dataSizeMax);
      assert(plan.data.bytesOut >= whole * least);
      if (set.images.length === 1) assert(plan.data.bytesOut <= whole * most + last.most);
    }
  });
}

Deno.test("a stack that sends no empty packets behind 64 bytes costs no time-out", () => {
  const quiet = run(L053, { line: { usb: { bufferBytes: receiverBytes(L053), sendsEmptyPackets: false } } });
  const polite = run(L053, { line: { usb: { bufferBytes: receiverBytes(L053), sendsEmptyPackets: true } } });
  assert.equal(quiet.result.hostMs, polite.result.hostMs);
  assert(quiet.result.outcome.kind === "done" && quiet.result.outcome.value.recoveryCount === 0);
});
