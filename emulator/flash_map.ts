/**
 * Which byte of flash an address means, and whether it may be changed: bank mode, bank swap and write protection.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Part, Sector } from "../core/mod.ts";
import { FlashError } from "./error.ts";
import { type FlashGeometry, flashGeometryOf, offsetOfAddress, sectorIndexAt } from "./flash_geometry.ts";

/** How addresses find their way into a part's flash. Option bytes change it at a reset. */
export class FlashMap {
  /** The part. */
  readonly part: Part;
  #geometry: FlashGeometry;
  #isSwapped = false;
  #protectedSectors: Uint8Array | undefined;

  /**
   * Maps the flash without swap and without protection.
   *
   * @param part The part.
   * @param bankMode Name of one of its bank modes.
   * @default bankMode {the mode of a new part}
   * @throws {RangeError} When the part has no such bank mode.
   */
  constructor(part: Part, bankMode: string = part.flash.bankModes[0]!.name) {
    this.part = part;
    this.#geometry = flashGeometryOf(part, bankMode);
  }

  /** Name of the bank mode in use. */
  get bankMode(): string {
    return this.#geometry.bankMode;
  }

  /** The sectors in the bank mode in use, ascending by address. */
  get sectors(): readonly Sector[] {
    return this.#geometry.sectors;
  }

  /** Bytes of flash, holes not counted. */
  get sizeBytes(): number {
    return this.#geometry.sizeBytes;
  }

  /** Whether the two banks stand in each other's place. */
  get isSwapped(): boolean {
    return this.#isSwapped;
  }

  /**
   * Divides the flash another way. What it holds stays at its address; on silicon it may not, and the reference manuals
   * ask for a mass erase.
   *
   * @param bankMode Name of one of the part's bank modes.
   * @param isSwapped Whether the two banks stand in each other's place.
   * @throws {RangeError} When the part has no such bank mode.
   */
  arrange(bankMode: string, isSwapped: boolean): void {
    this.#geometry = flashGeometryOf(this.part, bankMode);
    this.#isSwapped = isSwapped;
  }

  /**
   * Sets the write protection.
   *
   * @param sectors One byte a sector, not 0 for a protected one; `undefined` for none.
   */
  protect(sectors: Uint8Array | undefined): void {
    this.#protectedSectors = sectors;
  }

  /**
   * Tells whether a sector is write-protected.
   *
   * @param index The sector's index.
   * @returns `true` when programs and erases are refused.
   */
  isProtected(index: number): boolean {
    return this.#protectedSectors !== undefined && this.#protectedSectors[index] !== 0;
  }

  /**
   * Tells which sector an address is in.
   *
   * @param address Absolute address.
   * @returns The sector's index, or -1 where there is no flash.
   */
  sectorIndexAt(address: number): number {
    return sectorIndexAt(this.#geometry, address);
  }

  /**
   * Finds the first byte of a range that is write-protected.
   *
   * @param address Absolute address of the range, all of it in flash.
   * @param sizeBytes Its size, 0 or more.
   * @returns An absolute address, or -1 when all of it may be changed.
   */
  findProtected(address: number, sizeBytes: number): number {
    if (this.#protectedSectors === undefined || sizeBytes === 0) return -1;
    const last = this.sectorIndexAt(address + sizeBytes - 1);
    for (let index = this.sectorIndexAt(address); index <= last; index++) {
      if (this.isProtected(index)) return Math.max(address, this.sectors[index]!.addressStart);
    }
    return -1;
  }

  /**
   * Counts the bytes of a range that can be read in one piece.
   *
   * @param address Absolute address of the first byte, in flash.
   * @param sizeBytes Its size, 0 or more.
   * @returns `sizeBytes`, or fewer where flash ends or a hole begins.
   */
  countFrom(address: number, sizeBytes: number): number {
    let end = address;
    // Runs follow one another without a gap but for a hole; swapped banks part where they meet.
    for (const { addressStart, addressEnd, offset } of this.#geometry.runs) {
      const isSplit = this.#isSwapped && offset === this.sizeBytes / 2 && end > address;
      if (end >= addressStart && end < addressEnd && !isSplit) end = addressEnd;
    }
    return Math.min(sizeBytes, end - address);
  }

  /**
   * Finds a range among the bytes of flash.
   *
   * @param operation What is to be done there, for the error.
   * @param address Absolute address of the first byte.
   * @param sizeBytes How many bytes, 0 or more.
   * @returns The offset of the first byte; the others follow it.
   * @throws {FlashError} `unmapped` when there is no flash for all of it, or a hole in it.
   */
  offsetOf(operation: "program" | "erase" | "read", address: number, sizeBytes: number): number {
    const offset = offsetOfAddress(this.#geometry, address);
    const last = address + Math.max(sizeBytes - 1, 0);
    // Offsets grow with addresses, but for a hole.
    const isWhole = offset >= 0 && offsetOfAddress(this.#geometry, last) === offset + last - address;
    if (!isWhole) throw new FlashError("unmapped", operation, address);
    if (!this.#isSwapped) return offset;
    const bankBytes = this.sizeBytes / 2;
    // Neighbours across the border of swapped banks are no neighbours in the cells.
    if (offset < bankBytes && offset + sizeBytes > bankBytes) throw new FlashError("unmapped", operation, address);
    return this.#swap(offset);
  }

  /**
   * Finds the address of a byte of flash.
   *
   * @param offset Its offset, as {@linkcode FlashMap.offsetOf} gives it.
   * @returns The absolute address.
   */
  addressOf(offset: number): number {
    const logical = this.#isSwapped ? this.#swap(offset) : offset;
    const run = this.#geometry.runs.findLast((run) => run.offset <= logical)!;
    return run.addressStart + logical - run.offset;
  }

  #swap(offset: number): number {
    const bankBytes = this.sizeBytes / 2;
    return offset < bankBytes ? offset + bankBytes : offset - bankBytes;
  }
}
