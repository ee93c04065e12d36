/**
 * What an update is to a device that speaks CDC: headers and payloads, one by one.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";
import type { ImageHeader } from "../packager/header.ts";
import type { Layout } from "../packager/layouts/layout.ts";
import { matchLayout } from "../packager/match_layout.ts";
import { decodeUpdate } from "../packager/update.ts";
import type { CdcImage } from "../protocols/cdc/mod.ts";
import { assertWholeSet } from "./whole_set.ts";

/** An update as the CDC protocol carries it. */
export interface CdcUpdate {
  /** The headers, in index order. */
  readonly headers: readonly ImageHeader[];
  /** The images, as `updateOverCdc()` takes them; views into the update. */
  readonly images: readonly CdcImage[];
  /** The set id, 16 bytes. */
  readonly setId: Bytes;
}

/**
 * Takes an update apart for the CDC protocol. Structure and CRCs are checked, signatures are not: verify it first, or leave
 * it to the device.
 *
 * @param update A bundle, or a container that is a whole set.
 * @param layout The device's layout, where it is known: cores and addresses have to be its own.
 * @default layout {undefined}
 * @returns Its images.
 * @throws {ContainerFormatError} When it is not well formed.
 * @throws {VerificationError} When it is for another layout.
 * @throws {UpdateError} With code `incomplete-set`.
 *
 * @example One core, one image
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
 * import { cdcUpdateOf } from "@coreslot/coreslot/updates";
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
 * console.assert(cdcUpdateOf(bundle).images[0]?.payload.length === 12);
 * ```
 */
export function cdcUpdateOf(update: Bytes, layout?: Layout): CdcUpdate {
  const decoded = decodeUpdate(update);
  if (layout !== undefined) matchLayout(decoded, layout);
  const headers = decoded.images.map(({ header }) => header);
  assertWholeSet(headers);
  return {
    headers,
    images: decoded.images.map(({ header, payload }, index) => ({
      header: decoded.records[index]!,
      payload,
      payloadDigest: header.payloadDigest,
    })),
    setId: headers[0]!.setId,
  };
}
