/**
 * A release as it stands in flash: what an update's bytes become in the slots.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";
import type { ImageHeader } from "../packager/header.ts";
import { paddedSizeBytes } from "../packager/payload.ts";
import { decodeUpdate } from "../packager/update.ts";

/** Which of the two releases of a rehearsal: the one that runs, or the one that comes. */
export type ReleaseName = "old" | "new";

/** A release, taken apart. */
export interface Release {
  /** Which. */
  readonly name: ReleaseName;
  /** The file. */
  readonly update: Bytes;
  /** The headers as they stand in it, 256 bytes each. */
  readonly records: readonly Bytes[];
  /** What they say. */
  readonly headers: readonly ImageHeader[];
  /** The payloads. */
  readonly payloads: readonly Bytes[];
  /** The payloads as they stand in flash, padded. */
  readonly paddedPayloads: readonly Bytes[];
}

/**
 * Takes an update apart. It was verified before.
 *
 * @param update The file.
 * @param name Which release it is.
 * @returns What is in it.
 * @throws {ContainerFormatError} When it is not well formed.
 */
export function releaseOf(update: Bytes, name: ReleaseName): Release {
  const { images, records } = decodeUpdate(update);
  return {
    name,
    update,
    records,
    headers: images.map(({ header }) => header),
    payloads: images.map(({ payload }) => payload),
    paddedPayloads: images.map(({ header, payload }) => {
      const padded = new Uint8Array(paddedSizeBytes(header.payloadSizeBytes)).fill(header.fill);
      padded.set(payload);
      return padded;
    }),
  };
}
