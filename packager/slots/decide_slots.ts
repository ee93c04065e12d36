/**
 * What a device with two slots for each core is to do, and when slot B may be erased: the table of `emulator/BOOT.md`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../../core/bytes.ts";
import type { SetJudgement, SlotSet } from "./judge_set.ts";

/**
 * What to do first.
 *
 * | action | reason | when |
 * | --- | --- | --- |
 * | `copy` | `repair` | A holds no set, and B does, committed or not |
 * | `copy` | `unfinished` | both hold the same set, and A lacks a commit word: the copy did not come to its end |
 * | `copy` | `install` | B holds another set, committed, with a counter not below that of A |
 * | `boot` | | A holds a set, and none of these |
 * | `stay` | `no-set` | neither holds a set; or there is one slot only, and a commit word of it is not right |
 */
export type SlotDecision =
  | { readonly action: "copy"; readonly reason: "repair" | "unfinished" | "install" }
  | { readonly action: "boot" }
  | { readonly action: "stay"; readonly reason: "no-set" };

/** What stands in the slots of a device. */
export interface SlotPair {
  /** The set in the slots A. */
  readonly a: SetJudgement;
  /** The set in the slots B; `undefined` under policy `single`. */
  readonly b: SetJudgement | undefined;
}

/**
 * Decides. A loader gives sets that it has verified in depth; a host, which cannot, gets the decision that the loader will
 * make if all payloads are right.
 *
 * @param pair What stands in the slots.
 * @returns The decision.
 */
export function decideSlots({ a, b }: SlotPair): SlotDecision {
  if (a.kind === "none") {
    return b?.kind === "set" ? { action: "copy", reason: "repair" } : { action: "stay", reason: "no-set" };
  }
  // It may read right today and not tomorrow: where there is no B to fall back on, that has to be seen now.
  if (b === undefined && a.commitProblem !== undefined) return { action: "stay", reason: "no-set" };
  if (b?.kind !== "set") return { action: "boot" };
  if (isSameSet(a, b)) return a.lacksCommitWord ? { action: "copy", reason: "unfinished" } : { action: "boot" };
  const isInstallable = b.commitProblem === undefined && b.headers[0]!.counter >= a.headers[0]!.counter;
  return isInstallable ? { action: "copy", reason: "install" } : { action: "boot" };
}

/**
 * Tells whether slot B may be erased for another update, to whoever has verified both sets in depth.
 *
 * Not while a copy is due. For a repair that is plain: B holds the only set. A set that waits to be installed has to be
 * installed too: an erase that loses power may leave it looking whole until the copy has erased A.
 *
 * @param pair What stands in the slots.
 * @returns `false` while a copy to A has to be finished first.
 */
export function mayEraseSlotB(pair: SlotPair): boolean {
  return decideSlots(pair).action !== "copy";
}

/**
 * Tells the same to a host that has read no more than the ends of the slots.
 *
 * To it a set in B that lacks a commit word is none: its writer did not come to its end, and whether it is whole all the
 * same, and signed, only the loader can tell. It was never installed over another one.
 *
 * @param pair What stands in the slots, as far as their ends tell.
 * @returns `false` while the device should be reset first, so that its loader finishes the copy.
 */
export function mayHostEraseSlotB({ a, b }: SlotPair): boolean {
  return b?.kind !== "set" || b.lacksCommitWord || mayEraseSlotB({ a, b });
}

/**
 * Tells whether two sets have the same headers, to the last byte: then they are the same release, signatures included.
 *
 * @param a One set.
 * @param b The other.
 * @returns `true` when all headers are equal.
 */
export function isSameSet(a: SlotSet, b: SlotSet): boolean {
  return a.records.every((record, index) => equalBytes(record, b.records[index]!));
}
