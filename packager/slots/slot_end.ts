/**
 * The end of a slot: where header and commit word stand, and what a reader found there.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { HEADER_SIZE_BYTES } from "../header.ts";
import type { CoreSlots } from "../layouts/layout.ts";
import { SLOT_RESERVED_BYTES } from "../layouts/slot_capacity.ts";

/** Which of the two slots of each core: A runs, B receives. Under policy `single` both are the same. */
export type SlotName = "A" | "B";

/** What was read at the end of one slot. A part that cannot be read, as its ECC is broken, is `undefined`. */
export interface SlotEnd {
  /** The 256 bytes of the header. */
  readonly header: Uint8Array | undefined;
  /** The 32 bytes of the commit word. */
  readonly commitWord: Uint8Array | undefined;
}

/**
 * Tells where a slot ends: the address of its header. The commit word follows 256 bytes later.
 *
 * @param slots The slots of a core.
 * @param name Which of them.
 * @returns Absolute address of the slot's last 288 bytes.
 *
 * @example The end of slot B of the CM7
 * ```ts
 * import { findLayout } from "@coreslot/coreslot/packager";
 * import { slotEndAddressOf } from "@coreslot/coreslot/slots";
 *
 * const [cm7] = findLayout("stm32h745").slots;
 * console.assert(slotEndAddressOf(cm7!, "B") === 0x080d_fee0);
 * ```
 */
export function slotEndAddressOf(slots: CoreSlots, name: SlotName): number {
  return slotAddressOf(slots, name) + slots.sizeBytes - SLOT_RESERVED_BYTES;
}

/**
 * Tells where a slot begins.
 *
 * @param slots The slots of a core.
 * @param name Which of them.
 * @returns Absolute address of its first byte.
 */
export function slotAddressOf(slots: CoreSlots, name: SlotName): number {
  return name === "A" ? slots.addressA : slots.addressB;
}

/**
 * Takes the last 288 bytes of a slot apart.
 *
 * @param bytes The bytes, or `undefined` when they cannot be read. Not copied.
 * @returns Header and commit word, as views.
 * @throws {RangeError} When there are more or fewer than 288.
 */
export function splitSlotEnd(bytes: Uint8Array | undefined): SlotEnd {
  if (bytes === undefined) return { header: undefined, commitWord: undefined };
  if (bytes.length !== SLOT_RESERVED_BYTES) {
    throw new RangeError(`Cannot judge the end of a slot: it has ${SLOT_RESERVED_BYTES} bytes, not ${bytes.length}`);
  }
  return { header: bytes.subarray(0, HEADER_SIZE_BYTES), commitWord: bytes.subarray(HEADER_SIZE_BYTES) };
}
