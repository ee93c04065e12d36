/**
 * DfuSe files (`.dfu`), the form of firmware that ST's boot ROM takes over USB.
 *
 * A file holds targets, one for each alternate setting of the device (internal flash, option bytes, external flash); a
 * target holds elements, each a run of bytes at an address. `dfuse_layout.ts` has the layout. Where files differ from
 * one another, or from the specification:
 *
 * | file | rule |
 * | --- | --- |
 * | `DFUImageSize` without the suffix | read, and written: ST's own tools, MicroPython and OpenMV do so in all 323 files looked at |
 * | `DFUImageSize` with the suffix | read: dfuse-pack has written it since 0.10, and dfu-util ignores the field |
 * | bytes behind the NUL of a target's name | read, and dropped: ST's file manager leaves parts of a path there |
 * | sizes that are no multiple of 4 | read, and written |
 * | several targets | read; one image when no address is claimed twice, else `overlap` |
 * | any count, size or signature that contradicts the file, a wrong CRC, no suffix | refused |
 * | `bcdDFU` of plain DFU in a DfuSe file | refused, `inconsistent`: dfu-util would send the headers as firmware |
 * | a file that was saved as UTF-8 text | refused, `bad-character`: ST has shipped one |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { MemoryImage } from "../../core/memory_image.ts";
import { assembleImage } from "./assemble_image.ts";
import {
  type DfuseFile,
  ELEMENT_PREFIX_SIZE_BYTES,
  PREFIX_SIZE_BYTES,
  TARGET_PREFIX_SIZE_BYTES,
} from "./dfuse_layout.ts";

export type { DfuseFile, DfuseTarget } from "./dfuse_layout.ts";
export { decodeDfuse } from "./dfuse_reader.ts";
export { encodeDfuse } from "./dfuse_writer.ts";

/**
 * Puts the elements of all targets of a DfuSe file into one memory image.
 *
 * @param file The file.
 * @returns The image, over the same bytes (not copied). Which alternate setting a byte belongs to is lost.
 * @throws {ImageFormatError} `overlap`, when two elements claim one address, be it in different targets.
 *
 * @example Two elements with a gap
 * ```ts
 * import { dfuseToImage } from "@coreslot/coreslot/packager";
 *
 * const elements = [
 *   { address: 0x0800_0000, data: Uint8Array.of(1, 2) },
 *   { address: 0x0802_0000, data: Uint8Array.of(3) },
 * ];
 * const targets = [{ alternateSetting: 0, name: undefined, elements }];
 * const image = dfuseToImage({ vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0, targets });
 * console.assert(image.segments.length === 2 && image.sizeBytes === 3);
 * ```
 */
export function dfuseToImage({ targets }: DfuseFile): MemoryImage {
  let offset = PREFIX_SIZE_BYTES;
  const segments = targets.flatMap(({ elements }, targetIndex) => {
    offset += TARGET_PREFIX_SIZE_BYTES;
    return elements.map(({ address, data }, index) => {
      const field = `dwElementAddress of element ${index} of target ${targetIndex}`;
      const segment = { address, data, offset, field };
      offset += ELEMENT_PREFIX_SIZE_BYTES + data.length;
      return segment;
    });
  });
  return assembleImage("dfuse", segments);
}
