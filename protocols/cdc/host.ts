/**
 * The host's end: each command as a procedure, in the order of PROTOCOL.md.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import {
  BEGIN_FORCED,
  BEGIN_HEAD_BYTES,
  BOOT_STAY,
  COMPARE_HEAD_BYTES,
  DATA_OFFSET_BYTES,
  HELLO_PROBE,
  IMAGE_COUNT_MAX,
  IMAGE_HEADER_BYTES,
  PROBE_BYTES,
  PROTOCOL_VERSION,
} from "./constants.ts";
import type {
  DeviceInformation,
  PayloadChecksums,
  ResumePoint,
  SetReport,
  StagingReport,
  WorkProgress,
} from "./device.ts";
import { MalformedReplyError, PathNotCleanError } from "./error.ts";
import { viewOf } from "./frames.ts";
import { HostWindow, REPEAT_COUNT_MAX, type WindowObserver } from "./host_window.ts";
import { RecordWriter } from "./record_bytes.ts";
import { decodeInformation, decodeResumePoints, decodeSetReport, decodeStagingReport } from "./records.ts";

/** How long a hello may go unanswered: a device that erases hears nothing for as long. */
const HELLO_WITHIN_MS = 2000;

/** How long nobody has answered by the end: a hello with the probe and one without, each as often as it is repeated. */
const SILENT_WITHIN_MS = 2 * (1 + REPEAT_COUNT_MAX) * HELLO_WITHIN_MS;

/** Every byte value once, in order. */
const PROBE: Bytes = Uint8Array.from({ length: PROBE_BYTES }, (_, value) => value);

/** What happens in a session. */
export interface SessionObserver {
  /** Data of this many bytes are in flash. */
  onStored?(sizeBytes: number): void;
  /** The device is at work. */
  onWork?(progress: WorkProgress): void;
  /** Frames were sent again, because something was lost. */
  onRepeat?(reason: "timeout" | "gap"): void;
}

/** Options of {@linkcode openSession}. */
export interface OpenSessionOptions {
  /**
   * Number of the session, 1 to 4294967295. Another one than the last on this device: replies to an older session are told
   * by it. Only the caller knows a clock or chance to draw it from.
   */
  readonly sessionId: number;
  /** Who is told. */
  readonly observer?: SessionObserver | undefined;
}

/** A session with a device. Its procedures run one at a time. */
export class CdcSession {
  /** What the device said of itself. */
  readonly device: DeviceInformation;
  readonly #window: HostWindow;

  /**
   * For {@linkcode openSession}.
   *
   * @param frames What carries the session's frames.
   * @param device What the device said of itself.
   */
  constructor(frames: HostWindow, device: DeviceInformation) {
    this.#window = frames;
    this.device = device;
  }

  /**
   * Shows the headers of a set. The device checks all of them before it changes anything.
   *
   * @param headers 1 to 6 headers of 256 bytes, in index order.
   * @param options `isForced`: slot B may be erased although it holds the last valid set.
   * @returns Where each image goes on.
   * @throws {CdcRefusedError} When the device does not take the set.
   */
  *begin(headers: readonly Bytes[], options: { readonly isForced?: boolean } = {}): Procedure<ResumePoint[]> {
    if (headers.length < 1 || headers.length > IMAGE_COUNT_MAX) {
      throw new RangeError(`Cannot begin a set of ${headers.length} images: 1 to ${IMAGE_COUNT_MAX} make one`);
    }
    if (headers.some(({ length }) => length !== IMAGE_HEADER_BYTES)) {
      throw new RangeError(`Cannot begin a set: an image header has ${IMAGE_HEADER_BYTES} bytes`);
    }
    const flags = new RecordWriter(BEGIN_HEAD_BYTES).u32(options.isForced === true ? BEGIN_FORCED : 0).bytes;
    const { body } = yield* this.#window.run("begin", {
      argument: headers.length,
      body: concatBytes([flags, ...headers]),
    });
    const points = decodeResumePoints(body, headers.length);
    if (points === undefined) throw new MalformedReplyError("begin");
    return points;
  }

  /**
   * Asks how much of what is in a slot agrees with a payload.
   *
   * @param image Index of the image.
   * @param checksums The payload's, no more than one data frame holds.
   * @returns The byte with which to go on.
   */
  *compare(image: number, checksums: PayloadChecksums): Procedure<number> {
    const { unitBytes, crcs } = checksums;
    const head = new RecordWriter(COMPARE_HEAD_BYTES + 4 * crcs.length).u32(unitBytes);
    const writer = crcs.reduce((all, crc) => all.u32(crc), head);
    const { body } = yield* this.#window.run("compare", { argument: image, body: writer.bytes });
    if (body.length < 4) throw new MalformedReplyError("compare");
    return viewOf(body).getUint32(0, true);
  }

  /**
   * Sends bytes of a payload as soon as there is credit. It does not wait until they are in flash.
   *
   * @param image Index of the image.
   * @param offset Offset into the payload.
   * @param bytes 1 byte or more, no more than the device's `dataSizeMax`.
   */
  sendData(image: number, offset: number, bytes: Uint8Array): Procedure<void> {
    const body = new Uint8Array(DATA_OFFSET_BYTES + bytes.length);
    viewOf(body).setUint32(0, offset, true);
    body.set(bytes, DATA_OFFSET_BYTES);
    return this.#window.sendData(image, body);
  }

  /** Waits until all data are in flash and were read back. */
  drain(): Procedure<void> {
    return this.#window.drain();
  }

  /**
   * Lets the device copy a payload that it has already.
   *
   * @param image Index of the image.
   * @throws {CdcRefusedError} With code `clone-differs` when it has another one.
   */
  *clone(image: number): Procedure<void> {
    yield* this.#window.run("clone", { argument: image });
  }

  /**
   * Lets the device verify the set in flash and commit it.
   *
   * @returns What it has then.
   */
  *finish(): Procedure<StagingReport> {
    const { body } = yield* this.#window.run("finish");
    const report = decodeStagingReport(body);
    if (report === undefined) throw new MalformedReplyError("finish");
    return report;
  }

  /**
   * Asks how far staging is.
   *
   * @returns What the device has.
   */
  *status(): Procedure<StagingReport> {
    const { body } = yield* this.#window.run("status");
    const report = decodeStagingReport(body);
    if (report === undefined) throw new MalformedReplyError("status");
    return report;
  }

  /** Lets the device forget what was begun. Whoever wants to go on later does not call this. */
  *abort(): Procedure<void> {
    yield* this.#window.run("abort");
  }

  /** Resets the device. Over USB the port goes away. */
  *reset(): Procedure<void> {
    yield* this.#window.run("reset");
  }

  /**
   * Lets the device install what is staged, and start it.
   *
   * @param options `stays`: it installs only, and goes on listening.
   * @returns The set that starts, as the device reports it.
   * @throws {CdcRefusedError} With code `nothing-to-boot` or `install-failed`.
   */
  *boot(options: { readonly stays?: boolean } = {}): Procedure<SetReport> {
    const { body } = yield* this.#window.run("boot", { argument: options.stays === true ? BOOT_STAY : 0 });
    const report = decodeSetReport(body);
    if (report === undefined) throw new MalformedReplyError("boot");
    return report;
  }
}

/**
 * Greets the device.
 *
 * The greeting and its reply carry every byte value once, so that a port that swallows or changes some is found at once.
 *
 * @param link The host's end of the wire.
 * @param options Number of the session, and who is told.
 * @returns A session.
 * @throws {PathNotCleanError} When something answers, but not every byte value gets through.
 * @throws {LinkTimeoutError} When nothing answers within 20 s.
 */
export function* openSession(link: ByteLink, options: OpenSessionOptions): Procedure<CdcSession> {
  const { sessionId, observer = {} } = options;
  if (!(Number.isInteger(sessionId) && sessionId > 0 && sessionId <= 0xffffffff)) {
    throw new RangeError(`Cannot open session ${sessionId}: its number is from 1 to 4294967295`);
  }
  const told: WindowObserver = {
    onStored: (sizeBytes) => observer.onStored?.(sizeBytes),
    onWork: (progress) => observer.onWork?.(progress),
    onRepeat: (reason) => observer.onRepeat?.(reason),
  };
  const frames = new HostWindow(link, { session: sessionId, answerWithinMs: HELLO_WITHIN_MS, observer: told });
  try {
    return yield* greet(frames, PROBE);
  } catch (error) {
    if (!(error instanceof LinkTimeoutError)) throw error;
    if (frames.damagedCount > 0) throw new PathNotCleanError();
    const bare = new HostWindow(link, { session: sessionId, answerWithinMs: HELLO_WITHIN_MS, observer: told });
    if (yield* answers(bare)) throw new PathNotCleanError();
    throw new LinkTimeoutError(error.expected, SILENT_WITHIN_MS);
  }
}

function* greet(frames: HostWindow, probe: Bytes): Procedure<CdcSession> {
  const head = new RecordWriter(4).u16(PROTOCOL_VERSION).u16(probe.length > 0 ? HELLO_PROBE : 0).bytes;
  const { body } = yield* frames.run("hello", { body: concatBytes([head, probe]) });
  const decoded = decodeInformation(body);
  if (decoded === undefined) throw new MalformedReplyError("hello");
  frames.silenceMs = decoded.information.limits.silenceMs;
  return new CdcSession(frames, decoded.information);
}

/** Whether a hello without a probe is answered. */
function* answers(frames: HostWindow): Procedure<boolean> {
  try {
    yield* greet(frames, new Uint8Array(0));
    return true;
  } catch (error) {
    if (error instanceof LinkTimeoutError) return frames.damagedCount > 0;
    throw error;
  }
}
