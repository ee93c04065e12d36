/**
 * Writes UF2 files; `uf2_block.ts` has the layout.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { ADDRESS_SPACE_END, type MemoryImage } from "../../core/memory_image.ts";
import { checkNotEmpty } from "./record_writer.ts";
import { BLOCK_SIZE_BYTES, DATA_OFFSET, FLAG_FAMILY, MAGICS } from "./uf2_block.ts";

/** The payload that every boot loader takes: microsoft/uf2, README.md, "Payload sizes". */
const PAGE_SIZE_BYTES = 256;

/** How to write a UF2 file. */
export interface EncodeUf2Options {
  /**
   * The family that the file is for, 0 to 0xFFFFFFFF, such as {@linkcode UF2_FAMILIES} has. Without it the blocks name
   * none, and most boot loaders take no block.
   *
   * @default {undefined}
   */
  readonly familyId?: number | undefined;
  /**
   * What fills the rest of a page that the image covers in part, 0 to 255: the erased value of the device's flash.
   *
   * @default {0xff}
   */
  readonly fill?: number | undefined;
}

/**
 * Encodes an image as a UF2 file.
 *
 * Every page of 256 bytes, at a multiple of 256, in which the image has a byte becomes one block; the blocks ascend. A
 * gap within a page is filled, a page without a byte is left out.
 *
 * @param image What to write. Its start address is lost: the format has none.
 * @param options Family and fill byte.
 * @returns Fresh bytes, 512 for each page; the same for the same image and options.
 * @throws {ImageFormatError} `no-data`, when the image is empty.
 * @throws {RangeError} When an option is out of range.
 *
 * @example Two bytes take a whole page
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { encodeUf2 } from "@coreslot/coreslot/packager";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0802_0010, data: Uint8Array.of(1, 2) }]);
 * console.assert(encodeUf2(image, { familyId: 0x6db6_6082 }).length === 512);
 * ```
 */
export function encodeUf2(image: MemoryImage, options: EncodeUf2Options = {}): Bytes {
  const { familyId, fill = 0xff } = options;
  requireRange("fill", fill, 0xff);
  if (familyId !== undefined) requireRange("familyId", familyId, ADDRESS_SPACE_END - 1);
  checkNotEmpty(image, "uf2");
  const pages = [...splitPages(image, fill)];
  const bytes = new Uint8Array(pages.length * BLOCK_SIZE_BYTES);
  for (const [index, [address, data]] of pages.entries()) {
    const view = new DataView(bytes.buffer, index * BLOCK_SIZE_BYTES, BLOCK_SIZE_BYTES);
    for (const { offset, value } of MAGICS) view.setUint32(offset, value, true);
    view.setUint32(8, familyId === undefined ? 0 : FLAG_FAMILY, true);
    view.setUint32(12, address, true);
    view.setUint32(16, PAGE_SIZE_BYTES, true);
    view.setUint32(20, index, true);
    view.setUint32(24, pages.length, true);
    view.setUint32(28, familyId ?? 0, true);
    bytes.set(data, index * BLOCK_SIZE_BYTES + DATA_OFFSET);
  }
  return bytes;
}

/** The pages in which the image has a byte, by address, ascending as the segments do. */
function splitPages({ segments }: MemoryImage, fill: number): ReadonlyMap<number, Bytes> {
  const pages = new Map<number, Bytes>();
  for (const { address, data } of segments) {
    let done = 0;
    while (done < data.length) {
      const offset = (address + done) % PAGE_SIZE_BYTES;
      const pageAddress = address + done - offset;
      const page = pages.get(pageAddress) ?? new Uint8Array(PAGE_SIZE_BYTES).fill(fill);
      const part = data.subarray(done, done + PAGE_SIZE_BYTES - offset);
      page.set(part, offset);
      pages.set(pageAddress, page);
      done += part.length;
    }
  }
  return pages;
}

function requireRange(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new RangeError(`Cannot write the UF2 file: ${name} is ${value}, not 0 to ${max}`);
}
