/**
 * An image cut into what one Write Memory carries, sector by sector.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, formatAddress, type MemoryImage, roundUp } from "../../core/mod.ts";
import { type Part, type Sector, sectorsOf } from "../../core/parts/mod.ts";
import { BootRomError } from "./error.ts";

/** Writes begin and end on a multiple of 4 on every part, as stm32flash and stm32loader have them. */
const WRITE_UNIT_MIN_BYTES = 4;

/** What one Write Memory carries. */
export interface Block {
  /** Absolute start address, a multiple of the part's program unit. */
  readonly address: number;
  /** Whole program units, a view of the image where it fills them; what it leaves open has the erased value. */
  readonly data: Bytes;
  /** Whether all of it has the erased value, so that it need not be written. */
  readonly isBlank: boolean;
}

/** A sector and what the image has in it. */
export interface SectorBlocks {
  /** The sector. */
  readonly sector: Sector;
  /** The blocks, ascending by address; at least one. None reaches into another sector. */
  readonly blocks: readonly Block[];
}

/** Options of {@linkcode splitIntoBlocks}. */
export interface SplitOptions {
  /** The part. */
  readonly part: Part;
  /**
   * Name of one of the part's bank modes.
   *
   * @default {the mode of a new part}
   */
  readonly bankMode?: string | undefined;
}

/**
 * Cuts an image into blocks. A block ends at every multiple of what the part's ROM takes at once, 256 bytes on most.
 *
 * @param image The image.
 * @param options The part.
 * @returns The sectors that hold a byte of the image, ascending.
 * @throws {BootRomError} With code `outside-flash` or `empty-image`.
 * @throws {RangeError} When the part has no such bank mode.
 *
 * @example Two bytes on an H7 take a flash word of 32
 * ```ts
 * import { findPart, MemoryImage } from "@coreslot/coreslot/core";
 * import { splitIntoBlocks } from "@coreslot/coreslot/an3155";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0802_0004, data: Uint8Array.of(1, 2) }]);
 * const [first] = splitIntoBlocks(image, { part: findPart("stm32h745") });
 * console.assert(first?.sector.index === 1 && first.blocks[0]?.address === 0x0802_0000);
 * console.assert(first?.blocks[0]?.data.length === 32);
 * ```
 */
export function splitIntoBlocks(image: MemoryImage, options: SplitOptions): readonly SectorBlocks[] {
  const { part, bankMode } = options;
  if (image.sizeBytes === 0) throw new BootRomError("empty-image", "Cannot flash the image: it has no bytes");
  const sectors = sectorsOf(part, bankMode);
  assertInside(image, part, sectors);
  return sectors.flatMap((sector) => {
    const share = image.slice(sector.addressStart, sector.addressStart + sector.sizeBytes);
    return share.sizeBytes === 0 ? [] : [{ sector, blocks: blocksOf(share, part) }];
  });
}

/**
 * Adds up the bytes of blocks.
 *
 * @param held Sectors and their blocks.
 * @param isCounted Tells which blocks count.
 * @returns Bytes.
 */
export function bytesIn(held: readonly SectorBlocks[], isCounted: (block: Block) => boolean): number {
  return held.reduce(
    (sum, { blocks }) => blocks.reduce((bytes, block) => isCounted(block) ? bytes + block.data.length : bytes, sum),
    0,
  );
}

/** The blocks of a sector's share of the image. */
function blocksOf(image: MemoryImage, part: Part): readonly Block[] {
  const { sizeBytes: unit, erasedByte } = part.flash.programUnit;
  const unitBytes = Math.max(unit, WRITE_UNIT_MIN_BYTES);
  const stepBytes = part.bootRom.maxTransferBytes;
  const blocks: Block[] = [];
  let address = image.addressStart - image.addressStart % stepBytes;
  for (; address < image.addressEnd; address += stepBytes) {
    const share = image.slice(address, address + stepBytes);
    if (share.sizeBytes === 0) continue;
    const start = share.addressStart - share.addressStart % unitBytes;
    const end = roundUp(share.addressEnd, unitBytes);
    const isWhole = share.sizeBytes === end - start;
    const data = isWhole ? share.segments[0]!.data : share.flatten(start, end, erasedByte);
    blocks.push({ address: start, data, isBlank: data.every((byte) => byte === erasedByte) });
  }
  return blocks;
}

function assertInside(image: MemoryImage, part: Part, sectors: readonly Sector[]): void {
  for (const { address, data } of image.segments) {
    let insideEnd = address;
    for (const { addressStart, sizeBytes } of sectors) {
      if (addressStart <= insideEnd && insideEnd < addressStart + sizeBytes) insideEnd = addressStart + sizeBytes;
    }
    if (insideEnd >= address + data.length) continue;
    throw new BootRomError(
      "outside-flash",
      `Cannot flash the image: ${part.name} has no flash at ${formatAddress(insideEnd)}, where the image has bytes`,
      "Leave these bytes out, or name the part that has them",
    );
  }
}
