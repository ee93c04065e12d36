/**
 * What is written first, and what is written when all else stands and was read back.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { MemoryImage } from "../../core/mod.ts";
import { type Part, type Sector, sectorsOf } from "../../core/parts/mod.ts";
import { type Block, type SectorBlocks, splitIntoBlocks, type SplitOptions } from "./blocks.ts";

/** A range of flash. */
export interface FlashRange {
  /** Absolute address of its first byte. */
  readonly addressStart: number;
  /** One past the address of its last byte. */
  readonly addressEnd: number;
}

/** Blocks in two stages. */
export interface StagedBlocks {
  /** The sectors to erase, ascending: those of the blocks, and those that are cleared. */
  readonly sectors: readonly Sector[];
  /** The sectors, ascending, and all blocks of both stages in them, ascending. */
  readonly held: readonly SectorBlocks[];
  /** The blocks of the second stage. */
  readonly commits: ReadonlySet<Block>;
}

/** Options of {@linkcode splitIntoStages}. */
export interface StageOptions extends SplitOptions {
  /**
   * What is written last.
   *
   * @default {the last block of the image that is not blank}
   */
  readonly commit?: MemoryImage | undefined;
  /**
   * Ranges of which every sector is erased, also where the image has no byte in it.
   *
   * @default {none}
   */
  readonly clear?: readonly FlashRange[] | undefined;
}

/**
 * Cuts an image, and what commits it, into blocks.
 *
 * @param image The image.
 * @param options The part, what commits, and what is cleared.
 * @returns The blocks.
 * @throws {BootRomError} With code `outside-flash` or `empty-image`.
 * @throws {RangeError} When the two share a program unit: it could not be written twice.
 */
export function splitIntoStages(image: MemoryImage, options: StageOptions): StagedBlocks {
  const held = splitIntoBlocks(image, options);
  if (options.commit === undefined) {
    const last = held.flatMap(({ blocks }) => blocks).findLast(({ isBlank }) => !isBlank);
    return { sectors: sectorsToErase(held, options), held, commits: new Set(last === undefined ? [] : [last]) };
  }
  const committing = splitIntoBlocks(options.commit, options);
  const commits = new Set(committing.flatMap(({ blocks }) => blocks));
  const sectors = [...held, ...committing].map(({ sector }) => sector);
  const merged = [...new Map(sectors.map((sector) => [sector.index, sector])).values()]
    .toSorted((a, b) => a.index - b.index)
    .map((sector) => ({
      sector,
      blocks: [...held, ...committing].filter((share) => share.sector.index === sector.index)
        .flatMap(({ blocks }) => blocks).toSorted((a, b) => a.address - b.address),
    }));
  assertApart(merged, options.part);
  return { sectors: sectorsToErase(merged, options), held: merged, commits };
}

function sectorsToErase(
  held: readonly SectorBlocks[],
  { part, bankMode, clear = [] }: StageOptions,
): readonly Sector[] {
  const indexes = new Set(held.map(({ sector }) => sector.index));
  return sectorsOf(part, bankMode).filter((sector) =>
    indexes.has(sector.index) ||
    clear.some(({ addressStart, addressEnd }) =>
      sector.addressStart < addressEnd && addressStart < sector.addressStart + sector.sizeBytes
    )
  );
}

function assertApart(held: readonly SectorBlocks[], part: Part): void {
  const blocks = held.flatMap(({ blocks }) => blocks);
  const shared = blocks.findIndex(({ address, data }, index) =>
    index + 1 < blocks.length && address + data.length > blocks[index + 1]!.address
  );
  if (shared < 0) return;
  throw new RangeError(
    `Cannot flash the image: it shares a program unit of ${part.flash.programUnit.sizeBytes} bytes with what commits it`,
  );
}
