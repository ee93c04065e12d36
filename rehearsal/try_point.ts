/**
 * One point of a rehearsal: something goes wrong, the device is switched on and left alone, then a host goes on.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatFault } from "../emulator/fault_text.ts";
import type { CutFault } from "../emulator/faults.ts";
import type { FlashSnapshot } from "../emulator/flash.ts";
import { findSolid } from "./flash_sets.ts";
import type { Point } from "./points.ts";
import { type Recording, repeatOperation } from "./recording.ts";
import { recover, type Recovery } from "./recover.ts";
import { type DeviceSetup, type LoneBoot, losesPower, RehearsalDevice } from "./rehearsal_device.ts";
import type { Release } from "./release.ts";
import { SetWatch } from "./set_watch.ts";
import type { StateMemo } from "./state_memo.ts";
import type { Transport } from "./transport.ts";

/** Boots after which a marginal or fading unit does not read right any more, whoever has read it. */
const MARGINAL_BOOT_COUNT = 3;

/**
 * What must not happen, and did.
 *
 * | code | what happened |
 * | --- | --- |
 * | `mixed` | what the loader started is no whole release |
 * | `unverified` | a core ran by itself, before the loader had looked at what it runs |
 * | `no-boot` | the loader stayed, although the device had a whole set |
 * | `lost-set` | flash held no whole set at some instant, after it had held one |
 * | `unguarded` | with its button held, the loader would let a host erase the only whole set |
 * | `stranded` | a host could not bring the update onto the device any more |
 */
export type FailureCode = "mixed" | "unverified" | "no-boot" | "lost-set" | "unguarded" | "stranded";

/** What must not happen, and did. */
export interface PointFailure {
  /** What. */
  readonly code: FailureCode;
  /** What, in words. */
  readonly text: string;
}

/** What came of a point. */
export interface PointResult {
  /** The point. */
  readonly point: Point;
  /** What the device did when it was switched on and left alone. */
  readonly booted: LoneBoot["booted"];
  /** Why the loader stayed. */
  readonly reason: LoneBoot["reason"];
  /** Whole sets in flash after the fault. */
  readonly setCount: number;
  /** Time from power-on, or from plugging the cable in again, until the update ran; `undefined` when it never did. */
  readonly recoveryMs: number | undefined;
  /** Sessions that the host needed after the fault; 0 when the device did it alone. */
  readonly retryCount: number;
  /** Erases of each sector from the begin of the update until it ran. */
  readonly eraseCounts: Uint32Array;
  /** The first thing that must not happen, and did. */
  readonly failure: PointFailure | undefined;
}

/** What points are tried on. */
export interface Stage {
  /** What devices are made of. */
  readonly setup: DeviceSetup;
  /** The update without faults. */
  readonly recording: Recording;
  /** The update. */
  readonly update: Release;
  /** Whether a release ran before it. */
  readonly hadOld: boolean;
  /** How it comes. */
  readonly transport: Transport;
  /** What hosts made of devices in the same state. */
  readonly recoveries: StateMemo<Recovery>;
}

/**
 * Tries a point.
 *
 * @param stage What it is tried on.
 * @param point The point.
 * @returns What came of it.
 * @throws {RangeError} When the update has no such flash operation.
 */
export function tryPoint(stage: Stage, point: Point): PointResult {
  return point.fault.kind === "cut" ? tryCut(stage, point, point.fault) : tryUnplug(stage, point);
}

function tryCut(stage: Stage, point: Point, fault: CutFault): PointResult {
  const { setup, recording, hadOld } = stage;
  const device = new RehearsalDevice(setup);
  const { flash } = device.chip;
  const isCut = losesPower(() =>
    repeatOperation(
      recording,
      { flash, operation: fault.operation },
      (countBefore) => flash.operations.cutAt(countBefore, fault),
    )
  );
  if (!isCut) throw new Error(`Cannot try ${formatFault(fault)}: power did not go away`);
  const left = flash.snapshot();
  // Once the copy has begun, the update itself is a whole set.
  const isInstalling = recording.calls.some(({ index, count, phase }) =>
    phase === "install" && index <= fault.operation && fault.operation < index + count
  );
  const hadSet = hadOld || isInstalling;
  const watch = new SetWatch(device, hadSet);
  const { setCount } = watch;
  const first = device.powerCycle();
  const boots = fault.model >= 5 ? bootAgain(device, first) : [first];
  const recovery = recoverUnlessDone(stage, device, boots.at(-1)!);
  const failure = boots.map((boot) => judgeBoot(stage, boot, { hadSet: hadSet || setCount > 0 }))
    .find((failure) => failure !== undefined) ??
    judgeRest(stage, { left, copyCount: first.copyCount, watch, recovery });
  const bootMs = boots.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    point,
    booted: first.booted,
    reason: first.reason,
    setCount,
    recoveryMs: recovery.durationMs === undefined ? undefined : bootMs + recovery.durationMs,
    retryCount: recovery.retryCount,
    eraseCounts: countErases(recording, device, recovery),
    failure,
  };
}

/** The cable is pulled: the device stays on, and its host comes back on a new link. What it would do alone is tried too. */
function tryUnplug(stage: Stage, point: Point): PointResult {
  const { setup, recording, hadOld, transport, update } = stage;
  const device = new RehearsalDevice(setup);
  device.chip.flash.restore(recording.snapshots[0]!);
  device.powerCycle();
  const watch = new SetWatch(device, hadOld);
  const connection = transport.connect(device, update);
  connection.run([point.fault]);
  const left = device.chip.flash.snapshot();
  const alone = new RehearsalDevice(setup);
  alone.chip.flash.restore(left);
  const { setCount } = new SetWatch(alone, hadOld);
  const boot = alone.powerCycle();
  let recovery: Recovery = { durationMs: 0, retryCount: 0, error: undefined, eraseCounts: undefined, loss: undefined };
  if (device.running !== update) {
    const { startedMs } = connection.run([]);
    recovery = device.running === update && startedMs !== undefined
      ? { ...recovery, durationMs: startedMs, retryCount: 1 }
      : recover(stage, device);
  }
  const hadSet = hadOld || setCount > 0;
  return {
    point,
    booted: boot.booted,
    reason: boot.reason,
    setCount,
    recoveryMs: recovery.durationMs,
    retryCount: recovery.retryCount,
    eraseCounts: countErases(recording, device, recovery),
    failure: judgeBoot(stage, boot, { hadSet }) ??
      judgeRest(stage, { left, copyCount: boot.copyCount, watch, recovery }),
  };
}

function bootAgain(device: RehearsalDevice, first: LoneBoot): LoneBoot[] {
  const boots = [first];
  while (boots.length < MARGINAL_BOOT_COUNT) boots.push(device.powerCycle());
  return boots;
}

function recoverUnlessDone(stage: Stage, device: RehearsalDevice, boot: LoneBoot): Recovery {
  if (boot.booted === "new") {
    return { durationMs: 0, retryCount: 0, error: undefined, eraseCounts: undefined, loss: undefined };
  }
  return stage.recoveries.recall(device, () => recover(stage, device));
}

function judgeBoot(
  { setup, hadOld }: Stage,
  { booted, reason }: LoneBoot,
  { hadSet }: { readonly hadSet: boolean },
): PointFailure | undefined {
  switch (booted) {
    case "mixed":
      return { code: "mixed", text: "what runs is not one whole release" };
    case "unverified":
      return { code: "unverified", text: "a core started by itself in a slot that holds no whole release" };
    case "stays":
      if (!hadSet || setup.config.layout.policy === "single") return undefined;
      return {
        code: "no-boot",
        text: `the loader stays (${reason ?? "nothing starts"}) though it ${hadOld ? "had" : "has"} a whole set`,
      };
    default:
      return undefined;
  }
}

interface Aftermath {
  readonly left: FlashSnapshot;
  readonly copyCount: number;
  readonly watch: SetWatch;
  readonly recovery: Recovery;
}

function judgeRest(stage: Stage, { left, copyCount, watch, recovery }: Aftermath): PointFailure | undefined {
  const loss = watch.loss ?? recovery.loss;
  if (loss !== undefined) return { code: "lost-set", text: loss };
  if (copyCount > 0 && isUnguarded(stage, left)) {
    return { code: "unguarded", text: "with its button held, the loader lets a host erase slot B, the only whole set" };
  }
  if (recovery.durationMs !== undefined) return undefined;
  const why = recovery.error instanceof Error ? `: ${recovery.error.message.split("\n")[0]}` : "";
  return { code: "stranded", text: `${recovery.retryCount} sessions of a host did not bring the update on${why}` };
}

function isUnguarded({ setup }: Stage, left: FlashSnapshot): boolean {
  const device = new RehearsalDevice(setup);
  device.chip.flash.restore(left);
  return findSolid(device.search, "A") === undefined && device.listensBeforeRepair();
}

/** From the begin of the update on; what was remembered of a recovery comes on top. */
function countErases({ snapshots: [start] }: Recording, device: RehearsalDevice, recovery: Recovery): Uint32Array {
  const { eraseCounts } = device.chip.flash;
  return eraseCounts.map((count, index) => count - start!.eraseCounts[index]! + (recovery.eraseCounts?.[index] ?? 0));
}
