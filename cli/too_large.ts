/**
 * Advice on images that are too large for a raw binary because of what is far away from the rest, as external flash is.
 *
 * @module
 */

import { ImageFormatError } from "../packager/formats/error.ts";

/**
 * Encodes an image, and says what to do when it is too large.
 *
 * @typeParam T What comes of it.
 * @param advice What to do, in terms of the command that is run.
 * @param encode Encodes it.
 * @returns What comes of it.
 * @throws {ImageFormatError} What `encode` throws, with that advice when the image is too large.
 */
export function withSizeAdvice<T>(advice: string, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof ImageFormatError) || error.code !== "too-large") throw error;
    throw new ImageFormatError({ ...error, message: error.message, advice });
  }
}
