/**
 * Judges the set that stands in the slots A of all cores, or in the slots B, by the last 288 bytes of each.
 *
 * The judgement is shallow: no payload is read and no signature verified. It is what a host can do before it erases
 * anything, and what a loader does first.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../../core/bytes.ts";
import { crc32 } from "../../core/crc32.ts";
import { formatHex } from "../../core/hex.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { decodeCommitWord } from "../commit_word.ts";
import { ContainerFormatError } from "../container_error.ts";
import type { ImageHeader } from "../header.ts";
import { judgeHeaders, type SlotIdentity, type SlotProblem } from "./judge_headers.ts";
import type { SlotEnd } from "./slot_end.ts";

/** Headers of one release, one for each core of the layout, all of them right. */
export interface SlotSet {
  /** Tells it from {@linkcode NoSlotSet}. */
  readonly kind: "set";
  /** What the headers say, in index order. */
  readonly headers: readonly ImageHeader[];
  /** The headers as they stand in flash, 256 bytes each; copies. */
  readonly records: readonly Bytes[];
  /** Why it is not committed; `undefined` when every commit word is right. */
  readonly commitProblem: SlotProblem | undefined;
  /**
   * Whether one of the commit words reads as erased flash, so that its writer did not come to it. A commit word that is
   * there and wrong, or unreadable, was written when all else was in place.
   */
  readonly lacksCommitWord: boolean;
}

/** No set: the first thing that is wrong. */
export interface NoSlotSet {
  /** Tells it from {@linkcode SlotSet}. */
  readonly kind: "none";
  /** What is wrong. */
  readonly problem: SlotProblem;
}

/** What stands in the slots A, or in the slots B. */
export type SetJudgement = SlotSet | NoSlotSet;

/**
 * Judges a set by the ends of its slots.
 *
 * @param ends One for each core of the layout, in index order.
 * @param identity What the device is.
 * @returns The set, committed or not, or what is wrong.
 * @throws {RangeError} When there is not one end for each core.
 *
 * @example Erased slots
 * ```ts
 * import { findLayout } from "@coreslot/coreslot/packager";
 * import { judgeSet, splitSlotEnd } from "@coreslot/coreslot/slots";
 *
 * const erased = splitSlotEnd(new Uint8Array(288).fill(0xff));
 * const set = judgeSet([erased, erased], { layout: findLayout("stm32h745") });
 * console.assert(set.kind === "none" && set.problem.code === "empty");
 * ```
 */
export function judgeSet(ends: readonly SlotEnd[], identity: SlotIdentity): SetJudgement {
  const { slots, part } = identity.layout;
  if (ends.length !== slots.length) {
    throw new RangeError(`Cannot judge a set: ${slots.length} slots have ${ends.length} ends`);
  }
  const { erasedByte } = part.flash.programUnit;
  const records: Bytes[] = [];
  for (const [index, { header }] of ends.entries()) {
    const problem = findAbsence(header, erasedByte, { core: slots[index]!.core, what: "header" });
    if (problem !== undefined) return { kind: "none", problem };
    records.push(Uint8Array.from(header!));
  }
  const judgement = judgeHeaders(records, identity);
  if (judgement.kind === "none") return judgement;
  const commitProblems = ends.map(({ commitWord }, index) =>
    findAbsence(commitWord, erasedByte, { core: slots[index]!.core, what: "commit word" }) ??
      findCommitProblem(commitWord!, records[index]!, judgement.headers[index]!)
  );
  return {
    kind: "set",
    headers: judgement.headers,
    records,
    commitProblem: commitProblems.find((problem) => problem !== undefined),
    lacksCommitWord: commitProblems.some((problem) => problem?.code === "empty"),
  };
}

function findAbsence(
  record: Uint8Array | undefined,
  erasedByte: number,
  { core, what }: { readonly core: CoreTag; readonly what: string },
): SlotProblem | undefined {
  if (record === undefined) return { code: "unreadable", core, text: `the ${what} of ${core} cannot be read` };
  const isErased = record.every((byte) => byte === erasedByte);
  return isErased ? { code: "empty", core, text: `there is no ${what} of ${core}` } : undefined;
}

function findCommitProblem(bytes: Uint8Array, record: Bytes, header: ImageHeader): SlotProblem | undefined {
  const { core } = header;
  try {
    const { headerRecordCrc, setId } = decodeCommitWord(bytes);
    if (headerRecordCrc !== crc32(record)) {
      return { code: "bad-crc", core, text: `the commit word of ${core} is that of another header` };
    }
    if (equalBytes(setId, header.setId)) return undefined;
    const text = `the commit word of ${core} is that of set ${formatHex(setId)}`;
    return { code: "set-mismatch", core, text };
  } catch (error) {
    if (!(error instanceof ContainerFormatError)) throw error;
    return { code: error.code, core, text: `${error.field} of ${core}: expected ${error.expected}, got ${error.got}` };
  }
}
