/**
 * First installs and updates over CDC, YMODEM and AN3155 on every layout, from wire to flash, with power going away, the
 * cable pulled, and faults of the wire. After each, the device is left alone, then a host goes on.
 *
 * A few thousand points; `update_full.ts` has all of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ControlRule, FailureCode } from "../../rehearsal/mod.ts";
import { SWEEP_LAYOUTS } from "./loader_releases.ts";
import {
  casesOf,
  drawFaults,
  listCableFaults,
  listWireFaults,
  nameOf,
  rehearseUpdate,
  sampleUpdate,
  SCENARIOS,
  SMALLEST,
  TRANSPORTS,
  type UpdateCase,
  UpdateTally,
} from "./update_trials.ts";

Error.stackTraceLimit = 0;

const DUAL = "h747-dual";
const SINGLE = "f407ve-single";
const SEED = 11;

/** Samples of each update of a layout over a transport. */
const SAMPLES_OF_EACH = 70;
const WIRE_SAMPLES = 500;
const CABLE_SAMPLES = 100;

function assertRight(name: string, tally: UpdateTally): void {
  console.info(`${name}: ${tally}`);
  assert.deepEqual([tally.counts.failed, tally.counts.mixed, tally.counts.unverified], [0, 0, 0]);
  assert(tally.retryCountMost <= 1, "once is enough for a host");
}

for (const update of casesOf(DUAL)) {
  Deno.test(`every cut and every unplug at a frame: ${nameOf(update, "")}`, async () => {
    const report = await rehearseUpdate(update, "everywhere");
    const { operations, transport, counts } = report;
    assert.deepEqual([counts.cutCount, counts.wireCount], [13 * operations.totalCount, transport.framesToTarget]);
    assertRight(nameOf(update, ""), new UpdateTally().add("enumerated", report));
  });
}

for (const layout of [...SWEEP_LAYOUTS.keys()].filter((name) => name !== DUAL)) {
  for (const transport of TRANSPORTS) {
    Deno.test(`cuts and unplugs: ${layout}, ${transport} [seed ${SEED}]`, async () => {
      const tally = new UpdateTally();
      for (const scenario of SCENARIOS) {
        tally.add(
          "sampled",
          await sampleUpdate({ layout, transport, scenario }, { seed: SEED, count: SAMPLES_OF_EACH }),
        );
      }
      assertRight(`${layout}, ${transport} [seed ${SEED}]`, tally);
    });
  }
}

for (const scenario of SCENARIOS) {
  const update: UpdateCase = { layout: SMALLEST, transport: "cdc", scenario };

  Deno.test(`the loader over CDC and single faults of the wire: ${scenario} [seed ${SEED}]`, async () => {
    const faults = drawFaults(await listWireFaults(update), { seed: SEED, count: WIRE_SAMPLES });
    const tally = new UpdateTally().add("sampled", await rehearseUpdate(update, faults));
    assertRight(nameOf(update, `faults of bytes [seed ${SEED}]`), tally);
    // Whatever happens to one byte, the session that it happens in brings the update.
    assert.deepEqual([tally.counts.new, tally.retriedCount], [faults.length, 0]);
  });

  for (const kind of ["unplug", "reset"] as const) {
    Deno.test(`the loader over CDC and ${kind}: ${scenario} [seed ${SEED}]`, async () => {
      const faults = drawFaults(await listCableFaults(update, kind), { seed: SEED, count: CABLE_SAMPLES });
      const tally = new UpdateTally().add("sampled", await rehearseUpdate(update, faults));
      assertRight(nameOf(update, `${kind} [seed ${SEED}]`), tally);
    });
  }
}

/** Samples that are enough to see what a third of all points shows. */
const CONTROL_SAMPLES = 40;

/** Rules, and what a device without them does; over every transport. One shows at a few points only. */
const CONTROLS: readonly [rule: ControlRule, code: FailureCode, points: "sampled" | "enumerated"][] = [
  ["verification", "mixed", "sampled"],
  ["commit-word", "lost-set", "enumerated"],
  ["repair-first", "unguarded", "sampled"],
  ["option-bytes", "unverified", "sampled"],
];

for (const transport of TRANSPORTS) {
  for (const [without, code, points] of CONTROLS) {
    Deno.test(`the sweep sees a device without the rule ${without} over ${transport} [seed ${SEED}]`, async () => {
      const update: UpdateCase = { layout: DUAL, transport, scenario: "update", without };
      const report = points === "enumerated"
        ? await rehearseUpdate(update, "everywhere")
        : await sampleUpdate(update, { seed: SEED, count: CONTROL_SAMPLES });
      const tally = new UpdateTally().add(points, report);
      console.info(`${nameOf(update, `without ${without}`)}: ${tally}`);
      assert(tally.failures.has(code), [...tally.failures].join(", "));
    });
  }
}

Deno.test("the sweep sees a device that runs what a pulled cable has left", async () => {
  const update: UpdateCase = { layout: SINGLE, transport: "cdc", scenario: "update", without: "verification" };
  const faults = drawFaults(await listCableFaults(update, "unplug"), { seed: SEED, count: CABLE_SAMPLES });
  const tally = new UpdateTally().add("sampled", await rehearseUpdate(update, faults));
  console.info(`${nameOf(update, "unplug, without verification")}: ${tally}`);
  assert(tally.failures.has("mixed"));
});
