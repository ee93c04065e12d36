/**
 * What an address is to an update: which slot of which core, and which part of it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { COMMIT_WORD_SIZE_BYTES } from "../packager/commit_word.ts";
import type { CoreSlots, Layout } from "../packager/layouts/layout.ts";
import { slotAddressOf, slotEndAddressOf, type SlotName } from "../packager/slots/mod.ts";

/** A part of a slot. */
export type SlotPart = "payload" | "header" | "commit-word";

/** What stands at an address. */
export interface Place {
  /** The slots of its core; `undefined` outside of all slots. */
  readonly slots: CoreSlots | undefined;
  /** Which of them. Under policy `single` it is `A`. */
  readonly slot: SlotName | undefined;
  /** Which part of it. */
  readonly part: SlotPart;
}

/**
 * Finds what an address is.
 *
 * @param layout Where the slots are.
 * @param address Absolute address.
 * @returns What it is.
 */
export function placeOf(layout: Layout, address: number): Place {
  for (const slots of layout.slots) {
    for (const slot of ["A", "B"] as const) {
      const start = slotAddressOf(slots, slot);
      const end = start + slots.sizeBytes;
      if (address < start || address >= end) continue;
      const isCommitWord = address >= end - COMMIT_WORD_SIZE_BYTES;
      const part = isCommitWord ? "commit-word" : address >= slotEndAddressOf(slots, slot) ? "header" : "payload";
      return { slots, slot, part };
    }
  }
  return { slots: undefined, slot: undefined, part: "payload" };
}
