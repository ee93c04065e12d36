/**
 * The loader as the CDC protocol sees it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ImageHeader } from "../../packager/header.ts";
import type { SetJudgement } from "../../packager/slots/mod.ts";
import { type RefusalCode, REFUSALS } from "../../protocols/cdc/constants.ts";
import type {
  CdcDevice,
  DeviceInformation,
  DeviceLimits,
  PayloadChecksums,
  ResumePoint,
  SetReport,
  SlotReport,
  StagingReport,
  Step,
} from "../../protocols/cdc/device.ts";
import type { SlotLoader } from "./loader.ts";
import { LoaderError } from "./loader_error.ts";
import { Stager } from "./stager.ts";
import { judgeSlots } from "./verify_slots.ts";
import type { Work } from "./work.ts";

/** Names in a greeting are no longer. */
const NAME_LENGTH_MAX = 16;
const DIGEST_START_BYTES = 16;

/** Parts with less RAM than this hold less of a transfer. */
const SMALL_RAM_BYTES = 16 * 1024;
/** The sizes that PROTOCOL.md, section 9, works out: 8 KiB of buffers, or 1.5 KiB on a part that has 8 KiB in all. */
const DATA_SIZES = { severalCores: 3712, oneCore: 3840, small: 512 } as const;
const WINDOW = 2;

/** Time for the rest of a step, and for whatever else a loader does: a digest of a large payload, a signature. */
const STEP_MS = 500;

const NO_SET: SetReport = {
  state: "absent",
  version: { major: 0, minor: 0, patch: 0, build: 0 },
  counter: 0,
  setId: new Uint8Array(16),
};

/** A step that is broken off takes with it what it was about. */
interface RunningWork {
  readonly name: string;
  readonly image: number | undefined;
  readonly offset: number | undefined;
  readonly work: Work<unknown>;
}

/** One run of a loader, from a reset on, as a `CdcDevice`. */
export class LoaderCdcDevice implements CdcDevice {
  readonly #loader: SlotLoader;
  readonly #stager: Stager;
  readonly #limits: DeviceLimits;
  #running: RunningWork | undefined;

  /**
   * Puts a loader that stays behind the protocol.
   *
   * @param loader The loader.
   * @param limits What it can hold, where it is not to be worked out from the part.
   */
  constructor(loader: SlotLoader, limits: Partial<DeviceLimits> = {}) {
    this.#loader = loader;
    this.#stager = new Stager(loader);
    this.#limits = { ...limitsOf(loader), ...limits };
  }

  /**
   * Says what it is, what it holds and why it is there.
   *
   * @returns The answer to a greeting.
   */
  describe(): DeviceInformation {
    const { config, reason = "unknown", setA } = this.#loader;
    const { layout, productId } = config;
    return {
      partName: layout.part.name.slice(0, NAME_LENGTH_MAX),
      chipId: layout.part.chipId,
      layoutName: layout.name.slice(0, NAME_LENGTH_MAX),
      productId,
      policy: layout.policy,
      reason,
      counterMin: this.#stager.leastCounter,
      limits: this.#limits,
      setA: reportSet(setA),
      setB: reportSet(this.#loader.verifyB()),
      slots: layout.slots.map((slots, index): SlotReport => ({
        core: slots.core,
        runAddress: slots.addressA,
        stagingAddress: slots.addressB,
        slotSizeBytes: slots.sizeBytes,
        digestStart: setA.kind === "set" ? digestStartOf(setA.headers[index]!) : new Uint8Array(DIGEST_START_BYTES),
      })),
    };
  }

  /**
   * Says how far staging is.
   *
   * @returns The report; set B by its headers alone.
   */
  report(): StagingReport {
    const { state, stagedBytes } = this.#stager;
    const setA = reportSet(this.#loader.setA);
    return { state, setA, setB: reportSet(this.#glimpseB()), stagedBytes: [...stagedBytes] };
  }

  /**
   * Begins a set, or goes on with it.
   *
   * @param headers All image headers.
   * @param options Whether the host insists.
   * @returns Where each image goes on.
   */
  begin(
    headers: readonly Bytes[],
    options: { readonly isForced: boolean },
  ): Step<readonly ResumePoint[]> {
    try {
      this.#stager.begin(headers, options);
      const value = headers.map((_, image) => this.#stager.resumePointOf(image));
      this.#running = undefined;
      return { kind: "done", value, busyMs: 0 };
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /**
   * Compares what is in an image's slot with the host's checksums.
   *
   * @param image Index of the image.
   * @param checksums The host's.
   * @returns The byte with which the host goes on.
   */
  compare(image: number, checksums: PayloadChecksums): Step<number> {
    return this.#step("compare", { image }, () => this.#stager.compare(image, checksums));
  }

  /**
   * Writes bytes of a payload.
   *
   * @param image Index of the image.
   * @param offset Offset into the payload.
   * @param bytes The bytes.
   * @returns Nothing.
   */
  write(image: number, offset: number, bytes: Bytes): Step<undefined> {
    return this.#step("write", { image, offset }, () => nothing(this.#stager.write(image, offset, bytes)));
  }

  /**
   * Copies the payload of slot A to slot B.
   *
   * @param image Index of the image.
   * @returns Nothing.
   */
  clone(image: number): Step<undefined> {
    return this.#step("clone", { image }, () => nothing(this.#stager.clone(image)));
  }

  /**
   * Verifies every payload and commits.
   *
   * @returns Nothing.
   */
  finish(): Step<undefined> {
    return this.#step("finish", {}, () => nothing(this.#stager.finish()));
  }

  /**
   * Installs what is to be installed.
   *
   * @returns Set A.
   */
  install(): Step<SetReport> {
    const step = this.#step("install", {}, () => this.#install());
    if (step.kind === "done" && this.#stager.state === "committed") this.#stager.abort();
    return step;
  }

  /** Forgets what was begun. */
  abort(): void {
    this.#running = undefined;
    this.#stager.abort();
  }

  *#install(): Work<SetReport> {
    const isCopied = yield* this.#loader.copyWhatIsDue({ isAsked: true });
    if (!isCopied) throw new LoaderError("install-failed", "Cannot install: copying has failed too often");
    const { setA } = this.#loader;
    if (setA.kind === "none") throw new LoaderError("nothing-to-boot", `Cannot start: ${setA.problem.text}`);
    return reportSet(setA);
  }

  /** What stands in the slots B, as far as headers tell. */
  #glimpseB(): SetJudgement {
    const { chip, config } = this.#loader;
    return judgeSlots(chip.flash, config, config.layout.policy === "single" ? "A" : "B");
  }

  /** Goes on with the work of a method, or begins it. */
  #step<T>(
    name: string,
    of: { readonly image?: number; readonly offset?: number },
    start: () => Work<T>,
  ): Step<T> {
    const { image, offset } = of;
    const isSame = this.#running?.name === name && this.#running.image === image && this.#running.offset === offset;
    const running = isSame ? this.#running! : { name, image, offset, work: start() };
    this.#running = undefined;
    const { operations } = this.#loader.chip.flash;
    try {
      const step = running.work.next();
      const busyMs = operations.takeBusyMs();
      // What the work gives is what its method promised: the name tells one from the other.
      if (step.done === true) return { kind: "done", value: step.value as T, busyMs };
      this.#running = running;
      const phase = name === "clone" || name === "install" ? name : step.value.phase;
      return { kind: "working", progress: { ...step.value, phase }, busyMs };
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #refuse(error: unknown): Step<never> {
    if (!(error instanceof LoaderError)) throw error;
    const busyMs = this.#loader.chip.flash.operations.takeBusyMs();
    return { kind: "refused", code: refusalOf(error), ...imageOf(error), busyMs };
  }
}

function* nothing(work: Work<void>): Work<undefined> {
  yield* work;
  return undefined;
}

function refusalOf({ code }: LoaderError): RefusalCode {
  return code === "bad-bundle" || !(code in REFUSALS) ? "bad-body" : code;
}

function imageOf({ image }: LoaderError): { readonly image?: number } {
  return image === undefined ? {} : { image };
}

function reportSet(set: SetJudgement): SetReport {
  if (set.kind === "none") return NO_SET;
  const { version, counter, setId } = set.headers[0]!;
  return { state: set.commitProblem === undefined ? "committed" : "uncommitted", version, counter, setId };
}

function digestStartOf({ payloadDigest }: ImageHeader): Bytes {
  return payloadDigest.slice(0, DIGEST_START_BYTES);
}

function limitsOf({ chip, config }: SlotLoader): DeviceLimits {
  const { cores, flash } = config.layout.part;
  const ramBytes = cores[0]!.rams.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const longestUs = Math.max(
    ...flash.timings.flatMap(({ sectorErase }) => sectorErase.map(({ maximumUs }) => maximumUs)),
  );
  const silenceMs = Math.ceil(Math.max(longestUs / 1000, ...chip.flash.times.sectorEraseMs.values())) + STEP_MS;
  const kind = ramBytes < SMALL_RAM_BYTES ? "small" : config.layout.slots.length > 1 ? "severalCores" : "oneCore";
  return { dataSizeMax: DATA_SIZES[kind], window: WINDOW, silenceMs };
}
