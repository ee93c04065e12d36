/**
 * Main flash as a file: all its bytes from the base address, holes between banks left out. It lets an emulated chip keep
 * its firmware from one run of a program to the next, and any tool look at it.
 *
 * A file holds bytes, not states. A unit that reads as erased is erased when the file is loaded, also one that was
 * programmed with those very bytes; a unit that was torn by a power cut is loaded as programmed with what it reads, and
 * one that cannot be read is written to the file as erased bytes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, CoreslotError } from "../core/mod.ts";
import { FlashError } from "./error.ts";
import type { Flash } from "./flash.ts";

/** A file that is not the flash of a part. Its only code is `wrong-size`. */
export class FlashFileError extends CoreslotError {
  /** Bytes that the part's flash has. */
  readonly expected: number;
  /** Bytes that the file has. */
  readonly got: number;

  /**
   * Says what the file lacks, or has too much.
   *
   * @param partName Name of the part.
   * @param size Bytes of the part's flash, and of the file.
   */
  constructor(partName: string, size: { readonly expected: number; readonly got: number }) {
    super({
      code: "wrong-size",
      message: `Cannot load the flash of ${partName}: it has ${size.expected} bytes, the file has ${size.got}`,
      advice: "Give the file of the same part, or a new name to begin with erased flash",
    });
    this.expected = size.expected;
    this.got = size.got;
  }
}

/**
 * Encodes what flash holds.
 *
 * @param flash The flash.
 * @returns Fresh bytes, as many as the flash has.
 *
 * @example A new chip
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { encodeFlashFile, Flash } from "@coreslot/coreslot/emulator";
 *
 * const file = encodeFlashFile(new Flash(findPart("stm32f103")));
 * console.assert(file.length === 65_536 && file.every((byte) => byte === 0xff));
 * ```
 */
export function encodeFlashFile(flash: Flash): Bytes {
  const file = new Uint8Array(flash.sizeBytes);
  let offset = 0;
  for (const { addressStart, sizeBytes } of flash.sectors) {
    file.set(readSector(flash, addressStart, sizeBytes), offset);
    offset += sizeBytes;
  }
  return file;
}

/**
 * Loads flash from a file. What it held before is gone; no operation is counted.
 *
 * @param flash The flash.
 * @param file The file. Not modified, not kept.
 * @throws {FlashFileError} When the file has another size than the flash.
 */
export function loadFlashFile(flash: Flash, file: Uint8Array): void {
  if (file.length !== flash.sizeBytes) {
    throw new FlashFileError(flash.part.name, { expected: flash.sizeBytes, got: file.length });
  }
  let offset = 0;
  for (const { addressStart, sizeBytes } of flash.sectors) {
    flash.preload(addressStart, file.subarray(offset, offset + sizeBytes));
    offset += sizeBytes;
  }
}

function readSector(flash: Flash, address: number, sizeBytes: number): Bytes {
  try {
    return flash.read(address, sizeBytes);
  } catch (error) {
    if (!(error instanceof FlashError)) throw error;
  }
  const { sizeBytes: unitSizeBytes, erasedByte } = flash.part.flash.programUnit;
  const bytes = new Uint8Array(sizeBytes).fill(erasedByte);
  for (let at = 0; at < sizeBytes; at += unitSizeBytes) {
    if (flash.stateAt(address + at) !== "unreadable") bytes.set(flash.read(address + at, unitSizeBytes), at);
  }
  return bytes;
}
