/**
 * A container: one image by itself, header first, then the payload padded with the fill byte to a multiple of 32.
 *
 * It is what an image of a bundle becomes when it is taken out alone. It is a whole update only where the set has one
 * image and no metadata is bound to it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/bytes.ts";
import { checkExtent } from "./extent.ts";
import type { Place } from "./field_table.ts";
import { decodeHeader, encodeHeader, HEADER_SIZE_BYTES, type ImageHeader } from "./header.ts";
import { paddedSizeBytes, paddingOf, takePayload } from "./payload.ts";

/** One image: its header and its payload. */
export interface Image {
  /** What the header says. */
  readonly header: ImageHeader;
  /** The payload, exactly as long as the header says: what the compiler's `.bin` holds from slot A on. */
  readonly payload: Bytes;
}

/**
 * Encodes a container.
 *
 * @param image Header and payload. The header's size and CRC must be those of the payload.
 * @returns Fresh bytes: 256 and the padded payload.
 * @throws {RangeError} When a value does not fit its field, or the payload is not as long as the header says.
 * @throws {ContainerFormatError} When the header breaks a rule of the format, or its CRC is not the payload's.
 *
 * @example An image taken out of a bundle
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import {
 *   decodeBundle,
 *   encodeContainer,
 *   findLayout,
 *   generateKey,
 *   packBundle,
 * } from "@coreslot/coreslot/packager";
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
 * const [image] = decodeBundle(bundle).images;
 * console.assert(encodeContainer(image!).length === 256 + 32);
 * ```
 */
export function encodeContainer(image: Image): Bytes {
  const bytes = concatBytes([encodeHeader(image.header), image.payload, paddingOf(image)]);
  decodeContainer(bytes);
  return bytes;
}

/**
 * Decodes a container and checks its structure and CRCs. Nothing in it is to be trusted before it has been verified: see
 * `verifyUpdate()`.
 *
 * @param bytes The whole file.
 * @returns Header and payload; the payload is a view into `bytes`.
 * @throws {ContainerFormatError} When a byte of it is not as FORMAT.md says.
 *
 * @example An empty file
 * ```ts
 * import { decodeContainer } from "@coreslot/coreslot/packager";
 * import { throws } from "node:assert/strict";
 *
 * throws(() => decodeContainer(new Uint8Array()), { code: "truncated", field: "header.magic" });
 * ```
 */
export function decodeContainer(bytes: Bytes): Image {
  const header = decodeHeader(bytes.subarray(0, HEADER_SIZE_BYTES));
  const place: Place = { path: "payload", offset: HEADER_SIZE_BYTES };
  const padded = bytes.subarray(HEADER_SIZE_BYTES);
  checkExtent(padded, paddedSizeBytes(header.payloadSizeBytes), place);
  return { header, payload: takePayload(padded, header, place) };
}
