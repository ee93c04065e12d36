/**
 * What is wrong with the bytes of an image in view of its slot: none in it, too many, some outside, no program in them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import type { CoreSlots, Layout } from "../layouts/layout.ts";
import { payloadCapacityOf } from "../layouts/slot_capacity.ts";
import type { Finding, PlacementCode } from "./placement_error.ts";
import { formatByteCount, formatRanges, type Place, type PlacedRange, type PlaceKind } from "./segments.ts";
import { checkVectorTable, type VectorTableCheck } from "./vector_table.ts";

/**
 * Says that nothing is in the slot, and what the image seems to be instead.
 *
 * @param ranges Where the image stands.
 * @param slots The slots of the core.
 * @returns One finding: `wrong-slot` when the image stands in another slot, else `nothing-in-slot`.
 */
export function describeAbsence(ranges: readonly PlacedRange[], slots: CoreSlots): Finding {
  const absence = `nothing is in slot A of ${slots.core} at ${formatAddress(slots.addressA)}`;
  const found = ranges.find(({ place }) => place.kind === "slot-a") ??
    ranges.find(({ place }) => place.kind === "slot-b");
  if (found === undefined) {
    return { code: "nothing-in-slot", state: ranges.length > 0 ? absence : "the image has no bytes at all" };
  }
  const { place, addressStart, addressEnd } = found;
  const at = `at ${formatAddress(addressStart)} in ${place.name}`;
  const state = place.kind === "slot-a"
    ? `${absence}: this looks like a ${place.core} image, it stands ${at}`
    : `${absence}: the image stands ${at}, which only receives`;
  return { code: "wrong-slot", state, addressStart, addressEnd };
}

const OUTSIDE_CODES: Readonly<Partial<Record<PlaceKind, PlacementCode>>> = { loader: "in-loader", ram: "in-ram" };

/**
 * Says that bytes stand outside the slot.
 *
 * @param group The bytes of one place.
 * @returns One finding: `in-loader`, `in-ram` or `outside-slot`.
 */
export function describeOutside(group: readonly [PlacedRange, ...PlacedRange[]]): Finding {
  const [{ place, addressStart }] = group;
  return {
    code: OUTSIDE_CODES[place.kind] ?? "outside-slot",
    state: `${formatRanges(group)} is in ${place.name}`,
    addressStart,
    addressEnd: group.at(-1)!.addressEnd,
  };
}

/**
 * Says by how much an image is too large for its slot.
 *
 * @param image The whole image: a segment that runs over the slot's end counts to its own end.
 * @param slots The slots of the core.
 * @returns One finding, `too-large`, or none.
 */
export function describeExcess(image: MemoryImage, slots: CoreSlots): readonly Finding[] {
  const { addressA, sizeBytes } = slots;
  const last = image.segments.findLast(({ address }) => address < addressA + sizeBytes);
  if (last === undefined) return [];
  const addressEnd = last.address + last.data.length;
  const capacityBytes = payloadCapacityOf(slots);
  const neededBytes = addressEnd - addressA;
  if (neededBytes <= capacityBytes) return [];
  const excess = `${formatByteCount(neededBytes - capacityBytes)} too large`;
  const state =
    `from the slot's start the image takes ${neededBytes} bytes, ${excess}: the slot takes ${capacityBytes}`;
  return [{ code: "too-large", state, addressStart: addressA, addressEnd }];
}

/** Where a payload will stand. */
export interface PayloadContext {
  /** The layout. */
  readonly layout: Layout;
  /** What `listPlaces()` gives for it. */
  readonly places: readonly Place[];
  /** The slots of the core. */
  readonly slots: CoreSlots;
  /** Address of the first byte that the image has in the slot. */
  readonly addressStart: number;
}

/**
 * Checks that a payload is a program: not blank, and with a vector table at the slot's start.
 *
 * @param payload The payload, from the slot's start.
 * @param context Where it will stand.
 * @returns Findings and notes.
 */
export function checkProgram(payload: Bytes, context: PayloadContext): VectorTableCheck {
  const { layout, places, slots, addressStart } = context;
  const { core, addressA } = slots;
  if (payload.every((byte) => byte === 0xff) || payload.every((byte) => byte === 0x00)) {
    const state = `the ${payload.length} bytes in the slot are all ${payload[0] === 0 ? "0x00" : "0xFF"}`;
    const addressEnd = addressA + payload.length;
    return { findings: [{ code: "blank", state, addressStart: addressA, addressEnd }], notes: [] };
  }
  if (addressStart !== addressA) {
    const begin = `the image begins at ${formatAddress(addressStart)}, not at the slot's start ${
      formatAddress(addressA)
    }`;
    const state = `there is no vector table: ${begin}`;
    return {
      findings: [{ code: "no-vector-table", state, addressStart: addressA, addressEnd: addressStart }],
      notes: [],
    };
  }
  const described = layout.part.cores.find(({ tag }) => tag === core)!;
  return checkVectorTable(payload, { part: layout.part, core: described, addressStart: addressA, places });
}
