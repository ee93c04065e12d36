/**
 * Whether an update is for the device that a layout describes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ImageHeader } from "./header.ts";
import type { CoreSlots, Layout } from "./layouts/layout.ts";
import { type Refusal, refuse } from "./refuse.ts";
import type { Update } from "./update.ts";

/**
 * Checks part, cores and slots of an update against a layout, exactly.
 *
 * @param update The update.
 * @param layout The layout.
 * @throws {VerificationError} `wrong-part`, `wrong-cores` or `wrong-address`.
 */
export function matchLayout(update: Update, layout: Layout): void {
  const cores = layout.slots.map(({ core }) => core);
  const advice = `Pack it for layout ${layout.name}, or verify with its own`;
  if (update.images.length !== cores.length) {
    const got = `a file with ${update.images.length}`;
    const expected = `${cores.length}, for ${cores.join(" and ")} of layout ${layout.name}`;
    throw refuse(update, 0, { code: "wrong-cores", name: "imageCount", expected, got, advice });
  }
  for (const [index, { header }] of update.images.entries()) {
    const refusal = compare(header, layout, layout.slots[index]!);
    if (refusal !== undefined) throw refuse(update, index, { ...refusal, advice });
  }
}

function compare(header: ImageHeader, layout: Layout, slots: CoreSlots): Refusal | undefined {
  const { chipId, flash } = layout.part;
  if (header.chipId !== chipId) return { code: "wrong-part", name: "chipId", expected: chipId };
  const { erasedByte } = flash.programUnit;
  if (header.fill !== erasedByte) return { code: "wrong-part", name: "fill", expected: erasedByte };
  if (header.core !== slots.core) return { code: "wrong-cores", name: "core", expected: slots.core };
  const places = [
    { name: "runAddress", expected: slots.addressA },
    { name: "stagingAddress", expected: slots.addressB },
    { name: "slotSizeBytes", expected: slots.sizeBytes },
  ] as const;
  const wrong = places.find(({ name, expected }) => header[name] !== expected);
  return wrong && { code: "wrong-address", ...wrong };
}
