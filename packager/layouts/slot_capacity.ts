/**
 * How much of a slot is for the payload.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { CoreSlots } from "./layout.ts";

/** Bytes at the end of every slot that are not for the payload: the 256-byte header and the 32-byte commit word. */
export const SLOT_RESERVED_BYTES = 288;

/**
 * Tells how large a payload may be.
 *
 * @param slots The slots of a core.
 * @returns Bytes; padded to 32, the payload ends where the header begins, or before.
 *
 * @example What fits into a CM4 slot of an H745
 * ```ts
 * import { findLayout, payloadCapacityOf } from "@coreslot/coreslot/packager";
 *
 * console.assert(payloadCapacityOf(findLayout("stm32h745").slots[1]!) === 512 * 1024 - 288);
 * ```
 */
export function payloadCapacityOf(slots: CoreSlots): number {
  return slots.sizeBytes - SLOT_RESERVED_BYTES;
}
