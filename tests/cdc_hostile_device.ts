/**
 * A CDC device on the wire that stores nothing and says that it has done everything, but for what it is told to do instead.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/mod.ts";
import {
  FRAME_NAMES,
  type FrameName,
  PROBE_BYTES,
  type RefusalCode,
  REFUSALS,
  STATUS,
} from "../protocols/cdc/constants.ts";
import type { DeviceInformation, DeviceLimits, SetReport } from "../protocols/cdc/device.ts";
import { FrameReader } from "../protocols/cdc/frame_reader.ts";
import { addToSequence, encodeReply, type Frame } from "../protocols/cdc/frames.ts";
import {
  encodeInformation,
  encodeProgress,
  encodeResumePoints,
  encodeSetReport,
  encodeStagingReport,
} from "../protocols/cdc/records.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import { CdcArrayDevice } from "./cdc_array_device.ts";
import { type CdcSet, makeCdcSet, patternOf } from "./cdc_header.ts";

/** What a device says, however wrong. */
export interface SaidReply {
  readonly status?: number;
  readonly body?: Bytes;
  /** Added to the sequence number that it answers. */
  readonly sequence?: number;
  /** Added to the number that would come next. */
  readonly next?: number;
  /** Frames of credit. */
  readonly credit?: number;
}

/** What a device does with a frame. */
export type Behaviour = (device: HostileDevice, frame: Frame) => Procedure<void>;

/** What it does with which frames; all others it says it has done. */
export type Behaviours = Readonly<Partial<Record<FrameName, Behaviour>>>;

/** Options of a {@linkcode HostileDevice}. */
export interface HostileDeviceOptions {
  readonly information: DeviceInformation;
  /** The set that it says it starts at the end. */
  readonly booted: SetReport;
  readonly behaviours: Behaviours;
  /** Where to note what it hears. */
  readonly heard?: FrameName[];
}

/** A progress that never gets anywhere. */
const AT_WORK = encodeProgress({ phase: "verify", image: 0, doneBytes: 0, totalBytes: 1 });

/** A device of words. */
export class HostileDevice {
  readonly link: ByteLink;
  readonly #options: HostileDeviceOptions;

  constructor(link: ByteLink, options: HostileDeviceOptions) {
    this.link = link;
    this.#options = options;
  }

  *run(): Procedure<void> {
    const reader = new FrameReader(this.link, 40_000);
    while (true) {
      const frame = yield* reader.read("frame", Infinity);
      if (frame === "damaged") continue;
      const name = FRAME_NAMES.get(frame.type)!;
      this.#options.heard?.push(name);
      const behave = this.#options.behaviours[name];
      if (behave === undefined) this.send(frame);
      else yield* behave(this, frame);
    }
  }

  /** Replies; as done, unless it is told otherwise. */
  send(frame: Frame, said: SaidReply = {}): void {
    const { status = STATUS.done, next = 1, credit = this.#options.information.limits.window } = said;
    const { type, session } = frame;
    const sequence = addToSequence(frame.sequence, said.sequence ?? 0);
    this.link.send(encodeReply({
      type,
      argument: status,
      sequence,
      session,
      next: addToSequence(frame.sequence, next),
      limit: addToSequence(frame.sequence, next + credit - 1),
      body: said.body ?? this.bodyFor(frame),
    }));
  }

  /** Says that it is at work. */
  reportWork(frame: Frame): void {
    this.send(frame, { status: STATUS.working, next: 0, body: AT_WORK });
  }

  refuse(frame: Frame, code: RefusalCode): void {
    this.send(frame, { status: REFUSALS[code], body: Uint8Array.of(0xff, 0, 0, 0) });
  }

  /** What it says when it has done something. */
  bodyFor({ type, argument, body }: Frame): Bytes {
    const { information, booted } = this.#options;
    switch (FRAME_NAMES.get(type)) {
      case "hello":
        return concatBytes([encodeInformation(information), body.slice(-PROBE_BYTES)]);
      case "begin":
        return encodeResumePoints(Array.from({ length: argument }, () => ({ state: "unknown" as const, offset: 0 })));
      case "compare":
        return new Uint8Array(4);
      case "finish":
      case "status":
        return encodeStagingReport({ state: "committed", setA: information.setA, setB: booted, stagedBytes: [] });
      case "boot":
        return encodeSetReport(booted);
      default:
        return new Uint8Array(0);
    }
  }
}

/** An update for it. */
export const SET: CdcSet = makeCdcSet(2, [patternOf(3, 3000), patternOf(4, 2000)]);

/** What it holds, and how long it says that it is silent. */
export const LIMITS: DeviceLimits = { dataSizeMax: 512, window: 2, silenceMs: 2000 };

/** What PROTOCOL.md allows for a command, and for this update. */
export const COMMAND_MS = 300_000;
export const UPDATE_MS: number = COMMAND_MS + 2 * 5000;

/** What a device of arrays says that runs the first release, or nothing. */
export function informationOf(
  limits: DeviceLimits,
  reason: DeviceInformation["reason"] = "host-request",
): DeviceInformation {
  const device = new CdcArrayDevice({ slotSizes: [4096, 4096], sectorBytes: 1024, unitBytes: 32, limits });
  device.reason = reason;
  return device.describe();
}

/** The set of {@linkcode SET}, as a device reports it. */
export const BOOTED: SetReport = (() => {
  const device = new CdcArrayDevice({ slotSizes: [4096, 4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  device.preload("a", SET.images);
  return device.describe().setA;
})();

/** Does the same every so many milliseconds, for ever. */
export function everyMs(durationMs: number, onFrame: (device: HostileDevice, frame: Frame) => void): Behaviour {
  return function* (device, frame): Procedure<void> {
    while (true) {
      onFrame(device, frame);
      yield* device.link.sleep(durationMs);
    }
  };
}

/** Does something after a while. */
export function afterMs(durationMs: number, onFrame: (device: HostileDevice, frame: Frame) => void): Behaviour {
  return function* (device, frame): Procedure<void> {
    yield* device.link.sleep(durationMs);
    onFrame(device, frame);
  };
}

/** Works for so long, then ends it. */
export const worksFor = (
  durationMs: number,
  onEnd: (device: HostileDevice, frame: Frame) => void = reportDone,
): Behaviour =>
  function* (device, frame): Procedure<void> {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= 1000) {
      yield* device.link.sleep(1000);
      device.reportWork(frame);
    }
    onEnd(device, frame);
  };

/** Says that a frame is done. */
export function reportDone(device: HostileDevice, frame: Frame): void {
  device.send(frame);
}
