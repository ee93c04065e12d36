/**
 * Sweeps of power cuts over devices with a slot loader, counted: what was enumerated, and what was sampled.
 *
 * @module
 */

import { type Cut, type CutFault, CUTS, formatFaults, Random } from "../../emulator/mod.ts";
import { SWEEP_LAYOUTS } from "./loader_releases.ts";
import {
  ALL_CUTS,
  packReleases,
  prepareStage,
  type ReleaseSet,
  type Scenario,
  SCENARIOS,
  type Stage,
  type StageOptions,
} from "./loader_scenarios.ts";
import type { Way } from "./loader_host.ts";

/** Ways for a release to come, all of them. */
export const WAYS: readonly Way[] = ["stream", "resume", "rom"];

/** Bytes of each core's payload, by layout: as few as show all there is. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  "h747-dual": [100, 68],
  "h743-least": [68],
  "f407-uneven": [40],
  "f407ve-single": [40],
  "l053-zeros": [300],
  "g0b1-pages": [200],
};

/** The cut that leaves everything as it was, for a while. */
const FADING = 6;

const RELEASES = new Map<string, Promise<ReleaseSet>>();

/** The releases for a layout. */
export function releasesFor(name: string): Promise<ReleaseSet> {
  let releases = RELEASES.get(name);
  if (releases === undefined) {
    releases = packReleases(SWEEP_LAYOUTS.get(name)!, { sizes: SIZES[name]! });
    RELEASES.set(name, releases);
  }
  return releases;
}

/** Prepares a scenario on one of the layouts. */
export async function prepare(
  name: string,
  scenario: Scenario,
  way: Way,
  more: Partial<StageOptions> = {},
): Promise<Stage> {
  return prepareStage({ layout: SWEEP_LAYOUTS.get(name)!, releases: await releasesFor(name), scenario, way, ...more });
}

/** Finds a scenario by its name. */
export function scenarioNamed(name: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.name === name)!;
}

/** Every scenario that makes sense on a layout, each way. */
export function* combinationsOf(name: string): Generator<readonly [Scenario, Way]> {
  const { policy } = SWEEP_LAYOUTS.get(name)!;
  for (const scenario of SCENARIOS) {
    for (const way of WAYS) {
      // The boot ROM does not look at a button.
      const isWithoutRom = scenario.usesButton === true || scenario.usesResets === true;
      if (scenario.policies.includes(policy) && !(way === "rom" && isWithoutRom)) yield [scenario, way];
    }
  }
}

/** Counts runs, and remembers the first few that went wrong. */
export class Tally {
  /** Runs of sweeps that leave nothing out. */
  enumeratedCount = 0;
  /** Runs of sweeps that take some of many. */
  sampledCount = 0;
  /** Runs that went wrong. */
  failureCount = 0;
  readonly examples: string[] = [];

  add(kind: "enumerated" | "sampled", cuts: readonly CutFault[], problem: string | undefined): void {
    if (kind === "enumerated") this.enumeratedCount++;
    else this.sampledCount++;
    if (problem === undefined) return;
    this.failureCount++;
    if (this.examples.length < 5) this.examples.push(`${formatFaults(cuts)}: ${problem}`);
  }

  merge(other: Tally): void {
    this.enumeratedCount += other.enumeratedCount;
    this.sampledCount += other.sampledCount;
    this.failureCount += other.failureCount;
    this.examples.push(...other.examples);
  }

  toString(): string {
    const examples = this.examples.map((example) => `\n  ${example}`).join("");
    return `${this.enumeratedCount} enumerated, ${this.sampledCount} sampled, ${this.failureCount} failed${examples}`;
  }
}

/** One cut in each operation of a scenario, or in each `step`-th, under each model. */
export function sweepSingles(
  stage: Stage,
  { cuts = CUTS, step = 1 }: { cuts?: readonly Cut[]; step?: number } = {},
): Tally {
  const tally = new Tally();
  for (let operation = 0; operation < stage.operations; operation++) {
    for (const [index, cut] of cuts.entries()) {
      // A step that shares no factor with the number of cuts takes each of them in turn.
      if ((operation * cuts.length + index) % step !== 0) continue;
      const faults: CutFault[] = [{ kind: "cut", operation, ...cut }];
      tally.add(step === 1 ? "enumerated" : "sampled", faults, stage.run(faults));
    }
  }
  return tally;
}

/** All pairs of cuts: one in each operation, and one in each that comes after it. */
export function sweepPairs(stage: Stage, { first, second }: { first: readonly Cut[]; second: readonly Cut[] }): Tally {
  const tally = new Tally();
  for (let operation = 0; operation < stage.operations; operation++) {
    for (const cut of first) {
      const fault: CutFault = { kind: "cut", operation, ...cut };
      stage.run([fault]);
      const { playedOperations } = stage;
      for (let next = operation + 1; next < playedOperations; next++) {
        for (const other of second) {
          const faults: CutFault[] = [fault, { kind: "cut", operation: next, ...other }];
          tally.add("enumerated", faults, stage.run(faults));
        }
      }
    }
  }
  return tally;
}

/** Several cuts at random, one at most of those that fade: BOOT.md, section 14. */
export function sampleCuts(
  stage: Stage,
  { seed, runCount, cutCount }: { readonly seed: number; readonly runCount: number; readonly cutCount: number },
): Tally {
  const tally = new Tally();
  const random = new Random(seed);
  for (let run = 0; run < runCount; run++) {
    let operation = -1;
    let cuts = ALL_CUTS;
    const faults = Array.from({ length: cutCount }, (): CutFault => {
      operation += 1 + random.below(stage.operations);
      const cut = cuts[random.below(cuts.length)]!;
      if (cut.model === FADING) cuts = cuts.filter(({ model }) => model !== FADING);
      return { kind: "cut", operation, ...cut };
    });
    tally.add("sampled", faults, stage.run(faults));
  }
  return tally;
}
