/**
 * Judging sets by the ends of their slots: what is whole, and each thing that can be wrong with it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Bytes } from "../../core/bytes.ts";
import { crc32 } from "../../core/crc32.ts";
import { createSmallImages, importKnownKey, packSmallPair, packSmallSingle } from "../../tests/small_pair.ts";
import { type Changes, forgeHeader, forgeImage, resign } from "../../tests/forge.ts";
import { encodeCommitWord } from "../commit_word.ts";
import type { HEADER_FIELDS } from "../header.ts";
import { createLayout, type Layout } from "../layouts/layout.ts";
import { findLayout } from "../layouts/presets.ts";
import { judgeHeaders, type SlotIdentity, type SlotProblemCode } from "./judge_headers.ts";
import { judgeSet } from "./judge_set.ts";
import { type SlotEnd, slotEndAddressOf, splitSlotEnd } from "./slot_end.ts";

const H745 = findLayout("stm32h745");
const PAIR = await packSmallPair();
const OTHER = await packSmallPair({ images: createSmallImages(1) });
const KEY = await importKnownKey("ed25519");

/** Where bundle headers end and image headers begin (FORMAT.md, section 2). */
function recordsOf(bundle: Bytes, imageCount: number): Bytes[] {
  return Array.from({ length: imageCount }, (_, index) => bundle.slice(32 + index * 256, 288 + index * 256));
}

function endOf(header: Uint8Array): SlotEnd {
  return {
    header,
    commitWord: encodeCommitWord({ headerRecordCrc: crc32(header), setId: header.slice(88, 104) }),
  };
}

const PAIR_ENDS = recordsOf(PAIR, 2).map(endOf);
const OTHER_ENDS = recordsOf(OTHER, 2).map(endOf);

Deno.test("judgeSet() takes a committed pair", () => {
  const set = judgeSet(PAIR_ENDS, { layout: H745, productId: PAIR.slice(104, 120), leastCounter: 7 });
  assert(set.kind === "set");
  assert.equal(set.commitProblem, undefined);
  assert.equal(set.lacksCommitWord, false);
  assert.deepEqual(set.headers.map(({ core }) => core), ["CM7", "CM4"]);
  assert.equal(set.headers[0]!.counter, 7);
  assert.deepEqual(set.records, recordsOf(PAIR, 2));
});

Deno.test("judgeSet() keeps no view into what it was given", () => {
  const ends = recordsOf(PAIR, 2).map(endOf);
  const set = judgeSet(ends, { layout: H745 });
  ends[0]!.header!.fill(0);
  assert(set.kind === "set" && set.records[0]![0] === 0x89);
});

const BLANK: SlotEnd = splitSlotEnd(new Uint8Array(288).fill(0xff));
const ZEROS: SlotEnd = splitSlotEnd(new Uint8Array(288));
const UNREADABLE: SlotEnd = splitSlotEnd(undefined);

/** A header that was changed, its CRC repaired, its commit word made anew. */
function changed(index: number, changes: Changes<typeof HEADER_FIELDS>): SlotEnd[] {
  return PAIR_ENDS.with(index, endOf(forgeHeader(PAIR_ENDS[index]!.header!, changes)));
}

function damaged(index: number, offset: number): SlotEnd[] {
  const header = Uint8Array.from(PAIR_ENDS[index]!.header!);
  header[offset]! ^= 1;
  return PAIR_ENDS.with(index, endOf(header));
}

const REFUSALS: readonly [name: string, ends: readonly SlotEnd[], code: SlotProblemCode, core: string][] = [
  ["both blank", [BLANK, BLANK], "empty", "CM7"],
  ["the second blank", [PAIR_ENDS[0]!, BLANK], "empty", "CM4"],
  ["zeros where erased flash reads ones", [ZEROS, ZEROS], "bad-magic", "CM7"],
  ["the first unreadable", [UNREADABLE, PAIR_ENDS[1]!], "unreadable", "CM7"],
  ["the second unreadable", [PAIR_ENDS[0]!, UNREADABLE], "unreadable", "CM4"],
  ["a bit of the magic number", damaged(1, 3), "bad-magic", "CM4"],
  ["a bit of the payload's digest", damaged(0, 110), "bad-crc", "CM7"],
  ["cores of two releases", [PAIR_ENDS[0]!, OTHER_ENDS[1]!], "set-mismatch", "CM4"],
  ["the same header twice", [PAIR_ENDS[0]!, PAIR_ENDS[0]!], "bad-count", "CM4"],
  ["headers in the wrong order", PAIR_ENDS.toReversed(), "bad-count", "CM7"],
  ["another part in one", changed(0, { chipId: 0x413 }), "set-mismatch", "CM4"],
  ["a slot elsewhere", changed(1, { runAddress: 0x0814_0000 }), "slot-overlap", "CM4"],
  ["a slot of another size", changed(1, { slotSizeBytes: 0x4_0000 }), "wrong-address", "CM4"],
  ["a payload that is longer than said", changed(0, { payloadSizeBytes: 69 }), "bad-set-id", "CM7"],
  ["an unknown flag", changed(0, { flags: 1 }), "unsupported", "CM7"],
];

for (const [name, ends, code, core] of REFUSALS) {
  Deno.test(`judgeSet() refuses ${name}`, () => {
    const set = judgeSet(ends, { layout: H745 });
    assert(set.kind === "none");
    assert.deepEqual([set.problem.code, set.problem.core], [code, core], set.problem.text);
  });
}

/** Releases that are whole, on a device that they are not for. */
const STRANGERS: readonly [name: string, identity: Partial<SlotIdentity>, code: SlotProblemCode][] = [
  ["another product", { productId: new Uint8Array(16).fill(1) }, "wrong-product"],
  ["a lower counter", { leastCounter: 8 }, "low-counter"],
  ["the layout of another part", { layout: layoutOf({ part: "stm32f407xg" }) }, "wrong-part"],
];

function layoutOf({ part }: { readonly part: string }): Layout {
  return createLayout({ ...H745, part });
}

for (const [name, identity, code] of STRANGERS) {
  Deno.test(`judgeSet() refuses a release for ${name}`, () => {
    const set = judgeSet(PAIR_ENDS, { layout: H745, ...identity });
    assert(set.kind === "none");
    assert.equal(set.problem.code, code, set.problem.text);
  });
}

Deno.test("judgeSet() refuses a set of two on a device of one core, and the other way round", async () => {
  const single = recordsOf(await packSmallSingle(), 1).map(endOf);
  const set = judgeSet(single, { layout: { ...H745, slots: H745.slots.slice(0, 1) } });
  assert(set.kind === "none" && set.problem.code === "wrong-part");
  const half = judgeSet(PAIR_ENDS.slice(0, 1), { layout: { ...H745, slots: H745.slots.slice(0, 1) } });
  assert(half.kind === "none" && half.problem.code === "bad-count");
});

Deno.test("judgeSet() refuses a set id that its headers do not give, whoever signed it", async () => {
  const forged = await resign(forgeImage(forgeImage(PAIR, 0, { counter: 8 }), 1, { counter: 8 }), 2, KEY);
  assert.equal(judgeSet(recordsOf(forged, 2).map(endOf), { layout: H745 }).kind, "set");
  const spoilt = forgeImage(forgeImage(forged, 0, { counter: 9 }), 1, { counter: 9 });
  const set = judgeSet(recordsOf(spoilt, 2).map(endOf), { layout: H745 });
  assert(set.kind === "none" && set.problem.code === "bad-set-id");
});

const WORD = PAIR_ENDS[1]!.commitWord!;
const UNCOMMITTED: readonly [name: string, commitWord: Uint8Array | undefined, code: SlotProblemCode][] = [
  ["is blank", new Uint8Array(32).fill(0xff), "empty"],
  ["cannot be read", undefined, "unreadable"],
  ["is garbage", new Uint8Array(32).fill(0x5a), "bad-magic"],
  ["is half there", Uint8Array.from(WORD, (byte, index) => index < 16 ? byte : 0xff), "bad-crc"],
  ["belongs to another header", OTHER_ENDS[1]!.commitWord, "bad-crc"],
  [
    "names another set",
    encodeCommitWord({ headerRecordCrc: crc32(PAIR_ENDS[1]!.header!), setId: new Uint8Array(16) }),
    "set-mismatch",
  ],
];

for (const [name, commitWord, code] of UNCOMMITTED) {
  Deno.test(`judgeSet() finds a set that is not committed: one commit word ${name}`, () => {
    const set = judgeSet(PAIR_ENDS.with(1, { ...PAIR_ENDS[1]!, commitWord }), { layout: H745 });
    assert(set.kind === "set");
    assert.deepEqual([set.commitProblem?.code, set.commitProblem?.core], [code, "CM4"]);
    assert.equal(set.lacksCommitWord, code === "empty");
  });
}

Deno.test("judgeSet() wants an end for each core, of the right size", () => {
  assert.throws(() => judgeSet(PAIR_ENDS.slice(0, 1), { layout: H745 }), RangeError);
  assert.throws(() => judgeSet([...PAIR_ENDS, ...PAIR_ENDS], { layout: H745 }), RangeError);
  for (const sizeBytes of [0, 287, 289]) assert.throws(() => splitSlotEnd(new Uint8Array(sizeBytes)), RangeError);
});

Deno.test("judgeHeaders() refuses no headers, too few and too many", () => {
  const records = recordsOf(PAIR, 2);
  const identity = { layout: H745 };
  for (
    const [given, code] of [[[], "wrong-cores"], [records.slice(0, 1), "bad-count"], [
      [...records, ...records],
      "bad-count",
    ]] as const
  ) {
    const judgement = judgeHeaders(given, identity);
    assert(judgement.kind === "none");
    assert.equal(judgement.problem.code, code);
  }
});

Deno.test("slotEndAddressOf() finds the last 288 bytes of either slot", () => {
  // 0x0810_0000 + 512 KiB - 288, and 512 KiB further.
  assert.equal(slotEndAddressOf(H745.slots[1]!, "A"), 0x0817_fee0);
  assert.equal(slotEndAddressOf(H745.slots[1]!, "B"), 0x081f_fee0);
});
