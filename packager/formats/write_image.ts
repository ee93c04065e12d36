/**
 * Writes a memory image as a firmware file.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import { encodeBinary } from "./binary.ts";
import { encodeDfuse } from "./dfuse.ts";
import type { ImageFormat } from "./format.ts";
import { formatIntelHex } from "./intel_hex.ts";
import { checkNotEmpty } from "./record_writer.ts";
import { formatSrec } from "./srec.ts";
import { encodeUf2 } from "./uf2.ts";

/** A format that images can be written in. */
export type WritableFormat = Exclude<ImageFormat, "elf">;

/** How to write an image. */
export interface WriteImageOptions {
  /** The format. */
  readonly format: WritableFormat;
  /**
   * What fills the gaps of a raw binary and of UF2 pages, 0 to 255: the erased value of the device's flash. The other
   * formats keep gaps.
   *
   * @default {0xff}
   */
  readonly fill?: number | undefined;
  /**
   * The family that a UF2 file is for, 0 to 0xFFFFFFFF; most boot loaders want one. The other formats have none.
   *
   * @default {undefined}
   */
  readonly familyId?: number | undefined;
}

/**
 * What ST's boot ROM shows itself as, and what the files of every known tool say: dfu-util refuses other ids for that
 * device; all look at neither the release number nor the name.
 */
const DFUSE_DEFAULTS = { vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0x0000 };
const DFUSE_TARGET_DEFAULTS = { alternateSetting: 0, name: "ST..." };

/**
 * Writes an image as a firmware file.
 *
 * A start address goes into Intel HEX and S-records; the other formats have no place for it. A DfuSe file gets one target
 * for alternate setting 0, the internal flash. For finer choices there are the writers themselves: `formatIntelHex`,
 * `formatSrec`, `encodeBinary`, `encodeDfuse`, `encodeUf2`.
 *
 * @param image What to write; not empty.
 * @param options Format, fill byte and family.
 * @returns Fresh bytes; the same for the same image and options.
 * @throws {ImageFormatError} When the image is empty, or the format cannot hold it: a binary with a huge gap.
 * @throws {RangeError} When an option is out of range.
 *
 * @example A DfuSe file for ST's boot ROM
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { detectFormat, writeImage } from "@coreslot/coreslot/packager";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0802_0000, data: Uint8Array.of(1, 2, 3) }]);
 * console.assert(detectFormat(writeImage(image, { format: "dfuse" })) === "dfuse");
 * ```
 */
export function writeImage(image: MemoryImage, options: WriteImageOptions): Bytes {
  const { format, fill = 0xff, familyId } = options;
  switch (format) {
    case "hex":
      return formatIntelHex(image);
    case "srec":
      return formatSrec(image);
    case "bin":
      return encodeBinary(image, { fill });
    case "dfuse":
      checkNotEmpty(image, "dfuse");
      return encodeDfuse({ ...DFUSE_DEFAULTS, targets: [{ ...DFUSE_TARGET_DEFAULTS, elements: image.segments }] });
    case "uf2":
      return encodeUf2(image, { fill, familyId });
  }
}
