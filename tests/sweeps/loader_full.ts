/**
 * The whole sweep of the slot loader: every flash operation under every cut model on every layout, scenario and way; all
 * pairs of cuts on the smallest geometry; several cuts at random; a release of the usual size on the preset for an H747: its
 * erases, all units of headers and commit words, and of each run of payload units the first, the middle and the last.
 *
 *     deno run --allow-read tests/sweeps/loader_full.ts [layout ...]
 *
 * It takes some minutes, prints what it has enumerated and sampled, and fails when anything went wrong.
 *
 * @module
 */

import { type Cut, CUTS } from "../../emulator/mod.ts";
import { findLayout } from "../../packager/layouts/mod.ts";
import { notableOperations } from "./loader_operations.ts";
import { SWEEP_LAYOUTS } from "./loader_releases.ts";
import { ALL_CUTS, packReleases, prepareStage } from "./loader_scenarios.ts";
import { combinationsOf, prepare, sampleCuts, scenarioNamed, sweepPairs, sweepSingles, Tally } from "./loader_sweep.ts";

Error.stackTraceLimit = 0;

/** The geometry with the fewest operations. */
const SMALLEST = "h743-least";

/**
 * What a cut leaves, one of each kind: both halves of a program unit come to the same in most models. For the first cut of a
 * pair, and where a run takes a tenth of a second.
 */
const FIRST_CUTS: readonly Cut[] = CUTS.filter(({ model, half }) => half !== "high" || [1, 5, 6].includes(model));
const SECOND_CUTS: readonly Cut[] = [
  { model: 0 },
  { model: 1, half: "low" },
  { model: 1, half: "high" },
  { model: 3, half: "low" },
  { model: 4, half: "high" },
  { model: 5, half: "low", reads: 1 },
  { model: 5, half: "high", reads: 2 },
  { model: 6, half: "high", reads: 2 },
];

/** Bytes of payloads as large as firmware is: the slots of the preset hold 384 and 512 KiB. */
const USUAL_SIZES = [300_000, 400_000];

const wanted = Deno.args.length > 0 ? Deno.args : [...SWEEP_LAYOUTS.keys(), "pairs", "several", "usual"];
const total = new Tally();

function report(name: string, tally: Tally): void {
  console.info(`${name}: ${tally}`);
  total.merge(tally);
}

for (const name of SWEEP_LAYOUTS.keys()) {
  if (!wanted.includes(name)) continue;
  const tally = new Tally();
  // Extra numbers of reads where a unit can become unreadable; elsewhere a marginal one ends in garbage, as model 2.
  const hasEcc = SWEEP_LAYOUTS.get(name)!.part.flash.programUnit.isWriteOnce;
  for (const [scenario, way] of combinationsOf(name)) {
    tally.merge(sweepSingles(await prepare(name, scenario, way), { cuts: hasEcc ? ALL_CUTS : CUTS }));
  }
  report(`${name}, one cut`, tally);
}

if (wanted.includes("pairs")) {
  for (
    const [scenario, way] of [["update", "stream"], ["cut in the copy, recovery mode, another", "resume"]] as const
  ) {
    const stage = await prepare(SMALLEST, scenarioNamed(scenario), way);
    report(`${stage.name}, all pairs of cuts`, sweepPairs(stage, { first: FIRST_CUTS, second: SECOND_CUTS }));
  }
}

if (wanted.includes("several")) {
  for (const name of SWEEP_LAYOUTS.keys()) {
    const tally = new Tally();
    for (const [scenario, way] of combinationsOf(name)) {
      const stage = await prepare(name, scenario, way);
      for (const cutCount of [2, 3, 4]) tally.merge(sampleCuts(stage, { seed: cutCount, runCount: 200, cutCount }));
    }
    report(`${name}, two to four cuts [seeds 2 to 4]`, tally);
  }
  // Payloads that end with blank bytes, up to the header: an erase that was cut there looks as if nothing had happened.
  const layout = SWEEP_LAYOUTS.get("l053-zeros")!;
  const releases = await packReleases(layout, { sizes: [640], blankBytes: 90 });
  const tally = new Tally();
  for (const [scenario, way] of combinationsOf(layout.name)) {
    const stage = prepareStage({ layout, releases, scenario, way });
    for (const cutCount of [2, 3]) tally.merge(sampleCuts(stage, { seed: cutCount, runCount: 300, cutCount }));
  }
  report("l053-zeros, blank ends, two and three cuts [seeds 2 and 3]", tally);
}

if (wanted.includes("usual")) {
  const layout = findLayout("stm32h747");
  const releases = await packReleases(layout, { sizes: USUAL_SIZES });
  for (const name of ["update", "cut in the copy, recovery mode, another"]) {
    const stage = prepareStage({ layout, releases, scenario: scenarioNamed(name), way: "resume" });
    const tally = new Tally();
    const operations = notableOperations(stage);
    for (const operation of operations) {
      for (const cut of FIRST_CUTS) {
        const cuts = [{ kind: "cut", operation, ...cut } as const];
        tally.add("sampled", cuts, stage.run(cuts));
      }
    }
    const ofAll = `${operations.length} of ${stage.operations} operations, ${FIRST_CUTS.length} cuts each`;
    report(`stm32h747, ${USUAL_SIZES.join(" and ")} bytes, ${name}, ${ofAll}`, tally);
  }
}

console.info(`all: ${total}`);
if (total.failureCount > 0) Deno.exit(1);
