/**
 * Taking an update apart: one image as a container, as its payload, or as what stands in a slot.
 *
 * Structure and CRCs are checked, signatures are not: verify first.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/bytes.ts";
import { MemoryImage } from "../core/memory_image.ts";
import type { CoreTag } from "../core/parts/part.ts";
import { encodeContainer, type Image } from "./container.ts";
import { paddingOf } from "./payload.ts";
import { encodeSlotTrailer } from "./slot_image.ts";
import { decodeUpdate } from "./update.ts";

/** Which slot of a core. */
export interface SlotImageOptions {
  /** `A` runs, `B` receives. Where there is one slot only, both name it. */
  readonly slot: "A" | "B";
}

/**
 * Takes the image of one core out of an update, as a container.
 *
 * @param update A bundle or a container.
 * @param core The core.
 * @returns Fresh bytes.
 * @throws {ContainerFormatError} When the update is not well formed.
 * @throws {RangeError} When it has no image for the core.
 *
 * @example An image by itself
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { containerOf, findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
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
 * console.assert(containerOf(bundle, "CM4").length === 256 + 32);
 * ```
 */
export function containerOf(update: Bytes, core: CoreTag): Bytes {
  return encodeContainer(imageOf(update, core));
}

/**
 * Takes the payload of one core out of an update.
 *
 * @param update A bundle or a container.
 * @param core The core.
 * @returns Fresh bytes, exactly as many as were packed.
 * @throws {ContainerFormatError} When the update is not well formed.
 * @throws {RangeError} When it has no image for the core.
 *
 * @example The compiler's bytes
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle, payloadOf } from "@coreslot/coreslot/packager";
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
 * console.assert(payloadOf(bundle, "CM4").length === data.length);
 * ```
 */
export function payloadOf(update: Bytes, core: CoreTag): Bytes {
  return imageOf(update, core).payload.slice();
}

/**
 * Gives what stands in a slot of one core when its image is in place and committed: the padded payload, the header and the
 * commit word. The erased flash between them is a gap.
 *
 * @param update A bundle or a container.
 * @param core The core.
 * @param options Slot A or slot B.
 * @returns The bytes at their addresses; whoever programs them upwards writes the commit word last.
 * @throws {ContainerFormatError} When the update is not well formed.
 * @throws {RangeError} When it has no image for the core.
 *
 * @example What a debug probe writes to have a committed slot A
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle, slotImageOf } from "@coreslot/coreslot/packager";
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
 * const [payload, trailer] = slotImageOf(bundle, "CM4", { slot: "A" }).segments;
 * console.assert(payload?.address === 0x0801_0000);
 * console.assert(trailer?.data.length === 256 + 32);
 * ```
 */
export function slotImageOf(update: Bytes, core: CoreTag, options: SlotImageOptions): MemoryImage {
  const image = imageOf(update, core);
  const { runAddress, stagingAddress, slotSizeBytes } = image.header;
  const address = options.slot === "A" ? runAddress : stagingAddress;
  const trailer = encodeSlotTrailer(image.header);
  return MemoryImage.fromSegments([
    { address, data: concatBytes([image.payload, paddingOf(image)]) },
    { address: address + slotSizeBytes - trailer.length, data: trailer },
  ]);
}

function imageOf(update: Bytes, core: CoreTag): Image {
  const { images } = decodeUpdate(update);
  const image = images.find(({ header }) => header.core === core);
  if (image !== undefined) return image;
  const cores = images.map(({ header }) => header.core).join(" and ");
  throw new RangeError(`Cannot take the ${core} image out: the update has ${cores}`);
}
