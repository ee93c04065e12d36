/**
 * Reads a firmware file of any format into a memory image.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../../core/errors.ts";
import { formatAddress } from "../../core/hex.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import { decodeBinary } from "./binary.ts";
import { detectFormat } from "./detect.ts";
import { decodeDfuSuffix, DFU_SUFFIX_SIZE_BYTES } from "./dfu_suffix.ts";
import { decodeDfuse, dfuseToImage } from "./dfuse.ts";
import { decodeElf } from "./elf.ts";
import { FORMAT_NAMES, type ImageFormat } from "./format.ts";
import { parseIntelHex } from "./intel_hex.ts";
import { parseSrec } from "./srec.ts";
import { decodeUf2 } from "./uf2.ts";

/** Where STM32 parts have their internal flash; the largest have 4 MiB. */
const FLASH_START = 0x0800_0000;
const FLASH_END = 0x0840_0000;

/** How to read a firmware file. */
export interface ReadImageOptions {
  /**
   * The format. With `"bin"` the bytes are taken as they are, whatever they look like: an archive, a DFU suffix.
   *
   * @default {detectFormat(bytes)}
   */
  readonly format?: ImageFormat | undefined;
  /**
   * Address of the first byte of a raw binary, 0 to 0xFFFFFFFF. All other formats carry their own addresses; to move
   * such an image there is {@linkcode MemoryImage.relocate}.
   *
   * @default {undefined}
   */
  readonly baseAddress?: number | undefined;
  /**
   * Whose blocks to take of a UF2 file for several families, 0 to 0xFFFFFFFF. Other formats have none.
   *
   * @default {undefined}
   */
  readonly familyId?: number | undefined;
}

/** What a firmware file holds. */
export interface ReadImageResult {
  /** The format that it was read as. */
  readonly format: ImageFormat;
  /** The image, over fresh bytes. */
  readonly image: MemoryImage;
  /** What is worth a look but no error: sentences without a period. */
  readonly notes: readonly string[];
}

/** A raw binary without an address: the file is fine, but nobody has said where it belongs. */
export class BaseAddressRequiredError extends CoreslotError {
  /** The second word of the file, when it can be the reset vector of an STM32: an odd address in flash. */
  readonly resetVector: number | undefined;

  /**
   * Advises to give the address.
   *
   * @param resetVector What the second word of the file hints at, if anything.
   */
  constructor(resetVector: number | undefined) {
    const hint = resetVector === undefined ? "" : `; its reset vector is ${formatAddress(resetVector)}`;
    super({
      code: "base-address-required",
      message: "Cannot read the raw binary: it does not say at which address it belongs",
      advice: `Give the address that it was linked for (--base, option baseAddress)${hint}`,
    });
    this.resetVector = resetVector;
  }
}

/**
 * Reads a firmware file of any format.
 *
 * @param bytes The whole file. Not modified, not kept.
 * @param options Format and base address, where the file leaves them open.
 * @returns Format, image and notes.
 * @throws {ImageFormatError} When the file is damaged, ambiguous, or no firmware.
 * @throws {BaseAddressRequiredError} When it is a raw binary and `baseAddress` is missing.
 * @throws {TypeError} When `baseAddress` is given for a file that carries its own addresses.
 * @throws {RangeError} When `baseAddress` is no address.
 *
 * @example A raw binary needs an address
 * ```ts
 * import { readImage } from "@coreslot/coreslot/packager";
 *
 * const bytes = Uint8Array.of(0, 0, 2, 0x24, 0x99, 2, 2, 8);
 * const { format, image } = readImage(bytes, { baseAddress: 0x0802_0000 });
 * console.assert(format === "bin" && image.addressStart === 0x0802_0000);
 * ```
 */
export function readImage(bytes: Uint8Array, options: ReadImageOptions = {}): ReadImageResult {
  const { format = detectFormat(bytes), baseAddress, familyId } = options;
  if (format === "bin") return readBinary(bytes, options);
  if (baseAddress !== undefined) {
    throw new TypeError(
      `Cannot place the ${FORMAT_NAMES[format]} file at ${formatAddress(baseAddress)}: it carries its own addresses`,
    );
  }
  switch (format) {
    case "elf":
      return { format, image: decodeElf(bytes), notes: [] };
    case "hex":
      return { format, image: parseIntelHex(bytes), notes: [] };
    case "srec":
      return { format, image: parseSrec(bytes), notes: [] };
    case "dfuse":
      return { format, ...readDfuse(bytes) };
    case "uf2":
      return { format, ...decodeUf2(bytes, { familyId }) };
  }
}

function readDfuse(bytes: Uint8Array): Omit<ReadImageResult, "format"> {
  const file = decodeDfuse(bytes);
  const settings = file.targets.map(({ alternateSetting }) => alternateSetting);
  const notes = settings.length === 1 && settings[0] === 0
    ? []
    : [`The DfuSe file is for the alternate settings ${settings.join(", ")}, which the image does not keep apart`];
  return { image: dfuseToImage(file), notes };
}

function readBinary(bytes: Uint8Array, { format, baseAddress }: ReadImageOptions): ReadImageResult {
  const suffix = format === undefined ? decodeDfuSuffix(bytes) : undefined;
  const data = suffix === undefined ? bytes : bytes.subarray(0, -DFU_SUFFIX_SIZE_BYTES);
  if (baseAddress === undefined) throw new BaseAddressRequiredError(findResetVector(data));
  const image = decodeBinary(data, baseAddress);
  const notes: string[] = [];
  if (suffix !== undefined) notes.push("The DFU suffix at the end of the file is left out: it is for the host only");
  if (isErased(data)) notes.push("Every byte has the same value, 0x00 or 0xFF: this is erased flash, not firmware");
  return { format: "bin", image, notes };
}

function findResetVector(data: Uint8Array): number | undefined {
  if (data.length < 8) return undefined;
  const word = new DataView(data.buffer, data.byteOffset).getUint32(4, true);
  return word % 2 === 1 && word >= FLASH_START && word < FLASH_END ? word : undefined;
}

function isErased(data: Uint8Array): boolean {
  const first = data[0];
  return (first === 0x00 || first === 0xff) && data.every((byte) => byte === first);
}
