/**
 * Firmware as it stands in memory: runs of bytes at addresses, with the gaps left open.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "./bytes.ts";
import { CoreslotError } from "./errors.ts";
import { formatAddress } from "./hex.ts";

/** One past the highest address: 4 GiB. */
export const ADDRESS_SPACE_END = 2 ** 32;

/** A run of bytes without a gap. */
export interface Segment {
  /** Absolute address of the first byte, 0 to 0xFFFFFFFF. */
  readonly address: number;
  /** At least one byte; the last one is at or below 0xFFFFFFFF. */
  readonly data: Bytes;
}

/**
 * Where execution begins, as some formats record it.
 *
 * `linear` is a 32-bit address (HEX type 05, S7, S8, S9, ELF `e_entry`); `segmented` is the CS:IP pair of 8086 HEX files
 * (type 03).
 */
export type StartAddress =
  | { readonly kind: "linear"; readonly address: number }
  | { readonly kind: "segmented"; readonly cs: number; readonly ip: number };

/** Two segments that claim the same address. */
export class OverlapError extends CoreslotError {
  /** First address that two segments claim. */
  readonly address: number;

  /**
   * Says where the two segments meet.
   *
   * @param address First address that two segments claim.
   */
  constructor(address: number) {
    super({
      code: "overlap",
      message: `Cannot build the memory image: two segments claim ${formatAddress(address)}`,
      advice: "Remove one of the two, even if their bytes agree: readers differ on what an overlap means",
    });
    this.address = address;
  }
}

/**
 * An immutable set of segments, ascending by address, without overlap; segments that touch are one segment.
 *
 * @example Two segments that touch become one, a gap stays a gap
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 *
 * const image = MemoryImage.fromSegments([
 *   { address: 0x0800_0004, data: Uint8Array.of(5) },
 *   { address: 0x0800_0000, data: Uint8Array.of(1, 2, 3, 4) },
 *   { address: 0x0802_0000, data: Uint8Array.of(9) },
 * ]);
 * console.assert(image.segments.length === 2);
 * console.assert(image.sizeBytes === 6);
 * ```
 */
export class MemoryImage {
  /** The segments, ascending by address, none empty, no two touching. */
  readonly segments: readonly Segment[];
  /** Where execution begins, when the source says so. */
  readonly start: StartAddress | undefined;

  private constructor(segments: readonly Segment[], start: StartAddress | undefined) {
    this.segments = segments;
    this.start = start;
  }

  /**
   * Builds an image out of segments in any order. Empty segments are left out.
   *
   * @param segments The segments. Their data is kept, not copied, where no two touch: do not modify it afterwards.
   * @param start Where execution begins, if known.
   * @returns The image.
   * @throws {OverlapError} When two segments claim the same address, even with the same bytes.
   * @throws {RangeError} When a segment leaves the 32-bit address space.
   */
  static fromSegments(segments: Iterable<Segment>, start?: StartAddress): MemoryImage {
    const ascending = [...segments].filter(({ data }) => data.length > 0).sort((a, b) => a.address - b.address);
    let previousEnd = -1;
    const runs: Segment[][] = [];
    for (const segment of ascending) {
      const { address, data } = segment;
      if (!Number.isInteger(address) || address < 0 || address + data.length > ADDRESS_SPACE_END) {
        throw new RangeError(
          `Cannot place ${data.length} bytes at ${address}: addresses are 0 to 0xFFFFFFFF`,
        );
      }
      if (address < previousEnd) throw new OverlapError(address);
      if (address === previousEnd) runs.at(-1)!.push(segment);
      else runs.push([segment]);
      previousEnd = address + data.length;
    }
    return new MemoryImage(runs.map(joinRun), start);
  }

  /** Lowest address that holds a byte; 0 when the image is empty. */
  get addressStart(): number {
    return this.segments[0]?.address ?? 0;
  }

  /** One past the highest address that holds a byte; 0 when the image is empty. */
  get addressEnd(): number {
    const last = this.segments.at(-1);
    return last === undefined ? 0 : last.address + last.data.length;
  }

  /** Number of bytes held, gaps not counted. */
  get sizeBytes(): number {
    return this.segments.reduce((sum, { data }) => sum + data.length, 0);
  }

  /**
   * Gives the part between two addresses.
   *
   * @param addressStart First address to keep.
   * @param addressEnd One past the last address to keep.
   * @returns A new image over the same bytes (not copied), with the same start address.
   */
  slice(addressStart: number, addressEnd: number): MemoryImage {
    const kept = this.segments.flatMap(({ address, data }) => {
      const from = Math.max(addressStart, address);
      const to = Math.min(addressEnd, address + data.length);
      return from < to ? [{ address: from, data: data.subarray(from - address, to - address) }] : [];
    });
    return new MemoryImage(kept, this.start);
  }

  /**
   * Moves every segment by the same distance, and with it a linear start address that is in one of them.
   *
   * @param offset Bytes to add to every address; may be negative.
   * @returns A new image over the same bytes (not copied).
   * @throws {RangeError} When a segment would leave the 32-bit address space.
   */
  relocate(offset: number): MemoryImage {
    const { start } = this;
    const isMoved = start?.kind === "linear" && this.slice(start.address, start.address + 1).sizeBytes > 0;
    const moved = isMoved ? { ...start, address: start.address + offset } : start;
    return MemoryImage.fromSegments(
      this.segments.map(({ address, data }) => ({ address: address + offset, data })),
      moved,
    );
  }

  /**
   * Lays the bytes between two addresses out in one array and fills the gaps.
   *
   * @param addressStart Address of the first byte of the result.
   * @param addressEnd One past the address of its last byte. The caller bounds the distance: it is allocated.
   * @param fill Byte for the gaps, 0 to 255.
   * @returns Fresh bytes; nothing outside the two addresses is in them.
   * @throws {RangeError} When the end is below the start.
   */
  flatten(addressStart: number, addressEnd: number, fill: number): Bytes {
    const bytes = new Uint8Array(addressEnd - addressStart);
    if (fill !== 0) bytes.fill(fill);
    for (const { address, data } of this.slice(addressStart, addressEnd).segments) {
      bytes.set(data, address - addressStart);
    }
    return bytes;
  }
}

function joinRun(run: readonly Segment[]): Segment {
  const first = run[0]!;
  if (run.length === 1) return { address: first.address, data: first.data };
  const last = run.at(-1)!;
  const data = new Uint8Array(last.address + last.data.length - first.address);
  for (const segment of run) data.set(segment.data, segment.address - first.address);
  return { address: first.address, data };
}
