/**
 * Firmware files of any format.
 *
 * @module
 */

import { detectFormat } from "../packager/formats/detect.ts";
import { readImage, type ReadImageResult } from "../packager/formats/read_image.ts";
import { inFile } from "./file_content_error.ts";
import { readInput } from "./files.ts";

/** Options of {@linkcode loadImage}. */
export interface LoadImageOptions {
  /** Address of the first byte of a raw binary; files that carry addresses keep theirs. */
  readonly binaryAddress?: number | undefined;
  /** Whose blocks to take of a UF2 file for several families. */
  readonly familyId?: number | undefined;
}

/**
 * Loads a firmware file; its format is found from its content.
 *
 * @param path A path, or `-` for standard input.
 * @param options Where a raw binary goes.
 * @returns Format, image and notes.
 * @throws {FileError} When the file cannot be read.
 * @throws {FileContentError} When it is damaged, or no firmware, or a raw binary and nobody says where it goes.
 */
export async function loadImage(path: string, options: LoadImageOptions): Promise<ReadImageResult> {
  const bytes = readInput(path);
  return await inFile(path, () => {
    const { binaryAddress, familyId } = options;
    const isBinary = detectFormat(bytes) === "bin";
    return readImage(bytes, { familyId, baseAddress: isBinary ? binaryAddress : undefined });
  });
}
