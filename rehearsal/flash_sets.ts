/**
 * Looks into flash behind the loader's back: which release stands whole in which slots.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../core/mod.ts";
import type { Flash } from "../emulator/flash.ts";
import { FlashError } from "../emulator/error.ts";
import type { Layout } from "../packager/layouts/layout.ts";
import { slotAddressOf, slotEndAddressOf, type SlotName } from "../packager/slots/mod.ts";
import type { Release } from "./release.ts";

/** What is looked for, and where. */
export interface SetSearch {
  /** The flash. */
  readonly flash: Flash;
  /** Where the slots are. */
  readonly layout: Layout;
  /** The releases that may stand there. */
  readonly releases: readonly Release[];
}

/**
 * Finds the release that reads whole in the slots of one name: payloads and headers of every core, byte for byte. Nothing
 * is worn by it.
 *
 * @param search What is looked for.
 * @param name Which slots.
 * @returns The release, or `undefined` when none reads whole.
 */
export function findReadable(search: SetSearch, name: SlotName): Release | undefined {
  const { flash, layout, releases } = search;
  const snapshot = flash.snapshot();
  const found = releases.find((release) =>
    listParts(layout, release, name).every(({ address, bytes }) => {
      const there = readIfReadable(flash, address, bytes.length);
      return there !== undefined && equalBytes(there, bytes);
    })
  );
  flash.restore(snapshot);
  return found;
}

/**
 * Finds the release that stands in the slots of one name, and will tomorrow: it reads whole, and none of its program units
 * is torn or marginal.
 *
 * @param search What is looked for.
 * @param name Which slots.
 * @returns The release, or `undefined`.
 */
export function findSolid(search: SetSearch, name: SlotName): Release | undefined {
  const { flash, layout, releases } = search;
  // A unit that was programmed, and not torn, reads without wear.
  return releases.find((release) =>
    listParts(layout, release, name).every(({ address, bytes }) =>
      isProgrammed(flash, address, bytes.length) && equalBytes(flash.read(address, bytes.length), bytes)
    )
  );
}

function listParts(
  layout: Layout,
  release: Release,
  name: SlotName,
): readonly { readonly address: number; readonly bytes: Bytes }[] {
  return layout.slots.flatMap((slots, index) => [
    { address: slotEndAddressOf(slots, name), bytes: release.records[index]! },
    { address: slotAddressOf(slots, name), bytes: release.paddedPayloads[index]! },
  ]);
}

/** Blank units of a payload are not programmed by every writer, and need not be. */
function isProgrammed(flash: Flash, address: number, sizeBytes: number): boolean {
  const unitBytes = flash.part.flash.programUnit.sizeBytes;
  for (let at = address; at < address + sizeBytes; at += unitBytes) {
    const state = flash.stateAt(at);
    if (state !== "programmed" && state !== "erased") return false;
  }
  return true;
}

function readIfReadable(flash: Flash, address: number, sizeBytes: number): Bytes | undefined {
  try {
    return flash.read(address, sizeBytes);
  } catch (error) {
    if (error instanceof FlashError && error.code === "unreadable") return undefined;
    throw error;
  }
}
