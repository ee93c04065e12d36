/**
 * Makes the report of what was tried.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatHex } from "../core/mod.ts";
import { formatFault } from "../emulator/fault_text.ts";
import { formatVersion } from "../packager/version.ts";
import type { PointSpace } from "./points.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { Release } from "./release.ts";
import {
  type PointCounts,
  type RehearsalReport,
  REPORT_VERSION,
  type ReportedArea,
  type ReportedControl,
  type ReportedOperations,
  type ReportedPoint,
  type ReportedRelease,
  type ReportedWear,
  type ReportedWorst,
} from "./report.ts";
import type { Phase } from "./recording.ts";
import { listStretches, listVerifications } from "./time_line.ts";
import type { FailureCode, PointResult, Stage } from "./try_point.ts";

/** What a report is made of. */
export interface ReportParts {
  /** What points were tried on. */
  readonly stage: Stage;
  /** The device of the update without faults. */
  readonly device: RehearsalDevice;
  /** The update without faults. */
  readonly space: PointSpace;
  /** The release before. */
  readonly old: Release | undefined;
  /** What came of each point. */
  readonly results: readonly PointResult[];
  /** What came of the controls. */
  readonly controls: readonly ReportedControl[];
  /** Where samples were drawn from. */
  readonly seed: number;
}

/**
 * Makes the report.
 *
 * @param parts What it is made of.
 * @returns The report.
 */
export function buildReport(parts: ReportParts): RehearsalReport {
  const { stage, device, space, old, results, controls, seed } = parts;
  const { recording, transport, update, setup: { config: { layout } } } = stage;
  const { times: { stagedMs, installedMs, startedMs }, session } = recording;
  const counts = countPoints(results);
  const timeLine = listStretches(recording, device);
  const isProven = counts.failedCount === 0 && controls.every(({ isCaught }) => isCaught);
  return {
    kind: "coreslot-rehearsal",
    reportVersion: REPORT_VERSION,
    part: layout.part.name,
    layout: layout.name,
    policy: layout.policy,
    from: old === undefined ? null : describeRelease(old),
    to: describeRelease(update),
    transport: {
      name: transport.name,
      wire: transport.wire,
      bytesToTarget: session.bytesToTarget,
      bytesToHost: session.bytesToHost,
      framesToTarget: session.frameOffsets.length,
    },
    flashTimes: "typical",
    seed,
    operations: {
      staging: countOperations(space, "staging"),
      install: countOperations(space, "install"),
      totalCount: recording.operationCount,
    },
    times: {
      stagingMs: roundMs(stagedMs),
      installMs: roundMs(installedMs - stagedMs),
      bootMs: roundMs(startedMs - installedMs),
      totalMs: roundMs(startedMs),
    },
    areas: listAreas(stage),
    timeLine,
    verifications: listVerifications(timeLine),
    counts,
    worst: {
      recoveryMs: findWorst(results, ({ recoveryMs }) => recoveryMs === undefined ? undefined : roundMs(recoveryMs)),
      retryCount: findWorst(results, ({ retryCount }) => retryCount),
      fewestSets: findWorst(results, ({ setCount }) => setCount, (value, worst) => value < worst),
    },
    wear: listWear(stage, device, results),
    controls,
    isProven,
    verdict: formatVerdict(counts, controls),
    points: results.map(describePoint),
  };
}

/** Microseconds: sums of typical times have no more. */
function roundMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}

function describeRelease({ headers }: Release): ReportedRelease {
  const { version, counter, setId } = headers[0]!;
  return { version: formatVersion(version), counter, setId: formatHex(setId) };
}

function countOperations({ operations }: PointSpace, phase: Phase): ReportedOperations {
  const ofPhase = operations.filter((operation) => operation.phase === phase);
  const eraseCount = ofPhase.filter(({ kind }) => kind === "erase").length;
  return { eraseCount, programCount: ofPhase.length - eraseCount };
}

function listAreas({ setup: { config: { layout } }, update }: Stage): ReportedArea[] {
  const { loader, policy, slots } = layout;
  const areas: ReportedArea[] = [{ owner: "loader", slot: null, ...loader, payloadSizeBytes: 0 }];
  for (const [index, { core, addressA, addressB, sizeBytes }] of slots.entries()) {
    const { payloadSizeBytes } = update.headers[index]!;
    areas.push({ owner: core, slot: "A", addressStart: addressA, sizeBytes, payloadSizeBytes });
    if (policy === "single") continue;
    areas.push({ owner: core, slot: "B", addressStart: addressB, sizeBytes, payloadSizeBytes });
  }
  return areas.sort((a, b) => a.addressStart - b.addressStart);
}

function describePoint(result: PointResult): ReportedPoint {
  const { point: { fault, origin }, booted, reason, setCount, recoveryMs, retryCount, failure } = result;
  return {
    fault: formatFault(fault),
    origin,
    operation: fault.kind === "cut" ? fault.operation : null,
    booted,
    reason: reason ?? null,
    setCount,
    recoveryMs: recoveryMs === undefined ? null : roundMs(recoveryMs),
    retryCount,
    failure: failure ?? null,
  };
}

function countPoints(results: readonly PointResult[]): PointCounts {
  const booted = { old: 0, new: 0, stays: 0, mixed: 0, unverified: 0 };
  const failures: Record<FailureCode, number> = {
    "mixed": 0,
    "unverified": 0,
    "no-boot": 0,
    "lost-set": 0,
    "unguarded": 0,
    "stranded": 0,
  };
  for (const result of results) {
    booted[result.booted]++;
    if (result.failure !== undefined) failures[result.failure.code]++;
  }
  const count = (matches: (result: PointResult) => boolean) => results.filter(matches).length;
  return {
    pointCount: results.length,
    enumeratedCount: count(({ point }) => point.origin === "enumerated"),
    sampledCount: count(({ point }) => point.origin === "sampled"),
    givenCount: count(({ point }) => point.origin === "given"),
    cutCount: count(({ point }) => point.fault.kind === "cut"),
    wireCount: count(({ point }) => point.fault.kind !== "cut"),
    booted,
    failures,
    failedCount: count(({ failure }) => failure !== undefined),
  };
}

function findWorst(
  results: readonly PointResult[],
  measure: (result: PointResult) => number | undefined,
  isWorse: (value: number, worst: number) => boolean = (value, worst) => value > worst,
): ReportedWorst | null {
  let worst: ReportedWorst | null = null;
  for (const result of results) {
    const value = result.failure === undefined ? measure(result) : undefined;
    if (value === undefined || worst !== null && !isWorse(value, worst.value)) continue;
    worst = { value, fault: formatFault(result.point.fault) };
  }
  return worst;
}

function listWear({ recording }: Stage, device: RehearsalDevice, results: readonly PointResult[]): ReportedWear[] {
  const first = recording.snapshots[0]!.eraseCounts;
  const last = recording.snapshots.at(-1)!.eraseCounts;
  return device.chip.flash.sectors.flatMap(({ index, addressStart, sizeBytes }) => {
    const eraseCount = last[index]! - first[index]!;
    const worstEraseCount = results.reduce(
      (worst, { eraseCounts }) => Math.max(worst, eraseCounts[index]!),
      eraseCount,
    );
    return worstEraseCount === 0 ? [] : [{ sector: index, addressStart, sizeBytes, eraseCount, worstEraseCount }];
  });
}

function formatVerdict(counts: PointCounts, controls: readonly ReportedControl[]): string {
  const { pointCount, failedCount, booted, failures } = counts;
  const stayed = booted.stays === 0 ? "" : `, or the loader stayed for a host (${booted.stays})`;
  const others = pointCount === 0
    ? ""
    : `, ${failures.mixed + failures.unverified} mixed, ${failures.stranded} stranded`;
  const points = `${pointCount - failedCount} of ${pointCount} points: a complete set booted${stayed}${others}`;
  if (controls.length === 0) return points;
  const caughtCount = controls.filter(({ isCaught }) => isCaught).length;
  return `${points}; ${caughtCount} of ${controls.length} controls caught`;
}
