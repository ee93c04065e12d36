/**
 * What packager, protocols and emulator share: errors, bytes, checksums, the memory image and the table of parts.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./bytes.ts";
export * from "./crc32.ts";
export * from "./errors.ts";
export * from "./hex.ts";
export * from "./memory_image.ts";
export * from "./parts/mod.ts";
