/**
 * The file that a command flashes: firmware in any format, or an update.
 *
 * @module
 */

import type { ReadImageResult } from "../packager/formats/read_image.ts";
import { inFile } from "./file_content_error.ts";
import { readInput } from "./files.ts";
import type { FlashSource } from "./protocols/protocol.ts";

/** How every bundle and container begins: 0x89, "CS", then "B" or "I" (packager/FORMAT.md). */
const UPDATE_START: readonly number[] = [0x89, 0x43, 0x53];

/**
 * Loads a file.
 *
 * @param path A path, or `-` for standard input.
 * @param binaryAddress Address of the first byte, should it be a raw binary.
 * @returns The file.
 * @throws {FileError} When it cannot be read.
 */
export function loadFlashSource(path: string, binaryAddress: number | undefined): FlashSource {
  const bytes = readInput(path);
  return {
    path,
    bytes,
    hasBinaryAddress: binaryAddress !== undefined,
    readImage: async (otherwise): Promise<ReadImageResult> => {
      const { detectFormat } = await import("../packager/formats/detect.ts");
      const { readImage } = await import("../packager/formats/read_image.ts");
      return await inFile(path, () => {
        const isBinary = detectFormat(bytes) === "bin";
        return readImage(bytes, { baseAddress: isBinary ? binaryAddress ?? otherwise : undefined });
      });
    },
  };
}

/**
 * Tells whether a file is an update, as opposed to firmware.
 *
 * @param bytes The file.
 * @returns `true` for a bundle or a container.
 */
export function isUpdate(bytes: Uint8Array): boolean {
  return UPDATE_START.every((byte, index) => bytes[index] === byte);
}
