/**
 * Reads UF2 files; `uf2.ts` has the rules, `uf2_block.ts` the layout.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import { assembleImage } from "./assemble_image.ts";
import type { ImageFormatError } from "./error.ts";
import { BLOCK_SIZE_BYTES, decodeBlock, FLAG_MD5, FLAG_NOT_MAIN_FLASH, type Uf2Block, uf2Error } from "./uf2_block.ts";
import { UF2_FAMILIES } from "./uf2_families.ts";

/** How to read a UF2 file. */
export interface DecodeUf2Options {
  /**
   * The family whose blocks to take, 0 to 0xFFFFFFFF. Needed when the file holds several.
   *
   * @default {undefined}
   */
  readonly familyId?: number | undefined;
}

/** What a UF2 file holds. */
export interface Uf2File {
  /** The payloads; it has no start address. */
  readonly image: MemoryImage;
  /** The family that the blocks name, if they do. */
  readonly familyId: number | undefined;
  /** What a reader should know: sentences without a period. */
  readonly notes: readonly string[];
}

/**
 * Decodes a UF2 file.
 *
 * @param bytes The whole file. Not modified, not kept.
 * @param options Which family to take.
 * @returns The image over fresh bytes, the family, and notes.
 * @throws {ImageFormatError} When a block is damaged or missing, or the family is not clear.
 *
 * @example A page of zeros
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { decodeUf2, encodeUf2 } from "@coreslot/coreslot/packager";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0802_0000, data: new Uint8Array(256) }]);
 * const file = decodeUf2(encodeUf2(image, { familyId: 0x6db6_6082 }));
 * console.assert(file.familyId === 0x6db6_6082 && file.image.sizeBytes === 256);
 * ```
 */
export function decodeUf2(bytes: Uint8Array, options: DecodeUf2Options = {}): Uf2File {
  const all = decodeBlocks(bytes);
  const familyId = options.familyId ?? onlyFamily(all);
  const own = all.filter((block) => block.familyId === familyId);
  if (own.length === 0) {
    throw uf2Error("no-data", `none of its ${all.length} blocks is for ${describeFamily(familyId)}`, {
      field: "familyID",
      expected: familyId,
    });
  }
  const { blocks, fault } = readSequence(own);
  // Files for several families number their blocks family by family, or all together.
  if (fault !== undefined && readSequence(all).fault !== undefined) throw fault;
  const segments = blocks.filter(({ flags }) => (flags & FLAG_NOT_MAIN_FLASH) === 0).map(
    ({ index, address, data }) => ({
      address,
      data,
      offset: index * BLOCK_SIZE_BYTES + 12,
      field: `targetAddr of block ${index}`,
    }),
  );
  return { image: assembleImage("uf2", segments), familyId, notes: describe(all, own, blocks) };
}

function decodeBlocks(bytes: Uint8Array): readonly Uf2Block[] {
  const restBytes = bytes.length % BLOCK_SIZE_BYTES;
  if (bytes.length === 0 || restBytes !== 0) {
    const state = `it has ${bytes.length} bytes, not whole blocks of ${BLOCK_SIZE_BYTES}`;
    throw uf2Error("truncated", state, { offset: bytes.length - restBytes, got: bytes.length });
  }
  return Array.from({ length: bytes.length / BLOCK_SIZE_BYTES }, (_, index) => decodeBlock(bytes, index));
}

/** The family of all blocks for flash, or of the first when none is; `undefined` when they name none. */
function onlyFamily(blocks: readonly Uf2Block[]): number | undefined {
  const flash = blocks.filter(({ flags }) => (flags & FLAG_NOT_MAIN_FLASH) === 0);
  const first = (flash[0] ?? blocks[0])?.familyId;
  const other = flash.find(({ familyId }) => familyId !== first);
  if (other === undefined) return first;
  const state = `it is for ${describeFamily(first)} and for ${describeFamily(other.familyId)}`;
  throw uf2Error("inconsistent", state, {
    offset: other.index * BLOCK_SIZE_BYTES + 28,
    field: `familyID of block ${other.index}`,
    expected: first,
    got: other.familyId,
    advice: "Say which family to take (--family, option familyId)",
  });
}

/** Drops repetitions, and looks for what keeps the blocks, of which there is one at least, from being all of one file. */
function readSequence(blocks: readonly Uf2Block[]): {
  readonly blocks: readonly Uf2Block[];
  readonly fault: ImageFormatError | undefined;
} {
  const byNumber = new Map<number, Uf2Block>();
  let fault: ImageFormatError | undefined;
  for (const block of blocks) {
    const twin = byNumber.get(block.number);
    if (twin === undefined) byNumber.set(block.number, block);
    else if (!isRepetition(block, twin)) fault ??= blockFault(block, "blockNo", 20, block.number, twin);
    if (block.count !== blocks[0]!.count) fault ??= blockFault(block, "numBlocks", 24, block.count, blocks[0]!);
  }
  const { index, count } = blocks[0]!;
  if (byNumber.size < count) {
    let missing = 0;
    while (byNumber.has(missing)) missing++;
    const field = `numBlocks of block ${index}`;
    fault ??= uf2Error(
      "truncated",
      `${field} is ${count}, but there are ${byNumber.size}; number ${missing} is missing`,
      {
        offset: index * BLOCK_SIZE_BYTES + 24,
        field,
        expected: byNumber.size,
        got: count,
        advice: "The file is cut off, or blocks are missing: fetch or build it again",
      },
    );
  }
  return { blocks: [...byNumber.values()], fault };
}

function isRepetition(block: Uf2Block, twin: Uf2Block): boolean {
  return block.flags === twin.flags && block.address === twin.address && block.familyId === twin.familyId &&
    equalBytes(block.data, twin.data);
}

function blockFault(block: Uf2Block, name: string, at: number, got: number, other: Uf2Block): ImageFormatError {
  const field = `${name} of block ${block.index}`;
  return uf2Error("inconsistent", `${field} is ${got}, which contradicts block ${other.index}`, {
    offset: block.index * BLOCK_SIZE_BYTES + at,
    field,
    got,
  });
}

function describe(
  all: readonly Uf2Block[],
  own: readonly Uf2Block[],
  distinct: readonly Uf2Block[],
): readonly string[] {
  const notes: string[] = [];
  const familyId = own[0]?.familyId;
  if (familyId === undefined) {
    notes.push("No block names a device family, so a boot loader cannot tell whether the file is for it");
  } else if (!UF2_FAMILIES.some(({ id }) => id === familyId)) {
    notes.push(`The blocks are for ${describeFamily(familyId)}, which is not an STM32`);
  }
  const noteBlocks = (count: number, what: string) => {
    if (count > 0) notes.push(`${count} ${count === 1 ? "block" : "blocks"} ${what}`);
  };
  noteBlocks(all.length - own.length, "left out: for another family");
  noteBlocks(own.length - distinct.length, "left out: repeated");
  noteBlocks(countFlag(distinct, FLAG_NOT_MAIN_FLASH), "left out: not for the main flash");
  noteBlocks(countFlag(distinct, FLAG_MD5), "with an MD5 sum of flash, which is not checked");
  return notes;
}

function countFlag(blocks: readonly Uf2Block[], flag: number): number {
  return blocks.filter(({ flags }) => (flags & flag) !== 0).length;
}

function describeFamily(familyId: number | undefined): string {
  if (familyId === undefined) return "no family";
  const known = UF2_FAMILIES.find(({ id }) => id === familyId);
  return `family ${formatAddress(familyId)}${known === undefined ? "" : ` (${known.name})`}`;
}
