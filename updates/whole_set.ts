/**
 * Whether a file is all of a release.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ImageHeader } from "../packager/header.ts";
import { UpdateError } from "./error.ts";

/**
 * Refuses a container of one image of several.
 *
 * @param headers The headers of the file, at least one.
 * @throws {UpdateError} With code `incomplete-set`.
 */
export function assertWholeSet(headers: readonly ImageHeader[]): void {
  const { imageCount, index } = headers[0]!;
  if (imageCount === headers.length) return;
  throw new UpdateError(
    "incomplete-set",
    `it is image ${index + 1} of ${imageCount}, not the whole set`,
    "Give the bundle: all cores get the same release, or none does",
  );
}
