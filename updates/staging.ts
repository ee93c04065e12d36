/**
 * What an update is in flash: all that goes into the slots that receive, and the commit words that come last.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, type CoreTag, MemoryImage, type Part } from "../core/mod.ts";
import { COMMIT_WORD_SIZE_BYTES } from "../packager/commit_word.ts";
import { slotImageOf } from "../packager/extract.ts";
import type { ImageHeader } from "../packager/header.ts";
import type { CoreSlots, Layout, Policy } from "../packager/layouts/layout.ts";
import { matchLayout } from "../packager/match_layout.ts";
import { decodeUpdate } from "../packager/update.ts";
import type { FlashRange } from "../protocols/an3155/stages.ts";
import { assertWholeSet } from "./whole_set.ts";

/** Where one core's image goes. */
export interface StagedImage {
  /** The core. */
  readonly core: CoreTag;
  /** Absolute address of the slot that receives: slot B, or the one slot. */
  readonly addressStart: number;
  /** Size of the payload in bytes, without its padding. */
  readonly sizeBytes: number;
}

/** An update as it goes into the slots that receive. */
export interface Staging {
  /** `copy`: into slot B, and the loader copies it to slot A. `single`: into the one slot. */
  readonly policy: Policy;
  /** The headers, in index order. */
  readonly headers: readonly ImageHeader[];
  /** The headers as they stand in the file, 256 bytes each; views. */
  readonly records: readonly Bytes[];
  /** The slots that the headers name. */
  readonly slots: readonly CoreSlots[];
  /** Where each image goes. */
  readonly images: readonly StagedImage[];
  /** Payloads and headers at their addresses. */
  readonly image: MemoryImage;
  /** The commit words: what is written last of all. */
  readonly commit: MemoryImage;
  /**
   * The slots that receive. All their sectors are erased before anything is written, not only those that the update
   * fills: what an older and longer one has left behind it must not be taken for its end when it comes again.
   */
  readonly clear: readonly FlashRange[];
}

/**
 * Works out where an update goes. Structure and CRCs are checked, signatures are not: verify it first, or leave it to the
 * device's loader.
 *
 * @param update A bundle, or a container that is a whole set.
 * @param layout The device's layout, where it is known: cores and addresses have to be its own.
 * @default layout {undefined}
 * @returns What goes where.
 * @throws {ContainerFormatError} When it is not well formed.
 * @throws {VerificationError} When it is for another layout.
 * @throws {UpdateError} With code `incomplete-set`.
 *
 * @example Two commit words for two cores
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
 * import { stagingOf } from "@coreslot/coreslot/updates";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32f411"),
 *   images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key,
 * });
 * const { image, commit } = stagingOf(bundle);
 * console.assert(image.addressStart === 0x0804_0000);
 * console.assert(commit.addressEnd === 0x0804_0000 + 192 * 1024);
 * ```
 */
export function stagingOf(update: Bytes, layout?: Layout): Staging {
  const decoded = decodeUpdate(update);
  if (layout !== undefined) matchLayout(decoded, layout);
  const { images, records } = decoded;
  const headers = images.map(({ header }) => header);
  assertWholeSet(headers);
  const segments = headers.flatMap(({ core }) => slotImageOf(update, core, { slot: "B" }).segments);
  const whole = MemoryImage.fromSegments(segments);
  const slots = headers.map(slotsOf);
  const ends = slots.map(({ addressB, sizeBytes }) => addressB + sizeBytes);
  const commit = ends.flatMap((end) => whole.slice(end - COMMIT_WORD_SIZE_BYTES, end).segments);
  const rest = slots.flatMap(({ addressB }, index) =>
    whole.slice(addressB, ends[index]! - COMMIT_WORD_SIZE_BYTES).segments
  );
  return {
    policy: slots.every(({ addressA, addressB }) => addressA === addressB) ? "single" : "copy",
    headers,
    records,
    slots,
    images: headers.map(({ core, stagingAddress, payloadSizeBytes }) => ({
      core,
      addressStart: stagingAddress,
      sizeBytes: payloadSizeBytes,
    })),
    image: MemoryImage.fromSegments(rest),
    commit: MemoryImage.fromSegments(commit),
    clear: slots.map(({ addressB }, index) => ({ addressStart: addressB, addressEnd: ends[index]! })),
  };
}

/**
 * Gives the layout that an update was packed for, as far as its headers tell: part and slots, but no loader.
 *
 * @param staging The update.
 * @param part The device's part.
 * @returns A layout for judging slots, and for nothing else.
 */
export function layoutOf(staging: Staging, part: Part): Layout {
  const { policy, slots } = staging;
  const loader = { addressStart: part.flash.addressStart, sizeBytes: 0 };
  return { name: "of the update", part, bankMode: "", policy, loader, slots, optionBytes: [] };
}

function slotsOf({ core, runAddress, stagingAddress, slotSizeBytes }: ImageHeader): CoreSlots {
  return { core, addressA: runAddress, addressB: stagingAddress, sizeBytes: slotSizeBytes };
}
