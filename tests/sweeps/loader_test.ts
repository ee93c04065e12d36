/**
 * Power cuts in the slot loader: first install, update, re-install, interrupted and changed updates, copies that are cut, a
 * release that hangs; on two cores and one, uneven sectors, one slot, erased zeros, small pages.
 *
 * A few thousand points; `loader_full.ts` has all of them. Each run ends with one more release that must get onto the device
 * and run, so "cannot be updated any more" is a failure too.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Cut, type CutFault, CUTS } from "../../emulator/mod.ts";
import type { LoaderRule } from "../../emulator/loader/mod.ts";
import { Violation } from "./loader_device.ts";
import { SWEEP_LAYOUTS } from "./loader_releases.ts";
import { ALL_CUTS, dyingCuts, packReleases, prepareStage, type Stage } from "./loader_scenarios.ts";
import type { Way } from "./loader_host.ts";
import { combinationsOf, prepare, sampleCuts, scenarioNamed, sweepSingles, Tally } from "./loader_sweep.ts";

/** Runs of each combination of a layout, a scenario and a way, about. */
const RUNS_OF_EACH = 24;

for (const name of SWEEP_LAYOUTS.keys()) {
  Deno.test(`the slot loader survives cuts: ${name}`, async () => {
    const tally = new Tally();
    for (const [scenario, way] of combinationsOf(name)) {
      const stage = await prepare(name, scenario, way);
      const step = coprimeStep(stage.operations * CUTS.length / RUNS_OF_EACH, CUTS.length);
      tally.merge(sweepSingles(stage, { step }));
    }
    console.info(`${name}: ${tally}`);
    assert.equal(tally.failureCount, 0);
  });
}

Deno.test("the slot loader survives every cut: two cores, an update as a stream", async () => {
  const stage = await prepare("h747-dual", scenarioNamed("update"), "stream");
  const tally = sweepSingles(stage, { cuts: ALL_CUTS });
  console.info(`${stage.name}: ${tally}`);
  assert.deepEqual([tally.enumeratedCount, tally.failureCount], [stage.operations * (13 + 5 * 2 + 2 * 2), 0]);
});

Deno.test("the slot loader survives two and three cuts, sampled [seeds 1 and 2]", async () => {
  const tally = new Tally();
  for (const scenario of ["update", "cut in the copy, recovery mode, another", "cut in the copy, boots, another"]) {
    const stage = await prepare("h743-least", scenarioNamed(scenario), "resume");
    tally.merge(sampleCuts(stage, { seed: 1, runCount: 150, cutCount: 2 }));
    tally.merge(sampleCuts(stage, { seed: 2, runCount: 50, cutCount: 3 }));
  }
  console.info(`h743-least, several cuts: ${tally}`);
  assert.equal(tally.failureCount, 0);
});

/** Reads of a sector that an erase has half reached: it has to die as late as in the copy. */
const LATE_READS = [2, 4, 6, 8, 10, 12, 14];
const LATE_CUTS: readonly Cut[] = dyingCuts(LATE_READS);

/** Every cut of every erase while a release is staged in part, then another that begins alike, then the first one again. */
async function sweepErases(
  blankRange: readonly [start: number, end: number],
  { way, cuts, without = [] }: { way: Way; cuts: readonly Cut[]; without?: readonly LoaderRule[] },
): Promise<Tally> {
  const layout = SWEEP_LAYOUTS.get("l053-zeros")!;
  const releases = await packReleases(layout, { sizes: [600], blankRange });
  const scenario = scenarioNamed("partly, another that begins alike, again");
  const stage = prepareStage({ layout, releases, scenario, way, without });
  const tally = new Tally();
  for (const operation of eraseOperations(stage)) {
    for (const cut of cuts) {
      const faults = [{ kind: "cut", operation, ...cut }] as const;
      tally.add("enumerated", faults, stage.run(faults));
    }
  }
  return tally;
}

/** Pages of 128 bytes: the second one ends blank, or begins so, the unit at the cut included. */
const BLANK_HALVES = [[188, 256], [128, 196]] as const;
/** The first one ends blank: all that somebody who erases upwards can leave in front of what agrees. */
const BLANK_START = [60, 128] as const;
const MARGINAL_CUTS = dyingCuts(LATE_READS, [5]);
/** An erase that has hardly begun looks as if it had not: nobody but who erases downwards is safe from it. */
const FADING_CUTS = dyingCuts(LATE_READS, [6]);

for (const way of ["resume", "stream", "rom"] as const) {
  Deno.test(`the slot loader keeps no sector that an erase has torn: pages with a blank half, by ${way}`, async () => {
    const tally = new Tally();
    for (const range of BLANK_HALVES) tally.merge(await sweepErases(range, { way, cuts: [...CUTS, ...LATE_CUTS] }));
    console.info(`blank halves, by ${way}: ${tally}`);
    assert.equal(tally.failureCount, 0);
  });
}

Deno.test("the slot loader keeps no half of a sector that somebody has erased who erases upwards", async () => {
  const way = "rom-upwards";
  assert.equal((await sweepErases(BLANK_START, { way, cuts: MARGINAL_CUTS })).failureCount, 0);
  const caught = await sweepErases(BLANK_START, { way, cuts: MARGINAL_CUTS, without: ["blank-half"] });
  console.info(`without blank-half: ${caught}`);
  assert(caught.failureCount > 0);
  const fading = await sweepErases([0, 0], { way, cuts: FADING_CUTS });
  console.info(`erases upwards that had hardly begun: ${fading}`);
  assert(fading.failureCount > 0);
});

Deno.test("the sweep sees a loader that erases each sector in its turn", async () => {
  const caught = await sweepErases([0, 0], { way: "resume", cuts: FADING_CUTS, without: ["erase-down"] });
  console.info(`without erase-down: ${caught}`);
  assert(caught.failureCount > 0);
  assert.equal((await sweepErases([0, 0], { way: "resume", cuts: FADING_CUTS })).failureCount, 0);
});

Deno.test("the slot loader survives resets in three copies, a host that insists, and a cut", async () => {
  const stage = await prepare("h743-least", scenarioNamed("resets in three copies, a host that insists"), "stream");
  const tally = new Tally();
  for (const reset of dyingCuts([2, 4])) {
    // All three in the erase that a copy begins with, which A may outlast; or one operation later, which it may not.
    for (const operations of [[0, 1, 2], [1, 3, 5]]) {
      const resets = operations.map((operation): CutFault => ({ kind: "cut", operation, ...reset }));
      for (const cut of CUTS) {
        for (const operation of [6, 10]) {
          const faults: CutFault[] = [...resets, { kind: "cut", operation, ...cut }];
          tally.add("sampled", faults, stage.run(faults));
        }
      }
    }
  }
  console.info(`${stage.name}: ${tally}`);
  assert.equal(tally.failureCount, 0);
});

Deno.test("one slot whose payload reaches into the sector of its header: the first erase leaves nothing that fades", async () => {
  const layout = SWEEP_LAYOUTS.get("f407ve-single")!;
  const releases = await packReleases(layout, { sizes: [20_000] });
  const play = (without: readonly LoaderRule[]) => {
    const stage = prepareStage({ layout, releases, scenario: scenarioNamed("update"), way: "stream", without });
    const erases = eraseOperations(stage);
    const tally = new Tally();
    for (let operation = 0; operation <= erases.at(-1)!; operation++) {
      for (const cut of ALL_CUTS) {
        const cuts = [{ kind: "cut", operation, ...cut }] as const;
        tally.add("enumerated", cuts, stage.run(cuts));
      }
    }
    return tally;
  };
  const right = play([]);
  const caught = play(["void"]);
  console.info(`one slot, everything up to its last erase: ${right}`);
  console.info(`without void: ${caught}`);
  assert.equal(right.failureCount, 0);
  assert(caught.failureCount > 0);
});

Deno.test("what no loader survives, by BOOT.md, section 14: two cuts that fade, in a commit word of A and in its repair", async () => {
  const stage = await prepare("h743-least", scenarioNamed("cut in the copy, boots, another"), "stream");
  const tally = new Tally();
  for (let operation = 0; operation < stage.operations; operation++) {
    for (const cut of dyingCuts([1], [6])) {
      for (const next of dyingCuts([2, 4], [6])) {
        const cuts = [
          { kind: "cut", operation, ...cut } as const,
          { kind: "cut", operation: operation + 1, ...next } as const,
        ];
        tally.add("enumerated", cuts, stage.run(cuts));
      }
    }
  }
  console.info(`two cuts that fade, one right after the other: ${tally}`);
  assert(tally.failureCount > 0);
});

/** Loaders that leave a rule of BOOT.md out; the sweep must see it. */
const CONTROLS: readonly [without: LoaderRule, layout: string, scenario: string, way: "stream" | "resume"][] = [
  ["commit-word", "h743-least", "update", "stream"],
  ["repair-first", "h743-least", "cut in the copy, recovery mode, another", "stream"],
  ["finish-copies", "h743-least", "cut in the copy, boots, another", "stream"],
];

for (const [rule, layout, scenario, way] of CONTROLS) {
  Deno.test(`the sweep sees a loader without the rule ${rule} [seed 3]`, async () => {
    const options = { seed: 3, runCount: 200, cutCount: 2 };
    const naive = await prepare(layout, scenarioNamed(scenario), way, { without: [rule] });
    const caught = sampleCuts(naive, options);
    console.info(`without ${rule}: ${caught}`);
    assert(caught.failureCount > 0);
    const right = await prepare(layout, scenarioNamed(scenario), way);
    assert.equal(sampleCuts(right, options).failureCount, 0);
  });
}

Deno.test("the sweep sees a loader that keeps a doubtful sector when a transfer is resumed", async () => {
  // The power goes away in the last word of a page, which reads right for a while; then again in the copy.
  const play = async (without: readonly LoaderRule[]) => {
    const stage = await prepare("l053-zeros", scenarioNamed("update"), "resume", { without });
    const tally = new Tally();
    for (const first of [80, 82]) {
      for (let reads = 2; reads < 8; reads += 2) {
        for (let second = 130; second < 300; second += 23) {
          const cuts = [
            { kind: "cut", operation: first, model: 5, reads } as const,
            { kind: "cut", operation: second, model: 0 } as const,
          ];
          tally.add("sampled", cuts, stage.run(cuts));
        }
      }
    }
    return tally;
  };
  const caught = await play(["doubtful-sector"]);
  console.info(`without doubtful-sector: ${caught}`);
  assert(caught.failureCount > 0);
  assert.equal((await play([])).failureCount, 0);
});

Deno.test("the sweep sees a loader that does not count starts", async () => {
  const scenario = scenarioNamed("a release that hangs");
  await assert.rejects(prepare("h743-least", scenario, "stream", { without: ["boot-attempts"] }), /out of reach/);
  await assert.rejects(prepare("f407ve-single", scenario, "stream", { without: ["boot-attempts"] }), Violation);
});

Deno.test("the sweep sees a CM4 that starts by itself", async () => {
  const stage = await prepare("h747-dual", scenarioNamed("update"), "stream", {
    without: ["option-bytes"],
    changedOptions: [{ name: "BCM4", value: 1 }],
  });
  const tally = sweepSingles(stage, { step: 3 });
  console.info(`with BCM4 = 1: ${tally}`);
  assert(tally.failureCount > 0);
  assert(tally.examples.every((example) => /CM4 (runs|faults) unverified/.test(example)));
});

/** The erases of a scenario. */
function eraseOperations({ device, operations, run }: Stage): readonly number[] {
  const start = device.chip.flash.operations.count;
  const erases: number[] = [];
  device.onOperation = ({ kind, index, count }) => {
    if (kind === "program" || index - start >= operations) return;
    for (let nth = 0; nth < count; nth++) erases.push(index - start + nth);
  };
  run([]);
  device.onOperation = undefined;
  return erases;
}

/** The next step from about `wanted` on that shares no factor with `count`, a prime. */
function coprimeStep(wanted: number, count: number): number {
  const step = Math.max(2, Math.round(wanted));
  return step % count === 0 ? step + 1 : step;
}
