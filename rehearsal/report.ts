/**
 * What a rehearsal says: plain data, as `rehearsal.schema.json` describes it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { CoreTag } from "../core/mod.ts";
import type { FailureCode } from "./try_point.ts";
import type { SlotPart } from "./places.ts";
import type { Phase } from "./recording.ts";
import type { TransportName } from "./transport.ts";

/** Version of the report's form. It is counted up when something in it is renamed, taken away, or means something else. */
export const REPORT_VERSION = 1;

/** What the device did that was left alone. */
export type BootedKind = "old" | "new" | "stays" | "mixed" | "unverified";

/** A release, as far as a report names it. */
export interface ReportedRelease {
  /** Its version. */
  readonly version: string;
  /** Its security counter. */
  readonly counter: number;
  /** Its set id, 32 hexadecimal digits. */
  readonly setId: string;
}

/** A range of flash. */
export interface ReportedArea {
  /** `loader`, or the core. */
  readonly owner: "loader" | CoreTag;
  /** Which slot; `null` for the loader. */
  readonly slot: "A" | "B" | null;
  /** Absolute address of its first byte. */
  readonly addressStart: number;
  /** Its size. */
  readonly sizeBytes: number;
  /** Bytes of the update's payload in it, not padded. */
  readonly payloadSizeBytes: number;
}

/** A stretch of the time line: operations of one kind, in one slot, without a longer pause. */
export interface ReportedStretch {
  /** What flash does. */
  readonly kind: "erase" | "program";
  /** Whether it is of staging or of the copy. */
  readonly phase: Phase;
  /** The core; `null` outside of all slots. */
  readonly core: CoreTag | null;
  /** The slot. */
  readonly slot: "A" | "B" | null;
  /** What is programmed; for an erase, the most that its sector holds. */
  readonly part: SlotPart;
  /** Absolute address of the first byte. */
  readonly addressStart: number;
  /** Absolute address behind the last byte. */
  readonly addressEnd: number;
  /** When it begins, in milliseconds. */
  readonly startMs: number;
  /** When it ends. */
  readonly endMs: number;
  /** Number of its first operation. */
  readonly operation: number;
  /** How many operations. */
  readonly count: number;
}

/** When all that was written was read again, before it was committed. */
export interface ReportedVerification {
  /** Of what. */
  readonly phase: Phase;
  /** When it begins, in milliseconds. */
  readonly startMs: number;
  /** When it ends: at once, where the device does it, as what a CPU computes takes no time here. */
  readonly endMs: number;
}

/** Flash operations of one phase. */
export interface ReportedOperations {
  /** Erases of a sector. */
  readonly eraseCount: number;
  /** Program operations, each of one unit. */
  readonly programCount: number;
}

/** One point. */
export interface ReportedPoint {
  /** What went wrong, as `--faults` takes it. */
  readonly fault: string;
  /** Where the point comes from. */
  readonly origin: "enumerated" | "sampled" | "given";
  /** The flash operation; `null` for a fault of the wire. */
  readonly operation: number | null;
  /** What the device did that was left alone afterwards. */
  readonly booted: BootedKind;
  /** Why the loader stayed; `null` when it did not. */
  readonly reason: string | null;
  /** Whole sets in flash after the fault. */
  readonly setCount: number;
  /** Time until the update ran, with a host that goes on; `null` when it never did. */
  readonly recoveryMs: number | null;
  /** Sessions the host needed after the fault. */
  readonly retryCount: number;
  /** What must not happen, and did; `null` when nothing. */
  readonly failure: { readonly code: FailureCode; readonly text: string } | null;
}

/** The worst of something, and where. */
export interface ReportedWorst {
  /** How much. */
  readonly value: number;
  /** The first point with it, as `--faults` takes it. */
  readonly fault: string;
}

/** How often a sector is erased. */
export interface ReportedWear {
  /** The sector's index. */
  readonly sector: number;
  /** Absolute address of its first byte. */
  readonly addressStart: number;
  /** Its size. */
  readonly sizeBytes: number;
  /** In an update without faults. */
  readonly eraseCount: number;
  /** At the worst point, until the update runs. */
  readonly worstEraseCount: number;
}

/** Points counted. */
export interface PointCounts {
  /** All of them. */
  readonly pointCount: number;
  /** Of these enumerated. */
  readonly enumeratedCount: number;
  /** Of these sampled. */
  readonly sampledCount: number;
  /** Of these given by the user. */
  readonly givenCount: number;
  /** Power cuts among them. */
  readonly cutCount: number;
  /** Faults of the wire among them. */
  readonly wireCount: number;
  /** What booted, by kind. */
  readonly booted: Readonly<Record<BootedKind, number>>;
  /** Points at which something happened that must not, by kind. */
  readonly failures: Readonly<Record<FailureCode, number>>;
  /** All of these. */
  readonly failedCount: number;
}

/** A loader without one rule, rehearsed to see that the rehearsal notices. */
export interface ReportedControl {
  /** The rule that was left out. */
  readonly rule: ControlRule;
  /** Points tried until one failed. */
  readonly pointCount: number;
  /** Whether one failed: it has to. */
  readonly isCaught: boolean;
  /** The point; `null` when none failed. */
  readonly fault: string | null;
  /** What happened there; `null` when nothing did. */
  readonly failure: { readonly code: FailureCode; readonly text: string } | null;
}

/**
 * A rule that a device of a rehearsal can be built without.
 *
 * | rule | without it |
 * | --- | --- |
 * | `commit-word` | B is installed as soon as it looks whole |
 * | `repair-first` | a host is listened to before a half-made copy is finished |
 * | `option-bytes` | the second core starts by itself (BCM4 is 1), and the loader does not mind |
 * | `verification` | whatever stands in slot A is started |
 */
export type ControlRule = "commit-word" | "repair-first" | "option-bytes" | "verification";

/** The report of a rehearsal. */
export interface RehearsalReport {
  /** Tells what this is. */
  readonly kind: "coreslot-rehearsal";
  /** Version of its form. */
  readonly reportVersion: number;
  /** Name of the part. */
  readonly part: string;
  /** Name of the layout. */
  readonly layout: string;
  /** Its policy. */
  readonly policy: "copy" | "single";
  /** The release that ran before; `null` for an empty device. */
  readonly from: ReportedRelease | null;
  /** The update. */
  readonly to: ReportedRelease;
  /** How it came. */
  readonly transport: {
    readonly name: TransportName;
    readonly wire: string;
    readonly bytesToTarget: number;
    readonly bytesToHost: number;
    readonly framesToTarget: number;
  };
  /** Which of the datasheet's times flash takes. */
  readonly flashTimes: "typical";
  /** Where samples were drawn from. */
  readonly seed: number;
  /** Flash operations of the update without faults. */
  readonly operations: Readonly<Record<Phase, ReportedOperations>> & { readonly totalCount: number };
  /** Times of the update without faults, in milliseconds of virtual time; what a CPU computes takes none. */
  readonly times: {
    readonly stagingMs: number;
    readonly installMs: number;
    readonly bootMs: number;
    readonly totalMs: number;
  };
  /** What stands where. */
  readonly areas: readonly ReportedArea[];
  /** The update without faults, over time. */
  readonly timeLine: readonly ReportedStretch[];
  /** When it was verified. */
  readonly verifications: readonly ReportedVerification[];
  /** How many there were of what. */
  readonly counts: PointCounts;
  /** The worst, among the points that did not fail. */
  readonly worst: {
    readonly recoveryMs: ReportedWorst | null;
    readonly retryCount: ReportedWorst | null;
    readonly fewestSets: ReportedWorst | null;
  };
  /** How often each sector of the slots was erased. */
  readonly wear: readonly ReportedWear[];
  /** Loaders without one rule; empty when none were rehearsed. */
  readonly controls: readonly ReportedControl[];
  /** Whether no point failed, and every control was caught. */
  readonly isProven: boolean;
  /** The verdict in one sentence. */
  readonly verdict: string;
  /** Every point, in the order in which they were tried. */
  readonly points: readonly ReportedPoint[];
}
