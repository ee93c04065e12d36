/**
 * The whole sweep of updates over their transports: on every layout, over CDC, YMODEM and AN3155, a first install and an
 * update with power going away in every flash operation under every cut model, and the cable pulled at every frame; on the
 * smallest layout over CDC, against the emulated loader, every byte dropped, doubled, late and with each bit flipped, and
 * the cable and the reset pin pulled at every byte.
 *
 *     deno run --allow-read tests/sweeps/update_full.ts [layout ... | wire]
 *
 * It takes some minutes, prints a line for each layout and transport, and fails when anything went wrong.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SWEEP_LAYOUTS } from "./loader_releases.ts";
import {
  casesOf,
  listCableFaults,
  listWireFaults,
  nameOf,
  rehearseUpdate,
  SCENARIOS,
  SMALLEST,
  type UpdateCase,
  UpdateTally,
} from "./update_trials.ts";

Error.stackTraceLimit = 0;

const wanted = Deno.args.length > 0 ? Deno.args : [...SWEEP_LAYOUTS.keys(), "wire"];
const total = new UpdateTally();

function report(name: string, tally: UpdateTally): void {
  console.info(`${name}: ${tally}`);
  total.merge(tally);
}

for (const layout of SWEEP_LAYOUTS.keys()) {
  if (!wanted.includes(layout)) continue;
  for (const update of casesOf(layout)) {
    report(nameOf(update, ""), new UpdateTally().add("enumerated", await rehearseUpdate(update, "everywhere")));
  }
}

if (wanted.includes("wire")) {
  for (const scenario of SCENARIOS) {
    const update: UpdateCase = { layout: SMALLEST, transport: "cdc", scenario };
    const wire = new UpdateTally().add("enumerated", await rehearseUpdate(update, await listWireFaults(update)));
    report(nameOf(update, "every fault of every byte"), wire);
    assert.equal(
      wire.retriedCount,
      0,
      "whatever happens to one byte, the session that it happens in brings the update",
    );
    for (const kind of ["unplug", "reset"] as const) {
      const faults = await listCableFaults(update, kind);
      report(
        nameOf(update, `${kind} at every byte`),
        new UpdateTally().add("enumerated", await rehearseUpdate(update, faults)),
      );
    }
  }
}

console.info(`all: ${total}`);
assert.equal(total.counts.failed, 0);
