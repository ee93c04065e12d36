/**
 * The front of a bundle, by itself: what a reader of a stream knows before the first payload comes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { crc32 } from "../../core/mod.ts";
import { BUNDLE_FIELDS, BUNDLE_HEADER_SIZE_BYTES, headerOffset } from "../../packager/bundle.ts";
import { checkFixedFields, readFields } from "../../packager/field_table.ts";
import type { ImageHeader } from "../../packager/header.ts";
import { CORE_TAGS } from "../../packager/header_rules.ts";
import { paddedSizeBytes } from "../../packager/payload.ts";
import { LoaderError } from "./loader_error.ts";

/** Size of the front of the largest set: what a receiver has to hold. */
export const FRONT_SIZE_MAX_BYTES: number = headerOffset(CORE_TAGS.length);

/** What a bundle header says. Nothing in it is signed: it is used to cut the stream up, and compared with the headers. */
export interface BundleFront {
  /** Number of images, 1 to 6. */
  readonly imageCount: number;
  /** Size of the bundle. */
  readonly totalSizeBytes: number;
  /** Size of the metadata at its end. */
  readonly metadataSizeBytes: number;
}

/**
 * Reads a bundle header: FORMAT.md, section 10, point 1.
 *
 * @param bytes 32 bytes.
 * @returns What it says.
 * @throws {LoaderError} `bad-bundle`.
 */
export function readBundleFront(bytes: Uint8Array): BundleFront {
  const record = Uint8Array.from(bytes.subarray(0, BUNDLE_HEADER_SIZE_BYTES));
  const values = readFields(BUNDLE_FIELDS, record);
  const { offset } = BUNDLE_FIELDS.headerCrc;
  if (values.headerCrc !== crc32(record.subarray(0, offset))) throw badBundle("its header is none, or damaged");
  try {
    checkFixedFields(BUNDLE_FIELDS, values, { path: "bundle", offset: 0 });
  } catch {
    throw badBundle("its header is of another version");
  }
  const { imageCount, totalSizeBytes, metadataSizeBytes } = values;
  if (imageCount < 1 || imageCount > CORE_TAGS.length) throw badBundle(`it has ${imageCount} images`);
  return { imageCount, totalSizeBytes, metadataSizeBytes };
}

/**
 * Checks the sizes of a bundle: FORMAT.md, section 10, point 3.
 *
 * @param front What the bundle header says.
 * @param headers What the image headers say.
 * @throws {LoaderError} `bad-bundle`.
 */
export function checkFrontSizes(front: BundleFront, headers: readonly ImageHeader[]): void {
  const payloadBytes = headers.reduce((sum, { payloadSizeBytes }) => sum + paddedSizeBytes(payloadSizeBytes), 0);
  if (front.totalSizeBytes !== headerOffset(headers.length) + payloadBytes + front.metadataSizeBytes) {
    throw badBundle("its size is not the sum of its parts");
  }
  const isBound = headers[0]!.metadataDigest.some((byte) => byte !== 0);
  if (isBound !== front.metadataSizeBytes > 0) throw badBundle("it has metadata if and only if none is bound");
}

/**
 * Makes the error of a stream that is no bundle.
 *
 * @param state What is wrong, as the end of a sentence.
 * @returns The error, to be thrown.
 */
export function badBundle(state: string): LoaderError {
  return new LoaderError("bad-bundle", `Cannot take the bundle: ${state}`);
}
