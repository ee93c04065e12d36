/**
 * The last step of the readers whose files say where each run of bytes belongs: runs in, one memory image out.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { ADDRESS_SPACE_END, MemoryImage, type Segment, type StartAddress } from "../../core/memory_image.ts";
import { ImageFormatError, PIECE_LIMIT } from "./error.ts";
import { FORMAT_NAMES, type ImageFormat } from "./format.ts";

/** A run of bytes, and the place in the file that claims an address for it. */
export interface FileSegment extends Segment {
  /** Offset in the file of the structure that holds the address. */
  readonly offset: number;
  /** Name of the address field, with the number of its structure: `p_paddr of program header 3`. */
  readonly field: string;
}

/**
 * Builds a memory image and names the place in the file when that cannot be done.
 *
 * @param format The format of the file, for messages.
 * @param segments The runs of bytes, in any order. Their data is kept where no two touch.
 * @param start Where execution begins, if the file says so.
 * @returns The image; it holds at least one byte.
 * @throws {ImageFormatError} `no-data`, `address-range`, `overlap` or `too-many-pieces`.
 */
export function assembleImage(
  format: ImageFormat,
  segments: readonly FileSegment[],
  start?: StartAddress,
): MemoryImage {
  const name = FORMAT_NAMES[format];
  const ascending = segments.filter(({ data }) => data.length > 0).sort((a, b) => a.address - b.address);
  if (ascending.length === 0) {
    throw new ImageFormatError({
      code: "no-data",
      format,
      message: `Cannot read the ${name} file: it holds no byte for any address`,
      advice: "Build the firmware again and look at what the linker says",
    });
  }
  const scattered = segments.filter((segment, index) => {
    const before = segments[index - 1];
    return before === undefined || segment.address !== before.address + before.data.length;
  });
  if (scattered.length > PIECE_LIMIT) {
    const { offset, field } = scattered[PIECE_LIMIT]!;
    throw new ImageFormatError({
      code: "too-many-pieces",
      format,
      message: `Cannot read the ${name} file: ${field} begins run of bytes number ${PIECE_LIMIT + 1}`,
      advice: "Write the file again without gaps: this is no firmware as compilers write it",
      offset,
      field,
    });
  }
  let previous: FileSegment | undefined;
  for (const segment of ascending) {
    const { address, data, offset, field } = segment;
    if (address + data.length > ADDRESS_SPACE_END) {
      throw new ImageFormatError({
        code: "address-range",
        format,
        message: `Cannot read the ${name} file: ${data.length} bytes at ${formatAddress(address)} go beyond 0xFFFFFFFF`,
        offset,
        field,
        address,
      });
    }
    if (previous !== undefined && address < previous.address + previous.data.length) {
      throw new ImageFormatError({
        code: "overlap",
        format,
        message: `Cannot read the ${name} file: ${formatAddress(address)} is claimed twice, ` +
          `by ${previous.field} and by ${field}`,
        advice: "Build the file again without the overlap: tools differ on which of the two bytes they write",
        offset,
        field,
        address,
      });
    }
    previous = segment;
  }
  return MemoryImage.fromSegments(ascending.map(({ address, data }) => ({ address, data })), start);
}
