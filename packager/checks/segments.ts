/**
 * Where the bytes of an image stand, in words: slot, loader, RAM, elsewhere.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import type { CoreTag, MemoryRegion } from "../../core/parts/part.ts";
import { bankModeOf } from "../../core/parts/sectors.ts";
import type { Layout } from "../layouts/layout.ts";

/** A kind of place that bytes can be in. */
export type PlaceKind = "slot-a" | "slot-b" | "loader" | "flash" | "ram" | "option-bytes" | "nowhere";

/** A range of addresses that means something in a layout. */
export interface Place {
  /** What it is, for programs. */
  readonly kind: PlaceKind;
  /** What it is, for people: `slot A of CM4`. */
  readonly name: string;
  /** The core whose slot it is, or `null`. */
  readonly core: CoreTag | null;
  /** First address. */
  readonly addressStart: number;
  /** One past the last address. */
  readonly addressEnd: number;
}

/** Bytes of an image that stand in one place, without a gap. */
export interface PlacedRange {
  /** Where they stand. */
  readonly place: Place;
  /** First address. */
  readonly addressStart: number;
  /** One past the last address. */
  readonly addressEnd: number;
}

/** What no place of the layout and no memory of the part holds. */
const NOWHERE: Place = {
  kind: "nowhere",
  name: "no flash or RAM of the part",
  core: null,
  addressStart: 0,
  addressEnd: Infinity,
};

/**
 * Lists the places of a layout. Where two overlap, the first one counts.
 *
 * @param layout The layout.
 * @returns Loader and slots, then flash, then the RAM of every core and the option bytes.
 */
export function listPlaces(layout: Layout): readonly Place[] {
  const { part, loader, slots, policy } = layout;
  const place = (kind: PlaceKind, core: CoreTag | null, region: MemoryRegion): Place => ({
    kind,
    core,
    name: region.name,
    addressStart: region.addressStart,
    addressEnd: region.addressStart + region.sizeBytes,
  });
  return [
    place("loader", null, { name: "the loader's sectors", ...loader }),
    ...slots.flatMap(({ core, addressA, addressB, sizeBytes }) => {
      const slotA = place("slot-a", core, { name: `slot A of ${core}`, addressStart: addressA, sizeBytes });
      const slotB = place("slot-b", core, { name: `slot B of ${core}`, addressStart: addressB, sizeBytes });
      return policy === "single" ? [slotA] : [slotA, slotB];
    }),
    ...(bankModeOf(part, layout.bankMode)?.sectorRuns ?? []).map(({ addressStart, sectorSizeBytes, sectorCount }) =>
      place("flash", null, {
        name: "flash outside every slot",
        addressStart,
        sizeBytes: sectorSizeBytes * sectorCount,
      })
    ),
    ...part.cores.flatMap(({ rams }) => rams.map((ram) => place("ram", null, { ...ram, name: `RAM (${ram.name})` }))),
    ...part.optionBytes.regions.map((region) => place("option-bytes", null, { ...region, name: "the option bytes" })),
  ];
}

/**
 * Finds the place that an address is in.
 *
 * @param places What `listPlaces()` gives.
 * @param address The address.
 * @returns The first place that holds it; a place of kind `nowhere` where none does.
 */
export function placeOf(places: readonly Place[], address: number): Place {
  return places.find(({ addressStart, addressEnd }) => addressStart <= address && address < addressEnd) ?? NOWHERE;
}

/**
 * Cuts an image into ranges that each stand in one place.
 *
 * @param image The image.
 * @param places What `listPlaces()` gives.
 * @returns The ranges, ascending; together they are the image.
 */
export function splitByPlace(image: MemoryImage, places: readonly Place[]): readonly PlacedRange[] {
  const borders = places.flatMap(({ addressStart, addressEnd }) => [addressStart, addressEnd]).sort((a, b) => a - b);
  return image.segments.flatMap(({ address, data }) => {
    const ranges: PlacedRange[] = [];
    const segmentEnd = address + data.length;
    for (let addressStart = address; addressStart < segmentEnd;) {
      const place = placeOf(places, addressStart);
      const border = borders.find((border) => border > addressStart) ?? segmentEnd;
      const addressEnd = Math.min(border, segmentEnd);
      const previous = ranges.at(-1);
      if (previous?.place.name === place.name) ranges.splice(-1, 1, { ...previous, addressEnd });
      else ranges.push({ place, addressStart, addressEnd });
      addressStart = addressEnd;
    }
    return ranges;
  });
}

/**
 * Formats where bytes stand and how many they are: `0x90200000 to 0x9032A800 (553232 bytes in 6 pieces)`.
 *
 * @param ranges At least one range, ascending.
 * @returns The subject of a sentence, in the singular.
 */
export function formatRanges(ranges: readonly [PlacedRange, ...PlacedRange[]]): string {
  const sizeBytes = ranges.reduce((sum, { addressStart, addressEnd }) => sum + addressEnd - addressStart, 0);
  const extent = `${formatAddress(ranges[0].addressStart)} to ${formatAddress(ranges.at(-1)!.addressEnd)}`;
  return `${extent} (${formatByteCount(sizeBytes)}${ranges.length === 1 ? "" : ` in ${ranges.length} pieces`})`;
}

/**
 * Formats a number of bytes.
 *
 * @param count 0 or more.
 * @returns `1 byte`, `2 bytes`.
 */
export function formatByteCount(count: number): string {
  return `${count} ${count === 1 ? "byte" : "bytes"}`;
}
