/**
 * The names of the firmware file formats.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/**
 * A firmware file format: ELF32, Intel HEX, Motorola S-records, raw binary, DfuSe (`.dfu`), UF2.
 */
export type ImageFormat = "elf" | "hex" | "srec" | "bin" | "dfuse" | "uf2";

/** What people call each format, for messages. */
export const FORMAT_NAMES: Readonly<Record<ImageFormat, string>> = {
  elf: "ELF",
  hex: "Intel HEX",
  srec: "Motorola S-record",
  bin: "raw binary",
  dfuse: "DfuSe",
  uf2: "UF2",
};
