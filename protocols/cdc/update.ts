/**
 * A whole update: greet, compare, send what differs, verify, commit, install.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, crc32, equalBytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import type { DeviceInformation, ResumePoint, SetReport } from "./device.ts";
import { CdcRefusedError, OtherSetError } from "./error.ts";
import { type CdcSession, openSession } from "./host.ts";
import { Patience } from "./patience.ts";
import { type UpdateEvent, UpdateProgress } from "./update_progress.ts";

/** How often an update begins anew after the device was reset, or its flash did not take something. */
const RESTART_COUNT_MAX = 3;

/** Refusals after which the device knows best where to go on. */
const WORTH_RESTARTING: readonly string[] = ["no-session", "flash-failed", "verify-failed", "bad-offset", "not-begun"];

/** Smallest unit of compare: what its smallest flash page is made of, and no more than a few hundred CRCs for a slot. */
const UNIT_BYTES_MIN = 256;

/** One image of an update. */
export interface CdcImage {
  /** Its header, 256 bytes. Sent as it is; nothing in it is read here. */
  readonly header: Bytes;
  /** Its payload, not padded. */
  readonly payload: Bytes;
  /** The SHA-256 of the payload, as the header has it. */
  readonly payloadDigest: Bytes;
}

/** Options of {@linkcode updateOverCdc}. */
export interface UpdateOptions {
  /** All images of the set, in index order. */
  readonly images: readonly CdcImage[];
  /** The set id, 16 bytes, as the headers have it. */
  readonly setId: Bytes;
  /** Number of the first session, 1 to 4294967000; up to three more follow it when the device is reset in between. */
  readonly sessionId: number;
  /**
   * What comes after the set is committed: `boot` installs and starts it, `install` installs it and leaves the loader
   * listening, `reset` resets the device, `nothing` leaves it.
   *
   * @default {"boot"}
   */
  readonly then?: "boot" | "install" | "reset" | "nothing" | undefined;
  /**
   * Whether to send a set that the device runs already.
   *
   * @default {false}
   */
  readonly again?: boolean | undefined;
  /**
   * Whether the device may erase slot B although it holds its last valid set. Without it that set is installed first.
   *
   * @default {false}
   */
  readonly isForced?: boolean | undefined;
  /** Called with everything that happens. */
  readonly observer?: ((event: UpdateEvent) => void) | undefined;
}

/** How an image came to the device. */
export interface ImageDelivery {
  /** `sent` over the wire from `offset` on, `cloned` from slot A, or `kept`: it was there. */
  readonly how: "sent" | "cloned" | "kept";
  /** Bytes sent. */
  readonly sentBytes: number;
}

/** What {@linkcode updateOverCdc} did. */
export interface UpdateResult {
  /** What the device said of itself before. */
  readonly device: DeviceInformation;
  /** `unchanged` when it ran this set already, and was only told to start it. */
  readonly outcome: "updated" | "unchanged";
  /** How each image came to it; empty when unchanged. */
  readonly deliveries: readonly ImageDelivery[];
  /** The set that it starts, as it reports itself; nothing unless it was asked to install or boot. */
  readonly booted: SetReport | undefined;
  /** How often frames had to be sent again, and how often the update began anew. */
  readonly recoveryCount: number;
}

/**
 * Brings a set onto a device.
 *
 * It asks what the device has, sends only the payloads that differ, lets the device copy the others from its own slot A,
 * goes on where an earlier attempt ended, and ends with the device's own report. Called again on a new link after the port
 * went away, it resumes at the byte; after a reset of the device, at the last sector that is beyond doubt.
 *
 * Breaking it off sends nothing: what is staged stays for the next attempt. A device that starts its application may be gone
 * before its last reply has come; then this fails, but the observer has been told that the set is committed, and
 * {@linkcode askDevice} tells what runs, if what runs answers.
 *
 * @param link The host's end of the wire.
 * @param options The set, the number of the session, and what comes after.
 * @returns What was done.
 * @throws {CdcRefusedError} When the device refuses the set; nothing was changed then.
 * @throws {OtherSetError} When it starts another set than this one.
 * @throws {EndlessWorkError} When all of it takes longer than 300 s and 2 ms for each byte of payload.
 * @throws {ProtocolError} When the line fails for good.
 */
export function* updateOverCdc(link: ByteLink, options: UpdateOptions): Procedure<UpdateResult> {
  const payloadBytes = options.images.reduce((sum, { payload }) => sum + payload.length, 0);
  return yield* new Patience(payloadBytes).spend(link, updateAgain(link, options));
}

/** Begins anew where that is worth it. */
function* updateAgain(link: ByteLink, options: UpdateOptions): Procedure<UpdateResult> {
  const progress = new UpdateProgress(options.observer);
  const notToClone = new Set<number>();
  for (let restartCount = 0;; restartCount++) {
    try {
      const sessionId = options.sessionId + restartCount;
      return yield* attemptUpdate(link, { ...options, sessionId, notToClone }, progress);
    } catch (error) {
      const isWorthIt = error instanceof CdcRefusedError && WORTH_RESTARTING.includes(error.code);
      if (!isWorthIt || restartCount >= RESTART_COUNT_MAX) throw error;
      progress.reportRestart(error);
    }
  }
}

/**
 * Asks a device what it is and what it runs: before an update, or on the new link when the port is back after one.
 *
 * @param link The host's end of the wire.
 * @param sessionId Number of the session, 1 to 4294967295.
 * @returns What it says.
 * @throws {ProtocolError} When nothing answers.
 */
export function* askDevice(link: ByteLink, sessionId: number): Procedure<DeviceInformation> {
  const { device } = yield* openSession(link, { sessionId });
  return device;
}

/** What attempts have in common. */
interface AttemptOptions extends UpdateOptions {
  /** Images that the device has refused to clone, or failed to: they are sent. */
  readonly notToClone: Set<number>;
}

function* attemptUpdate(link: ByteLink, options: AttemptOptions, progress: UpdateProgress): Procedure<UpdateResult> {
  const { images, setId, sessionId, then = "boot", again = false } = options;
  const isOurs = ({ state, setId: id }: SetReport) => state === "committed" && equalBytes(id, setId);
  const session = yield* openSession(link, { sessionId, observer: progress });
  const { device } = session;
  progress.reportConnection(device);
  const isUnchanged = !again && isOurs(device.setA);
  const deliveries = isUnchanged
    ? []
    : !again && isOurs(device.setB)
    ? images.map((): ImageDelivery => ({ how: "kept", sentBytes: 0 }))
    : yield* stage(session, options, progress);
  progress.reportCommit();
  if (then === "reset" && !isUnchanged) yield* session.reset();
  const installs = then === "boot" || then === "install";
  const booted = installs ? yield* session.boot({ stays: then === "install" }) : undefined;
  const { recoveryCount } = progress;
  if (booted !== undefined) {
    progress.reportInstallation(booted);
    if (!equalBytes(booted.setId, setId)) throw new OtherSetError(booted);
  }
  return { device, outcome: isUnchanged ? "unchanged" : "updated", deliveries, booted, recoveryCount };
}

function* stage(
  session: CdcSession,
  options: AttemptOptions,
  progress: UpdateProgress,
): Procedure<readonly ImageDelivery[]> {
  const { images, notToClone } = options;
  const points = yield* begin(session, options);
  const deliveries: ImageDelivery[] = [];
  const offsets: number[] = [];
  for (const [index, point] of points.entries()) {
    offsets.push(yield* findOffset(session, index, { ...images[index]!, point }));
  }
  const cloned = new Set<number>();
  for (const [index, image] of images.entries()) {
    if (offsets[index]! === image.payload.length || notToClone.has(index) || !hasSame(session, index, image)) continue;
    // Whatever comes of it, it is not tried a second time.
    notToClone.add(index);
    if (yield* tryClone(session, index)) {
      notToClone.delete(index);
      cloned.add(index);
      continue;
    }
    // Slot A may have turned out on the way not to hold what its header says: then the image begins anew.
    const point = (yield* begin(session, options))[index]!;
    offsets[index] = yield* findOffset(session, index, { ...image, point });
  }
  const leftBytes = (index: number) => cloned.has(index) ? 0 : images[index]!.payload.length - offsets[index]!;
  progress.reportTransfer(images.reduce((sum, _, index) => sum + leftBytes(index), 0));
  for (const [index, { payload }] of images.entries()) {
    const sentBytes = leftBytes(index);
    yield* sendPayload(session, index, { payload, offset: payload.length - sentBytes });
    deliveries.push({ how: cloned.has(index) ? "cloned" : sentBytes === 0 ? "kept" : "sent", sentBytes });
  }
  yield* session.finish();
  return deliveries;
}

/** Begins; where a set waits in slot B to be installed, it is installed first. */
function* begin(session: CdcSession, options: UpdateOptions): Procedure<readonly ResumePoint[]> {
  const { images, isForced = false } = options;
  const headers = images.map(({ header }) => header);
  try {
    return yield* session.begin(headers, { isForced });
  } catch (error) {
    if (!(error instanceof CdcRefusedError) || error.code !== "repair-first") throw error;
    yield* session.boot({ stays: true });
    return yield* session.begin(headers);
  }
}

/** The byte with which an image goes on. */
function* findOffset(
  session: CdcSession,
  index: number,
  image: { readonly payload: Bytes; readonly payloadDigest: Bytes; readonly point: ResumePoint },
): Procedure<number> {
  const { payload, point: { state, offset } } = image;
  if (state === "blank" || offset > payload.length) return 0;
  if (state === "known") return offset;
  const unitBytes = unitBytesFor(payload.length, session.device.limits.dataSizeMax);
  const crcs = Array.from(
    { length: Math.ceil(payload.length / unitBytes) },
    (_, nth) => crc32(payload.subarray(nth * unitBytes, (nth + 1) * unitBytes)),
  );
  return Math.min(yield* session.compare(index, { unitBytes, crcs }), payload.length);
}

/**
 * Gives the smallest unit with which the CRCs of a payload fit into one frame.
 *
 * @param payloadBytes Size of the payload.
 * @param dataSizeMax Bytes in a data frame.
 * @returns A power of two, 256 or more.
 */
export function unitBytesFor(payloadBytes: number, dataSizeMax: number): number {
  let unitBytes = UNIT_BYTES_MIN;
  while (4 * Math.ceil(payloadBytes / unitBytes) > dataSizeMax) unitBytes *= 2;
  return unitBytes;
}

/** Whether slot A holds the payload of an image, as far as headers tell. */
function hasSame({ device }: CdcSession, index: number, image: CdcImage): boolean {
  const { digestStart } = device.slots[index] ?? {};
  if (digestStart === undefined || device.policy === "single") return false;
  return equalBytes(digestStart, image.payloadDigest.subarray(0, digestStart.length));
}

function* tryClone(session: CdcSession, index: number): Procedure<boolean> {
  try {
    yield* session.clone(index);
    return true;
  } catch (error) {
    if (error instanceof CdcRefusedError && error.code === "clone-differs") return false;
    throw error;
  }
}

function* sendPayload(
  session: CdcSession,
  index: number,
  part: { readonly payload: Bytes; readonly offset: number },
): Procedure<void> {
  const { dataSizeMax } = session.device.limits;
  const { payload } = part;
  for (let offset = part.offset; offset < payload.length; offset += dataSizeMax) {
    yield* session.sendData(index, offset, payload.subarray(offset, offset + dataSizeMax));
  }
}
