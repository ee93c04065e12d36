/**
 * `--crop`: the share of firmware that goes into a part's flash. One file often holds external flash too.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import type { Part } from "../../core/parts/part.ts";
import { sectorsOf } from "../../core/parts/sectors.ts";
import { formatSize } from "../report.ts";
import { UsageError } from "../usage_error.ts";

/** What is left of an image. */
export interface CroppedImage {
  /** What is in flash. */
  readonly image: MemoryImage;
  /** What was left out, in words. */
  readonly notes: readonly string[];
}

/**
 * Leaves out what is not in a part's flash.
 *
 * @param image The image.
 * @param target The part, and its bank mode.
 * @returns What is left, without a start address: nothing asks for it.
 * @throws {UsageError} When nothing is.
 */
export function cropToFlash(
  image: MemoryImage,
  target: { readonly part: Part; readonly bankMode?: string | undefined },
): CroppedImage {
  const { part, bankMode } = target;
  const kept = MemoryImage.fromSegments(
    sectorsOf(part, bankMode).flatMap(({ addressStart, sizeBytes }) =>
      image.slice(addressStart, addressStart + sizeBytes).segments
    ),
  );
  if (kept.sizeBytes === 0) {
    throw new UsageError(
      "bad-value",
      `Cannot crop the image: it has no bytes in the flash of ${part.name}, it is ${describeRange(image)}`,
    );
  }
  const croppedBytes = image.sizeBytes - kept.sizeBytes;
  if (croppedBytes === 0) return { image, notes: [] };
  const note = `${formatSize(croppedBytes)} that are not in the flash of ${part.name} were left out`;
  return { image: kept, notes: [note] };
}

function describeRange({ addressStart, addressEnd }: MemoryImage): string {
  return `${formatAddress(addressStart)} to ${formatAddress(addressEnd)}`;
}
