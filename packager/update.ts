/**
 * An update as it comes: a bundle, or a container by itself. The magic number tells which.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { decodeBundle, headerOffset } from "./bundle.ts";
import { decodeContainer, type Image } from "./container.ts";
import { HEADER_SIZE_BYTES } from "./header.ts";
import { MAGIC_SIZE_BYTES } from "./magic.ts";

/** The readable part of the magic number of a header, which a container begins with. */
const CONTAINER_LETTERS = "CSI";

/** What a file of ours is: a bundle holds a whole set, a container one image of it. */
export type UpdateKind = "bundle" | "container";

/** A decoded update. Nothing in it is to be trusted before it has been verified. */
export interface Update {
  /** What the file is. */
  readonly kind: UpdateKind;
  /** The images, in index order. */
  readonly images: readonly Image[];
  /** The header of each image as it stands in the file: 256 bytes, a view. */
  readonly records: readonly Bytes[];
  /** The bound metadata; empty where there is none, and in a container, which cannot carry it. */
  readonly metadata: Bytes;
}

/**
 * Decodes a bundle or a container and checks its structure and CRCs.
 *
 * @param bytes The whole file.
 * @returns What is in it; payloads, records and metadata are views into `bytes`.
 * @throws {ContainerFormatError} When a byte of it is not as FORMAT.md says.
 */
export function decodeUpdate(bytes: Bytes): Update {
  // By its letters alone, so that a damaged container is reported as one.
  if (String.fromCharCode(...bytes.subarray(0, MAGIC_SIZE_BYTES)).includes(CONTAINER_LETTERS)) {
    const image = decodeContainer(bytes);
    return {
      kind: "container",
      images: [image],
      records: [bytes.subarray(0, HEADER_SIZE_BYTES)],
      metadata: new Uint8Array(),
    };
  }
  const { images, metadata } = decodeBundle(bytes);
  const records = images.map((_, index) => bytes.subarray(headerOffset(index), headerOffset(index + 1)));
  return { kind: "bundle", images, records, metadata };
}
