/**
 * The decision table, every row and every neighbour of a row.
 *
 * @module
 */

import assert from "node:assert/strict";
import { decideSlots, isSameSet, mayEraseSlotB, mayHostEraseSlotB } from "./decide_slots.ts";
import type { NoSlotSet, SetJudgement, SlotSet } from "./judge_set.ts";
import type { SlotProblem } from "./judge_headers.ts";
import { decodeHeader, encodeHeader } from "../header.ts";
import { packSmallSingle } from "../../tests/small_pair.ts";

const HEADER = decodeHeader((await packSmallSingle()).slice(32, 288));
const BLANK: SlotProblem = { code: "empty", core: "CM4", text: "there is no commit word of CM4" };
const TORN: SlotProblem = { code: "unreadable", core: "CM4", text: "the commit word of CM4 cannot be read" };

function set(
  counter: number,
  { major = 1, commitProblem }: { major?: number; commitProblem?: SlotProblem } = {},
): SlotSet {
  const header = { ...HEADER, counter, version: { ...HEADER.version, major } };
  const lacksCommitWord = commitProblem === BLANK;
  return { kind: "set", headers: [header], records: [encodeHeader(header)], commitProblem, lacksCommitWord };
}

const NONE: NoSlotSet = { kind: "none", problem: { ...BLANK, text: "there is no header of CM4" } };

type Row = [a: SetJudgement, b: SetJudgement | undefined, decision: string, mayErase: boolean];

const ROWS: Readonly<Record<string, Row>> = {
  "nothing anywhere": [NONE, NONE, "stay no-set", true],
  "nothing in the one slot": [NONE, undefined, "stay no-set", true],
  "only B": [NONE, set(1), "copy repair", false],
  "only B, commit word blank": [NONE, set(1, { commitProblem: BLANK }), "copy repair", false],
  "only B, commit word unreadable": [NONE, set(1, { commitProblem: TORN }), "copy repair", false],
  "only A": [set(1), NONE, "boot", true],
  "only A, commit word blank": [set(1, { commitProblem: BLANK }), NONE, "boot", true],
  "one slot, never finished": [set(1, { commitProblem: BLANK }), undefined, "stay no-set", true],
  "one slot, commit word torn": [set(1, { commitProblem: TORN }), undefined, "stay no-set", true],
  "one slot, committed": [set(1), undefined, "boot", true],
  "the same in both": [set(1), set(1), "boot", true],
  "the same in both, B not committed": [set(1), set(1, { commitProblem: BLANK }), "boot", true],
  "the same in both, A never finished": [set(1, { commitProblem: BLANK }), set(1), "copy unfinished", false],
  "the same in both, neither finished": [
    set(1, { commitProblem: BLANK }),
    set(1, { commitProblem: BLANK }),
    "copy unfinished",
    false,
  ],
  "the same in both, A never finished, B torn": [
    set(1, { commitProblem: BLANK }),
    set(1, { commitProblem: TORN }),
    "copy unfinished",
    false,
  ],
  "the same in both, A's commit word lost later": [set(1, { commitProblem: TORN }), set(1), "boot", true],
  "newer in B": [set(1), set(2), "copy install", false],
  "newer in B, not committed": [set(1), set(2, { commitProblem: BLANK }), "boot", true],
  "newer in B, commit word torn": [set(1), set(2, { commitProblem: TORN }), "boot", true],
  "another release with the same counter": [set(1), set(1, { major: 2 }), "copy install", false],
  "an older release with the same counter": [set(1), set(1, { major: 0 }), "copy install", false],
  "a lower counter in B": [set(2), set(1), "boot", true],
  "newer in B, A never finished": [set(1, { commitProblem: BLANK }), set(2), "copy install", false],
};

for (const [name, [a, b, expected, mayErase]] of Object.entries(ROWS)) {
  Deno.test(`decideSlots(): ${name}`, () => {
    const decision = decideSlots({ a, b });
    assert.equal("reason" in decision ? `${decision.action} ${decision.reason}` : decision.action, expected);
    assert.equal(mayEraseSlotB({ a, b }), mayErase);
  });
}

Deno.test("isSameSet() compares every header", () => {
  const [{ records: [one] }, { records: [other] }] = [set(1), set(2)] as const;
  const pair = { ...set(1), records: [one!, one!] };
  assert.equal(isSameSet(pair, { ...pair, records: [one!.slice(), one!.slice()] }), true);
  assert.equal(isSameSet(pair, { ...pair, records: [one!, other!] }), false);
});

Deno.test("mayHostEraseSlotB() takes no set without commit words for one that has to be saved", () => {
  assert.equal(mayHostEraseSlotB({ a: NONE, b: set(1, { commitProblem: BLANK }) }), true);
  assert.equal(mayHostEraseSlotB({ a: set(1, { commitProblem: BLANK }), b: set(1, { commitProblem: BLANK }) }), true);
  for (const b of [set(1), set(1, { commitProblem: TORN })]) {
    assert.equal(mayHostEraseSlotB({ a: NONE, b }), false);
    assert.equal(mayHostEraseSlotB({ a: set(1, { commitProblem: BLANK }), b }), false);
    assert.equal(mayHostEraseSlotB({ a: set(1), b }), true);
  }
  assert.equal(mayHostEraseSlotB({ a: set(1), b: set(2) }), false);
  assert.equal(mayHostEraseSlotB({ a: NONE, b: undefined }), true);
});
