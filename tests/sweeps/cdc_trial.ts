/**
 * One update over the CDC protocol with something going wrong, and what to make of it.
 *
 * @module
 */

import { equalBytes } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import {
  type Fault,
  formatFaults,
  Simulation,
  type SimulationOptions,
  type SimulationResult,
  Stm32,
} from "../../emulator/mod.ts";
import type { CdcDevice, CdcExit } from "../../protocols/cdc/device.ts";
import { runCdcTarget } from "../../protocols/cdc/target.ts";
import { type UpdateOptions, updateOverCdc, type UpdateResult } from "../../protocols/cdc/update.ts";
import { type ByteLink, LinkClosedError, type Procedure, ProtocolError } from "../../protocols/link/mod.ts";
import { CdcArrayDevice } from "../cdc_array_device.ts";
import { type CdcSet, makeCdcSet, patternOf } from "../cdc_header.ts";

/** What came of a run. */
export type Verdict =
  /** The host reports success, and both slots hold the whole set. */
  | "right"
  /** The cable was gone, and the next call went on and succeeded. */
  | "resumed"
  /** The host failed with a typed error; the next call succeeded. */
  | "failed"
  /** The host reports success, and the set is not there: what must never happen. */
  | "wrong"
  /** The next call did not succeed either: what must never happen. */
  | "stuck";

/** How a device is put behind the wire. */
export interface CdcBenchOptions {
  /**
   * What stands between the wire and the array device.
   *
   * @default {the device itself}
   */
  readonly wrap?: (device: CdcArrayDevice) => CdcDevice;
  /**
   * The target end.
   *
   * @default {runCdcTarget}
   */
  readonly target?: (link: ByteLink, options: { readonly device: CdcDevice }) => Procedure<CdcExit>;
  /**
   * The bus.
   *
   * @default {a USB receiver that holds one frame}
   */
  readonly line?: Pick<SimulationOptions, "usb" | "wire" | "receiverDepthBytes">;
  /**
   * Whether the second image is in slot A already.
   *
   * @default {true}
   */
  readonly clones?: boolean;
}

const LIMITS = { dataSizeMax: 512, window: 2, silenceMs: 2200 };
const PART = findPart("stm32g071xb");

/** A device with an older set, and a newer one to bring onto it, again and again. */
export class CdcBench {
  readonly device: CdcArrayDevice = new CdcArrayDevice({
    slotSizes: [2048, 1024],
    sectorBytes: 256,
    unitBytes: 8,
    limits: LIMITS,
    times: { eraseMs: 22, programMs: 0.085 },
  });
  readonly update: CdcSet;
  readonly #options: CdcBenchOptions;
  readonly #chip = new Stm32(PART);
  readonly #before: ReturnType<CdcArrayDevice["snapshot"]>;
  #simulation: Simulation | undefined;

  constructor(options: CdcBenchOptions = {}) {
    this.#options = options;
    const shared = patternOf(2, 300);
    this.device.preload("a", makeCdcSet(1, [patternOf(1, 900), shared]).images);
    this.update = makeCdcSet(2, [patternOf(3, 1200), options.clones === false ? patternOf(4, 300) : shared]);
    this.#before = this.device.snapshot();
  }

  /** Runs the update on a fresh device. */
  run(faults: readonly Fault[], options: Partial<UpdateOptions> = {}): SimulationResult<UpdateResult> {
    const { wrap = (device: CdcArrayDevice) => device, target = runCdcTarget, line } = this.#options;
    this.device.restore(this.#before);
    const device = wrap(this.device);
    this.#simulation = new Simulation({
      chip: this.#chip,
      firmware: (link) => resetAfter(target(link, { device }), this.device),
      ...line ?? { usb: { bufferBytes: 576 } },
    });
    return this.again(100, faults, options);
  }

  /** Runs it once more on the device as it is now, over a new link. */
  again(
    sessionId: number,
    faults: readonly Fault[],
    options: Partial<UpdateOptions> = {},
  ): SimulationResult<UpdateResult> {
    const start = (link: ByteLink) => updateOverCdc(link, { ...this.update, sessionId, ...options });
    return this.#simulation!.run(start, { faults, maxMs: 3_600_000 });
  }

  /** Judges the last run; where the host has failed, it tries once more. */
  judge(result: SimulationResult<UpdateResult>, faults: readonly Fault[], isThere = () => this.holdsUpdate()): Verdict {
    const { outcome } = result;
    if (outcome.kind === "done") return isThere() ? "right" : "wrong";
    const { error } = outcome;
    if (!(error instanceof ProtocolError)) {
      throw new Error(`An error that is none of ours, at ${formatFaults(faults)}`, { cause: error });
    }
    const { outcome: next } = this.again(200, []);
    if (next.kind === "failed") return "stuck";
    if (!isThere()) return "wrong";
    return error instanceof LinkClosedError ? "resumed" : "failed";
  }

  /** Whether slot B holds the payloads, byte for byte. */
  stagesUpdate(): boolean {
    return this.update.images.every(({ payload }, index) =>
      equalBytes(this.device.slots[index]!.b.subarray(0, payload.length), payload)
    );
  }

  /** Whether both slots hold the whole set, committed. */
  holdsUpdate(): boolean {
    const { setA, setB } = this.device.describe();
    const isUpdate = ({ state, setId }: typeof setA) => state === "committed" && equalBytes(setId, this.update.setId);
    return isUpdate(setA) && isUpdate(setB);
  }
}

/** What runs on the chip: the loader, from one reset to the next. */
function* resetAfter(target: Procedure<CdcExit>, device: CdcArrayDevice): Procedure<{ readonly kind: "reset" }> {
  device.clear();
  yield* target;
  return { kind: "reset" };
}

/** Counts verdicts, and remembers the first few of each kind but the good ones. */
export class Tally {
  readonly counts: Record<Verdict, number> = { right: 0, resumed: 0, failed: 0, wrong: 0, stuck: 0 };
  readonly examples: Record<Verdict, string[]> = { right: [], resumed: [], failed: [], wrong: [], stuck: [] };
  longestMs = 0;
  runCount = 0;

  add(verdict: Verdict, result: SimulationResult<unknown>, faults: readonly Fault[]): void {
    this.runCount++;
    this.counts[verdict]++;
    this.longestMs = Math.max(this.longestMs, result.hostMs);
    if (this.examples[verdict].length < 5) this.examples[verdict].push(formatFaults(faults));
  }

  toString(): string {
    const counts = Object.entries(this.counts).map(([verdict, count]) => `${count} ${verdict}`).join(", ");
    const examples = (["failed", "wrong", "stuck"] as const).filter((verdict) => this.counts[verdict] > 0)
      .map((verdict) => `; ${verdict}: ${this.examples[verdict].join("  ")}`).join("");
    return `${this.runCount} runs: ${counts}, longest ${Math.round(this.longestMs)} ms${examples}`;
  }
}

/** Runs each list of faults. */
export function sweep(
  bench: CdcBench,
  faultLists: Iterable<readonly Fault[]>,
  { isThere, then }: { readonly isThere?: () => boolean; readonly then?: UpdateOptions["then"] } = {},
): Tally {
  const tally = new Tally();
  for (const faults of faultLists) {
    const result = bench.run(faults, then === undefined ? {} : { then });
    tally.add(bench.judge(result, faults, isThere), result, faults);
  }
  return tally;
}
