/**
 * Whole updates over their transports on the smallest layouts, each with something going wrong, and what came of them,
 * counted: what was enumerated, and what was sampled.
 *
 * @module
 */

import { enumerateCuts, enumerateWireFaults, type Fault, Random } from "../../emulator/mod.ts";
import {
  type ControlRule,
  type FailureCode,
  type RehearsalReport,
  rehearse,
  type TransportName,
} from "../../rehearsal/mod.ts";
import { importKnownKey } from "../small_pair.ts";
import { SWEEP_LAYOUTS } from "./loader_releases.ts";
import { releasesFor } from "./loader_sweep.ts";

const KEY = await importKnownKey("ed25519");

/** Longer than a greeting waits, so that a stalled byte is taken for lost and comes all the same. */
const STALL_MS = 2500;

/** One in so many samples is an unplug, the others are power cuts. */
const CUTS_PER_UNPLUG = 8;

/** The layout with the fewest bytes and operations. */
export const SMALLEST = "h743-least";

/** The transports with a wire. */
export const TRANSPORTS = ["cdc", "ymodem", "an3155"] as const satisfies readonly TransportName[];

/** What runs before the update comes. */
export const SCENARIOS = ["first install", "update"] as const;

/** An update. */
export interface UpdateCase {
  /** Name of a layout of the sweeps. */
  readonly layout: string;
  /** How it comes. */
  readonly transport: TransportName;
  /** What runs before. */
  readonly scenario: typeof SCENARIOS[number];
  /** A rule that the device does not keep: for controls. */
  readonly without?: ControlRule;
}

/** Every update of a layout. */
export function casesOf(layout: string): UpdateCase[] {
  return TRANSPORTS.flatMap((transport) => SCENARIOS.map((scenario) => ({ layout, transport, scenario })));
}

/**
 * Rehearses an update.
 *
 * @param update Which.
 * @param faults What goes wrong; `everywhere` for every cut in every operation, and the cable pulled at every frame.
 * @returns The report.
 */
export async function rehearseUpdate(
  update: UpdateCase,
  faults: readonly Fault[] | "everywhere",
): Promise<RehearsalReport> {
  const { first, second } = await releasesFor(update.layout);
  return await rehearse(second.bundle, {
    layout: SWEEP_LAYOUTS.get(update.layout)!,
    keys: [KEY.publicKey],
    from: update.scenario === "update" ? first.bundle : undefined,
    transport: update.transport,
    without: update.without,
    ...faults === "everywhere" ? { everywhere: true } : { faults },
  });
}

/** Draws power cuts, and some unplugs, from all there are; each at most once. */
export async function sampleUpdate(
  update: UpdateCase,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<RehearsalReport> {
  const { operations, transport } = await rehearseUpdate(update, []);
  const unplugs = Array.from(
    { length: transport.bytesToTarget },
    (_, byteIndex): Fault => ({ kind: "unplug", direction: "h2t", byteIndex }),
  );
  const unplugCount = Math.ceil(count / CUTS_PER_UNPLUG);
  const cuts = [...enumerateCuts({ flashOperations: operations.totalCount })];
  return await rehearseUpdate(update, [
    ...drawFaults(cuts, { seed, count: count - unplugCount }),
    ...drawFaults(unplugs, { seed, count: unplugCount }),
  ]);
}

/** Every drop, duplicate, flip and stall of every byte that goes over the wire without faults. */
export async function listWireFaults(update: UpdateCase): Promise<readonly Fault[]> {
  const { transport: { bytesToTarget, bytesToHost } } = await rehearseUpdate(update, []);
  return [...enumerateWireFaults({ bytesToTarget, bytesToHost, stallMs: STALL_MS })];
}

/** The cable pulled, or the reset pin, at every byte both ways. */
export async function listCableFaults(update: UpdateCase, kind: "unplug" | "reset"): Promise<readonly Fault[]> {
  const { transport: { bytesToTarget, bytesToHost } } = await rehearseUpdate(update, []);
  return ([["h2t", bytesToTarget], ["t2h", bytesToHost]] as const).flatMap(([direction, count]) =>
    Array.from({ length: count }, (_, byteIndex): Fault => ({ kind, direction, byteIndex }))
  );
}

/** Draws some of a list, each at most once. */
export function drawFaults(
  faults: readonly Fault[],
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly Fault[] {
  const random = new Random(seed);
  const rest = [...faults];
  return Array.from({ length: Math.min(count, rest.length) }, () => {
    const index = random.below(rest.length);
    const fault = rest[index]!;
    rest[index] = rest.at(-1)!;
    rest.pop();
    return fault;
  });
}

/** Counts points. */
export class UpdateTally {
  readonly counts = { cuts: 0, wire: 0, old: 0, new: 0, stays: 0, mixed: 0, unverified: 0, failed: 0 };
  enumeratedCount = 0;
  sampledCount = 0;
  /** Points after which the host had to open the port again, or to begin anew. */
  retriedCount = 0;
  /** The most sessions that it then took. */
  retryCountMost = 0;
  longestMs = 0;
  readonly failures = new Set<FailureCode>();
  readonly examples: string[] = [];

  /** Adds what came of an update's points. */
  add(kind: "enumerated" | "sampled", { points, counts, worst }: RehearsalReport): this {
    if (kind === "enumerated") this.enumeratedCount += points.length;
    else this.sampledCount += points.length;
    this.counts.cuts += counts.cutCount;
    this.counts.wire += counts.wireCount;
    this.counts.failed += counts.failedCount;
    for (const [booted, count] of Object.entries(counts.booted)) {
      this.counts[booted as keyof typeof counts.booted] += count;
    }
    this.longestMs = Math.max(this.longestMs, worst.recoveryMs?.value ?? 0);
    for (const { fault, retryCount, failure } of points) {
      if (retryCount > 0) this.retriedCount++;
      this.retryCountMost = Math.max(this.retryCountMost, retryCount);
      if (failure === null) continue;
      this.failures.add(failure.code);
      if (this.examples.length < 5) this.examples.push(`${fault}: ${failure.code}, ${failure.text}`);
    }
    return this;
  }

  /** Adds another tally. */
  merge(other: UpdateTally): void {
    for (const [name, count] of Object.entries(other.counts)) this.counts[name as keyof typeof this.counts] += count;
    this.enumeratedCount += other.enumeratedCount;
    this.sampledCount += other.sampledCount;
    this.retriedCount += other.retriedCount;
    this.retryCountMost = Math.max(this.retryCountMost, other.retryCountMost);
    this.longestMs = Math.max(this.longestMs, other.longestMs);
    for (const code of other.failures) this.failures.add(code);
    this.examples.push(...other.examples);
  }

  toString(): string {
    const { counts } = this;
    const points = `${this.enumeratedCount} enumerated, ${this.sampledCount} sampled (${counts.cuts} cuts, ` +
      `${counts.wire} of the wire)`;
    const booted = `booted ${counts.old} old, ${counts.new} new, ${counts.stays} stay, ${counts.mixed} mixed`;
    const retries = `${this.retriedCount} with a host again, at most ${this.retryCountMost} times`;
    const examples = this.examples.map((example) => `\n  ${example}`).join("");
    return `${points}; ${booted}; ${retries}, ${
      (this.longestMs / 1000).toFixed(1)
    } s; ${counts.failed} failed${examples}`;
  }
}

/** Names an update, and what happens to it, in a report. */
export function nameOf({ layout, transport, scenario }: UpdateCase, what: string): string {
  return `${layout}, ${transport}, ${scenario}${what === "" ? "" : `, ${what}`}`;
}
