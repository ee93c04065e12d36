/**
 * Bytes that reach the loader without a wire: what is left is the time of the flash.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { crc32, equalBytes } from "../core/mod.ts";
import { finishWork, LoaderError, SlotLoader, Stager } from "../emulator/loader/mod.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { Release } from "./release.ts";
import type { SessionResult, Transport } from "./transport.ts";

/** Bytes in a piece: as many as a block of YMODEM. */
const PIECE_BYTES = 1024;

/** Unit of comparing what an earlier attempt has left: as the CDC protocol's. */
const CHECKSUM_UNIT_BYTES = 256;

/** The transport. */
export const DIRECT: Transport = {
  name: "direct",
  wire: "none: bytes reach the loader in no time",
  hasWire: false,
  connect: (device, release) => ({ run: () => runDirectly(device, release) }),
};

function runDirectly(device: RehearsalDevice, release: Release): SessionResult {
  const { operations } = device.chip.flash;
  let startedMs: number | undefined;
  let error: unknown;
  device.handOver();
  operations.takeBusyMs();
  try {
    stage(device, release);
  } catch (thrown) {
    if (!(thrown instanceof LoaderError)) throw thrown;
    error = thrown;
  }
  let durationMs = operations.takeBusyMs();
  device.chip.reset("software-reset");
  const boot = device.bootAlone();
  durationMs += boot.durationMs;
  if (boot.booted !== "stays") startedMs = durationMs;
  return { error, startedMs, durationMs, bytesToTarget: 0, bytesToHost: 0, frameOffsets: [] };
}

/** What the CDC protocol does: copies payloads that the device has, keeps what an earlier attempt has left. */
function stage(device: RehearsalDevice, release: Release): void {
  const loader = new SlotLoader(device.chip, device.setup.config);
  finishWork(loader.start());
  const stager = new Stager(loader);
  stager.begin(release.records);
  const own = loader.setA.kind === "set" && loader.config.layout.policy === "copy" ? loader.setA.headers : [];
  for (const [image, payload] of release.payloads.entries()) {
    if (own[image] !== undefined && equalBytes(own[image].payloadDigest, release.headers[image]!.payloadDigest)) {
      finishWork(stager.clone(image));
      continue;
    }
    let offset = findOffset(stager, image, payload);
    for (; offset < payload.length; offset += PIECE_BYTES) {
      finishWork(stager.write(image, offset, payload.subarray(offset, offset + PIECE_BYTES)));
    }
  }
  finishWork(stager.finish());
}

function findOffset(stager: Stager, image: number, payload: Uint8Array): number {
  const { state, offset } = stager.resumePointOf(image);
  if (state !== "unknown") return offset;
  const crcs = Array.from(
    { length: Math.ceil(payload.length / CHECKSUM_UNIT_BYTES) },
    (_, nth) => crc32(payload.subarray(nth * CHECKSUM_UNIT_BYTES, (nth + 1) * CHECKSUM_UNIT_BYTES)),
  );
  return finishWork(stager.compare(image, { unitBytes: CHECKSUM_UNIT_BYTES, crcs }));
}
