/**
 * Every single fault of the wire in a download by commands of seven bytes. The protocol cannot survive all of them; what it
 * must never do is tell a host that reads the result that something is there which is not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, equalBytes } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import {
  enumerateWireFaults,
  type Fault,
  formatFaults,
  simulate,
  type SimulationResult,
  Stm32,
} from "../../emulator/mod.ts";
import {
  BLACK_PILL,
  type Cdc7Profile,
  encodeDownload,
  flashOverCdc7,
  MENDED,
  padPayload,
  planCdc7,
  runCdc7Target,
} from "../../protocols/cdc7/mod.ts";
import { checksumOf } from "../../protocols/cdc7/frames.ts";
import { type ByteLink, type Procedure, ProtocolError } from "../../protocols/link/mod.ts";
import { Cdc7ArrayDevice } from "../cdc7_array_device.ts";

const CHIP = new Stm32(findPart("stm32f411xe"));
const PAYLOAD: Bytes = Uint8Array.from(
  { length: 200 },
  (_, index) => index < 4 ? [0, 0, 2, 0x20][index]! : index * 7 & 0xff,
);

interface Trial {
  readonly device: Cdc7ArrayDevice;
  readonly result: SimulationResult<unknown>;
}

function run(
  host: (link: ByteLink) => Procedure<unknown>,
  options: { readonly profile: Cdc7Profile; readonly faults?: readonly Fault[] },
): Trial {
  const device = new Cdc7ArrayDevice(1024);
  device.eraseMs = 700;
  device.writeMs = 0.3;
  let isStarted = false;
  const result = simulate({
    host,
    chip: CHIP,
    firmware: (link) => isStarted ? undefined : started(runCdc7Target(link, { device, profile: options.profile })),
    wire: { baudRate: 1_000_000, frame: "8N1" },
    receiverDepthBytes: 2048,
    faults: options.faults,
    maxMs: 3_600_000,
  });
  return { device, result };

  function* started(target: Procedure<unknown>): Procedure<{ readonly kind: "reset" }> {
    yield* target;
    isStarted = true;
    return { kind: "reset" };
  }
}

const ours = (link: ByteLink) => flashOverCdc7(link, PAYLOAD, { eraseWithinMs: 2000 });

/** The published host: success is the ACK of the last packet. */
function* believe(link: ByteLink): Procedure<void> {
  const padded = padPayload(PAYLOAD, { fill: 0, alwaysPads: true });
  link.send(encodeDownload(padded.length / 64, checksumOf(padded)));
  yield* link.read(3, "ACK", 10_000);
  for (let offset = 0; offset < padded.length; offset += 64) {
    for (let triesLeft = 3; triesLeft > 0; triesLeft--) {
      link.send(padded.subarray(offset, offset + 64));
      const [kind] = yield* link.read(3, "reply", 10_000);
      if (kind === 0x30) break;
      assert(triesLeft > 1 || kind === 0x40);
    }
  }
}

for (const profile of [BLACK_PILL, MENDED]) {
  Deno.test(`flashOverCdc7() never lies to a single fault of the wire: ${profile.name}`, () => {
    const space = run(ours, { profile });
    const plan = planCdc7(PAYLOAD.length);
    assert.deepEqual(
      [space.result.bytesToTarget, space.result.bytesToHost, space.result.roundTrips],
      [plan.bytesOut, plan.bytesIn, plan.roundTrips],
    );
    const counts = { right: 0, failed: 0, wrong: 0 };
    const failures: string[] = [];
    for (const fault of enumerateWireFaults(space.result)) {
      const { device, result: { outcome } } = run(ours, { profile, faults: [fault] });
      if (outcome.kind === "failed") {
        assert(outcome.error instanceof ProtocolError, String(outcome.error));
        counts.failed++;
        if (failures.length < 5) failures.push(formatFaults([fault]));
      } else counts[equalBytes(device.flash.subarray(0, PAYLOAD.length), PAYLOAD) ? "right" : "wrong"]++;
    }
    const all = counts.right + counts.failed + counts.wrong;
    console.log(`cdc7 sweep, ${profile.name}: ${all} runs: ${JSON.stringify(counts)}; ${failures.join("  ")}`);
    assert.equal(counts.wrong, 0);
    assert(counts.failed * 20 < all, "the result may be lost, and the application has been started by then");
  });
}

Deno.test("the sweep sees a host that takes the last ACK for success", () => {
  const space = run(believe, { profile: BLACK_PILL });
  let wrongCount = 0;
  for (const fault of enumerateWireFaults(space.result)) {
    const { device, result: { outcome } } = run(believe, { profile: BLACK_PILL, faults: [fault] });
    if (outcome.kind === "done" && !equalBytes(device.flash.subarray(0, PAYLOAD.length), PAYLOAD)) wrongCount++;
  }
  console.log(`cdc7 sweep, host that believes: ${wrongCount} wrong`);
  assert(wrongCount > 0);
});
