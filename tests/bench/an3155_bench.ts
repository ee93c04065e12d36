/**
 * How fast host and target of AN3155 are with nothing between them: what a sweep has to spend on each run.
 *
 * `deno bench --allow-all tests/bench/an3155_bench.ts`; 2 MiB in 30 MiB/s are 67 ms.
 *
 * @module
 */

import { MemoryImage } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import {
  type BootRomDevice,
  flashImage,
  type FlashOutcome,
  profileFor,
  runBootRom,
} from "../../protocols/an3155/mod.ts";
import { type ByteLink, Engine, type Procedure } from "../../protocols/link/mod.ts";

const part = findPart("stm32h743xi");
const { addressStart, sizeBytes } = part.flash;
const image = MemoryImage.fromSegments([{
  address: addressStart,
  data: Uint8Array.from({ length: sizeBytes }, (_, index) => index * 7 + (index >> 8) * 13 + 1 & 0xff),
}]);

/** Memory and nothing else. */
function bareDevice(): BootRomDevice {
  const memory = new Uint8Array(sizeBytes);
  function* succeed(link: ByteLink): Procedure<FlashOutcome> {
    yield* link.sleep(0);
    return "done";
  }
  return {
    chipId: part.chipId,
    isReadProtected: false,
    isReadable: () => true,
    isWritable: () => true,
    isExecutable: () => true,
    resetsAfterWrite: () => false,
    read(address, count) {
      return { kind: "bytes", bytes: memory.slice(address - addressStart, address - addressStart + count) };
    },
    write(link, address, data) {
      memory.set(data, address - addressStart);
      return succeed(link);
    },
    eraseSector: succeed,
    massErase: succeed,
    changeProtection: succeed,
  };
}

function flash(verify: boolean): void {
  const device = bareDevice();
  const host = new Engine((link) => flashImage(link, image, { part, verify }));
  const target = new Engine((link) => runBootRom(link, { device, profile: profileFor(part) }));
  while (host.outcome === undefined) {
    for (const frame of host.takeOutput()) target.receive(frame, 0);
    if (host.wait?.kind === "flush") host.flushed(0);
    for (const frame of target.takeOutput()) host.receive(frame, 0);
  }
  if (host.outcome.kind === "failed") throw host.outcome.error;
}

/** Enough for the optimising compiler to be done, and for a noisy machine to show its better side too. */
const STEADY = { warmup: 30, n: 60 };

Deno.bench("AN3155, host and target: 2 MiB written", STEADY, () => flash(false));
Deno.bench("AN3155, host and target: 2 MiB written and read back", STEADY, () => flash(true));
