/**
 * Raw binary: bytes without addresses, as a compiler's `.bin` holds them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import { ADDRESS_SPACE_END, MemoryImage } from "../../core/memory_image.ts";
import { ImageFormatError } from "./error.ts";
import { checkNotEmpty } from "./record_writer.ts";

/** How {@linkcode encodeBinary} fills gaps, and how far it goes. */
export interface EncodeBinaryOptions {
  /**
   * Byte for the gaps, 0 to 255: what erased flash reads as, which is 0x00 on STM32L0 and L1.
   *
   * @default {0xFF}
   */
  readonly fill?: number;
  /**
   * The largest file to make. A gap between internal flash and QSPI flash is over 2 GiB, and nobody wants it written out;
   * 64 MiB holds all flash that stands in one piece on nearly any board.
   *
   * @default {67108864}
   */
  readonly maxSizeBytes?: number;
}

const DEFAULTS = { fill: 0xff, maxSizeBytes: 64 * 2 ** 20 } as const satisfies EncodeBinaryOptions;

/**
 * Decodes a raw binary file: one segment.
 *
 * @param bytes The file. Copied.
 * @param baseAddress Address of the first byte, 0 to 0xFFFFFFFF: a raw binary does not say.
 * @returns The image, without a start address.
 * @throws {ImageFormatError} When the file is empty, or runs over the last address.
 * @throws {RangeError} When `baseAddress` is no address.
 *
 * @example A binary for slot A of the H7's CM7
 * ```ts
 * import { decodeBinary } from "@coreslot/coreslot/packager";
 *
 * console.assert(decodeBinary(Uint8Array.of(1, 2, 3), 0x0802_0000).addressEnd === 0x0802_0003);
 * ```
 */
export function decodeBinary(bytes: Uint8Array, baseAddress: number): MemoryImage {
  if (!Number.isInteger(baseAddress) || baseAddress < 0 || baseAddress >= ADDRESS_SPACE_END) {
    throw new RangeError(`Cannot place a binary at ${baseAddress}: addresses are 0x00000000 to 0xFFFFFFFF`);
  }
  if (bytes.length === 0) {
    throw new ImageFormatError({
      code: "no-data",
      format: "bin",
      message: "Cannot read the raw binary file: it is empty",
      advice: "Look at the build that wrote it",
      offset: 0,
    });
  }
  if (baseAddress + bytes.length > ADDRESS_SPACE_END) {
    throw new ImageFormatError({
      code: "address-range",
      format: "bin",
      message: `Cannot read the raw binary file: its ${bytes.length} bytes at ${formatAddress(baseAddress)} run over ` +
        "the last address, 0xFFFFFFFF",
      advice: "Give the base address that the binary was linked for",
      offset: ADDRESS_SPACE_END - baseAddress,
      address: baseAddress,
    });
  }
  return MemoryImage.fromSegments([{ address: baseAddress, data: new Uint8Array(bytes) }]);
}

/**
 * Encodes an image as a raw binary: everything from its lowest to its highest address, gaps filled.
 *
 * The file does not say where it belongs: keep {@linkcode MemoryImage.addressStart} beside it. The start address is lost.
 *
 * @param image The image; not empty.
 * @param options Fill and size limit.
 * @returns Fresh bytes; the first is the one at the image's lowest address.
 * @throws {ImageFormatError} When the image is empty, or the file would be larger than the limit.
 * @throws {RangeError} When `fill` is no byte.
 *
 * @example A gap of two bytes
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { encodeBinary } from "@coreslot/coreslot/packager";
 *
 * const image = MemoryImage.fromSegments([
 *   { address: 0x0800_0000, data: Uint8Array.of(1) },
 *   { address: 0x0800_0003, data: Uint8Array.of(4) },
 * ]);
 * console.assert(encodeBinary(image).join() === "1,255,255,4");
 * ```
 */
export function encodeBinary(image: MemoryImage, options: EncodeBinaryOptions = {}): Bytes {
  const { fill, maxSizeBytes } = { ...DEFAULTS, ...options };
  if (!Number.isInteger(fill) || fill < 0 || fill > 0xff) {
    throw new RangeError(`Cannot fill gaps with ${fill}: a byte is 0 to 255`);
  }
  checkNotEmpty(image, "bin");
  const { addressStart, addressEnd } = image;
  const sizeBytes = addressEnd - addressStart;
  if (sizeBytes > maxSizeBytes) {
    throw new ImageFormatError({
      code: "too-large",
      format: "bin",
      message: `Cannot write a raw binary file: ${formatAddress(addressStart)} to ${formatAddress(addressEnd)} takes ` +
        `${sizeBytes} bytes with its gaps, and the limit is ${maxSizeBytes}`,
      advice: "Write a format that has addresses, such as Intel HEX, or only the part of the image that you want",
      expected: maxSizeBytes,
      got: sizeBytes,
    });
  }
  return image.flatten(addressStart, addressEnd, fill);
}
