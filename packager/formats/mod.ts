/**
 * Firmware files in, memory images out, and back: ELF, Intel HEX, Motorola S-records, raw binary, DfuSe and UF2.
 *
 * {@linkcode readImage} takes any of them and tells the format by the content; {@linkcode writeImage} writes all but ELF.
 * The readers are strict: a file that is damaged, that contradicts itself, or that well-known tools read differently is
 * refused with an {@linkcode ImageFormatError} that says where. Time and memory are bounded by the size of the file,
 * whatever addresses stand in it. Gaps stay gaps wherever the format has a way to leave them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @example From a binary to Intel HEX
 * ```ts
 * import { readImage, writeImage } from "@coreslot/coreslot/packager";
 *
 * const firmware = Uint8Array.of(0x00, 0x00, 0x02, 0x24, 0x99, 0x02, 0x02, 0x08);
 * const { image } = readImage(firmware, { baseAddress: 0x0802_0000 });
 * const text = new TextDecoder().decode(writeImage(image, { format: "hex" }));
 * console.assert(text.startsWith(":020000040802F0\n"));
 * ```
 *
 * @module
 */

export * from "./binary.ts";
export * from "./detect.ts";
export { decodeDfuSuffix, type DfuSuffix } from "./dfu_suffix.ts";
export * from "./dfuse.ts";
export * from "./elf.ts";
export * from "./error.ts";
export * from "./format.ts";
export * from "./intel_hex.ts";
export * from "./memory_map.ts";
export * from "./read_image.ts";
export * from "./srec.ts";
export * from "./uf2.ts";
export * from "./write_image.ts";
