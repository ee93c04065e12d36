/**
 * Puts an image into the slot of its core, or says in words why it does not belong there.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { checkLayout } from "../layouts/check_layout.ts";
import type { CoreSlots, Layout } from "../layouts/layout.ts";
import { type Finding, type PlacementCode, PlacementError } from "./placement_error.ts";
import { formatRanges, listPlaces, type Place, type PlacedRange, splitByPlace } from "./segments.ts";
import { checkProgram, describeAbsence, describeExcess, describeOutside } from "./slot_findings.ts";

/** What `placeImage()` needs beside the image. */
export interface PlaceImageOptions {
  /** The layout. It is checked first. */
  readonly layout: Layout;
  /** The core that shall run the image. */
  readonly core: CoreTag;
  /**
   * Whether to take only what is in the core's slot A and drop the rest: one HEX file often holds both cores and external
   * flash.
   *
   * @default {false}
   */
  readonly crop?: boolean;
}

/** Bytes that were dropped because they stand outside the slot. */
export interface CroppedRange {
  /** First address. */
  readonly addressStart: number;
  /** One past the last address. */
  readonly addressEnd: number;
  /** Where that is: `slot A of CM7`. */
  readonly place: string;
}

/** An image in its slot. */
export interface PlacedImage {
  /** The core that runs it. */
  readonly core: CoreTag;
  /** What goes to the start of slot A: gaps hold the part's erased value, nothing is padded at the end. */
  readonly payload: Bytes;
  /** What was dropped; empty unless cropping was asked for. */
  readonly cropped: readonly CroppedRange[];
  /** What is unusual and may be right, one sentence each without period. */
  readonly notes: readonly string[];
}

/**
 * Takes the bytes of slot A out of an image and checks that the core can run them.
 *
 * Bytes outside the slot are refused, or dropped with `crop`; bytes that do not fit are always refused, never cut off. The
 * image must begin at the slot's start with a vector table whose stack is in a RAM of that core and whose reset vector is
 * inside the image. All that is wrong is reported at once.
 *
 * @param image The image, as the compiler linked it for slot A.
 * @param options Layout, core and crop.
 * @returns The payload, with what was cropped and notes.
 * @throws {PlacementError} When the image does not belong into the slot; `findings` lists everything.
 * @throws {LayoutError} When the layout does not fit its part.
 *
 * @example A minimal CM4 image for an H745
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, placeImage } from "@coreslot/coreslot/packager";
 *
 * const data = new Uint8Array(12);
 * new DataView(data.buffer).setUint32(0, 0x1004_8000, true);
 * new DataView(data.buffer).setUint32(4, 0x0810_0009, true);
 * const image = MemoryImage.fromSegments([{ address: 0x0810_0000, data }]);
 * const { payload } = placeImage(image, { layout: findLayout("stm32h745"), core: "CM4" });
 * console.assert(payload.length === 12);
 * ```
 */
export function placeImage(image: MemoryImage, options: PlaceImageOptions): PlacedImage {
  const { layout, core, crop = false } = options;
  checkLayout(layout);
  const slots = slotsOf(layout, core);
  const places = listPlaces(layout);
  const ranges = splitByPlace(image, places);
  const outside = groupByPlace(ranges.filter(({ place }) => !isOwnSlot(place, core)));
  const kept = image.slice(slots.addressA, slots.addressA + slots.sizeBytes);
  if (kept.segments.length === 0) {
    refuse([describeAbsence(ranges, slots), ...outside.map(describeOutside)], options);
  }
  const payload = kept.flatten(slots.addressA, kept.addressEnd, layout.part.flash.programUnit.erasedByte);
  const program = checkProgram(payload, { layout, places, slots, addressStart: kept.addressStart });
  const findings = [
    ...describeExcess(image, slots),
    ...program.findings,
    ...(crop ? [] : outside.map(describeOutside)),
  ];
  if (findings.length > 0) refuse(findings, options);
  const cropped = outside.flat().map(({ place, ...range }) => ({ ...range, place: place.name }));
  const cropNotes = outside.map((group) => `${formatRanges(group)} in ${group[0].place.name} was cropped`);
  return { core, payload, cropped, notes: [...cropNotes, ...program.notes] };
}

function slotsOf(layout: Layout, core: CoreTag): CoreSlots {
  const slots = layout.slots.find((slots) => slots.core === core);
  if (slots !== undefined) return slots;
  const cores = layout.slots.map((slots) => slots.core).join(" and ");
  return refuse([{ code: "unknown-core", state: `the layout has no slot for ${core}, it has ${cores}` }], {
    layout,
    core,
  });
}

function isOwnSlot(place: Place, core: CoreTag): boolean {
  return place.kind === "slot-a" && place.core === core;
}

function groupByPlace(ranges: readonly PlacedRange[]): readonly (readonly [PlacedRange, ...PlacedRange[]])[] {
  const groups = new Map<string, [PlacedRange, ...PlacedRange[]]>();
  for (const range of ranges) {
    const group = groups.get(range.place.name);
    if (group === undefined) groups.set(range.place.name, [range]);
    else group.push(range);
  }
  return [...groups.values()];
}

function refuse(findings: readonly Finding[], { layout, core }: PlaceImageOptions): never {
  const [first, ...others] = findings;
  throw new PlacementError([first!, ...others], { core, layoutName: layout.name, advice: adviceFor(findings) });
}

const OUTSIDE: readonly PlacementCode[] = ["in-loader", "in-ram", "outside-slot"];

function adviceFor(findings: readonly Finding[]): string | undefined {
  if (findings.some(({ code }) => code === "unknown-core")) return undefined;
  if (findings.every(({ code }) => OUTSIDE.includes(code))) {
    return "Crop the image (--crop) to take only what is in the slot";
  }
  if (findings.some(({ code }) => code === "wrong-slot" || code === "wrong-core")) {
    return "Give every core its own image, linked for its slot A";
  }
  if (findings.some(({ code }) => code === "too-large")) {
    return "Make the image smaller, or choose a layout with larger slots";
  }
  return "Link the image for the start of slot A, vector table first";
}
