/**
 * Which operations of an update are points.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CUTS_PER_OPERATION } from "../emulator/fault_lists.ts";
import { formatFault } from "../emulator/fault_text.ts";
import { listPoints, pickOperations } from "./points.ts";
import type { OperationFacts } from "./recording.ts";

/** An operation for each letter: E erases, p programs payload, h a header, c a commit word; | is where addresses jump back. */
function operationsOf(letters: string): OperationFacts[] {
  const operations: OperationFacts[] = [];
  let address = 0x0810_0000;
  for (const letter of letters) {
    address += letter === "|" ? -0x8_0000 : 32;
    if (letter === "|") continue;
    operations.push({
      operation: operations.length,
      kind: letter === "E" ? "erase" : "program",
      phase: "staging",
      core: "CM7",
      slot: "B",
      part: letter === "h" ? "header" : letter === "c" ? "commit-word" : "payload",
      address,
    });
  }
  return operations;
}

const PICKS: readonly [letters: string, picked: readonly number[]][] = [
  ["", []],
  ["EE", [0, 1]],
  ["p", [0]],
  ["pp", [0, 1]],
  ["ppp", [0, 1, 2]],
  ["ppppppp", [0, 3, 6]],
  ["EppppppEpppp", [0, 1, 4, 6, 7, 8, 10, 11]],
  ["pppphhcc", [0, 2, 3, 4, 5, 6, 7]],
  ["ppppp|ppppp", [0, 2, 4, 5, 7, 9]],
];

for (const [letters, picked] of PICKS) {
  Deno.test(`pickOperations() of "${letters}"`, () => {
    assert.deepEqual(pickOperations(operationsOf(letters)), picked);
  });
}

Deno.test("listPoints() enumerates first and samples afterwards, the same from the same seed", () => {
  const operations = operationsOf("EpppppppppppphE");
  const frameOffsets = Array.from({ length: 40 }, (_, nth) => nth * 100);
  const space = { operations, frameOffsets };
  const points = listPoints(space, { everywhere: false, sampleCount: 30, seed: 3 });
  const enumerated = points.filter(({ origin }) => origin === "enumerated");
  const pulls = enumerated.filter(({ fault }) => fault.kind === "unplug");
  assert.equal(enumerated.length, 6 * CUTS_PER_OPERATION + 16);
  assert.deepEqual([formatFault(pulls[0]!.fault), formatFault(pulls.at(-1)!.fault)], [
    "unplug:h2t:0",
    "unplug:h2t:3900",
  ]);
  assert(points.slice(-30).every(({ origin }) => origin === "sampled"));
  assert.deepEqual(listPoints(space, { everywhere: false, sampleCount: 30, seed: 3 }), points);
  assert.notDeepEqual(listPoints(space, { everywhere: false, sampleCount: 30, seed: 4 }), points);
  const all = listPoints(space, { everywhere: true, sampleCount: 0, seed: 1 });
  assert.equal(all.length, operations.length * CUTS_PER_OPERATION + 40);
  assert.equal(new Set(all.map(({ fault }) => formatFault(fault))).size, all.length);
});
