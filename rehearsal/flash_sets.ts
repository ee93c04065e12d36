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
import { encodeSlotTrailer } from "../packager/slot_image.ts";
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
  return findRelease(search, (release) => listParts(search.layout, release, name));
}

/**
 * Finds the release that reads whole in the slots A, commit words included. Nothing is worn by it.
 *
 * @param search What is looked for.
 * @returns The release, or `undefined` when none does.
 */
export function findCommitted(search: SetSearch): Release | undefined {
  const { slots } = search.layout;
  return findRelease(search, (release) => [
    ...listPayloads(search.layout, release, "A"),
    ...slots.map((slot, index) => ({
      address: slotEndAddressOf(slot, "A"),
      bytes: encodeSlotTrailer(release.headers[index]!),
    })),
  ]);
}

/**
 * Tells whether the payloads of a release read whole in the slots A, whatever stands behind them. Nothing is worn by it.
 *
 * @param search Where to look.
 * @param release The release.
 * @returns `true` when they do.
 */
export function readsPayloads(search: SetSearch, release: Release): boolean {
  const found = findRelease({ ...search, releases: [release] }, () => listPayloads(search.layout, release, "A"));
  return found !== undefined;
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

/** Bytes, and where they have to stand. */
interface Part {
  readonly address: number;
  readonly bytes: Bytes;
}

function findRelease(
  { flash, releases }: SetSearch,
  listParts: (release: Release) => readonly Part[],
): Release | undefined {
  const snapshot = flash.snapshot();
  return releases.find((release) => {
    const isThere = listParts(release).every(({ address, bytes }) => {
      const there = readIfReadable(flash, address, bytes.length);
      return there !== undefined && equalBytes(there, bytes);
    });
    flash.restore(snapshot);
    return isThere;
  });
}

function listParts(layout: Layout, release: Release, name: SlotName): readonly Part[] {
  return [
    ...layout.slots.map((slots, index) => ({
      address: slotEndAddressOf(slots, name),
      bytes: release.records[index]!,
    })),
    ...listPayloads(layout, release, name),
  ];
}

function listPayloads(layout: Layout, release: Release, name: SlotName): readonly Part[] {
  return layout.slots.map((slots, index) => ({
    address: slotAddressOf(slots, name),
    bytes: release.paddedPayloads[index]!,
  }));
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
