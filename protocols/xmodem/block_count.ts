/**
 * How a file is cut into blocks.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { LONG_BLOCK_SIZE_BYTES, SHORT_BLOCK_SIZE_BYTES } from "./constants.ts";
import type { BlockCheck, BlockSize } from "./frames.ts";

/**
 * The most bytes that go in short blocks at the end of a file: seven short blocks take 931 bytes on the line, a long one
 * 1029, eight short ones 1064. lrzsz 0.12.21 draws the line at the same place.
 */
const SHORT_TAIL_SIZE_MAX = LONG_BLOCK_SIZE_BYTES - SHORT_BLOCK_SIZE_BYTES;

/** Options of {@linkcode nextBlockSize} and {@linkcode countBlocks}. */
export interface BlockSizeOptions {
  /**
   * Size of the blocks. With 1024 a tail of up to 896 bytes goes in short blocks, which takes fewer bytes.
   *
   * @default {1024}
   */
  readonly blockSizeBytes?: BlockSize | undefined;
  /**
   * Whether the tail goes in a long block too: fewer blocks, more bytes. ST's SBSFU counts long blocks only.
   *
   * @default {false}
   */
  readonly hasLongTail?: boolean | undefined;
}

/** The blocks of a file. */
export interface BlockCount {
  /** Blocks of 128 bytes. */
  readonly shortCount: number;
  /** Blocks of 1024 bytes. */
  readonly longCount: number;
}

/**
 * Chooses the size of the next block.
 *
 * @param leftBytes Bytes of the file that are left, 1 or more.
 * @param check How blocks are checked: a byte is too little for 1024.
 * @param options Block size and tail.
 * @returns 128 or 1024.
 */
export function nextBlockSize(leftBytes: number, check: BlockCheck, options: BlockSizeOptions = {}): BlockSize {
  const { blockSizeBytes = LONG_BLOCK_SIZE_BYTES, hasLongTail = false } = options;
  const isLong = blockSizeBytes === LONG_BLOCK_SIZE_BYTES && check === "crc" &&
    (hasLongTail || leftBytes > SHORT_TAIL_SIZE_MAX);
  return isLong ? LONG_BLOCK_SIZE_BYTES : SHORT_BLOCK_SIZE_BYTES;
}

/**
 * Counts the blocks of a file.
 *
 * @param sizeBytes Size of the file, 0 or more.
 * @param check How blocks are checked.
 * @param options Block size and tail.
 * @returns How many of each size.
 *
 * @example A tail of 904 bytes is one long block, one of 896 is seven short ones
 * ```ts
 * import { countBlocks } from "@coreslot/coreslot/xmodem";
 *
 * console.assert(countBlocks(5000, "crc").longCount === 5);
 * console.assert(countBlocks(4992, "crc").shortCount === 7);
 * ```
 */
export function countBlocks(sizeBytes: number, check: BlockCheck, options: BlockSizeOptions = {}): BlockCount {
  const { blockSizeBytes = LONG_BLOCK_SIZE_BYTES, hasLongTail = false } = options;
  if (blockSizeBytes === SHORT_BLOCK_SIZE_BYTES || check === "checksum") {
    return { shortCount: Math.ceil(sizeBytes / SHORT_BLOCK_SIZE_BYTES), longCount: 0 };
  }
  const longCount = Math.floor(sizeBytes / LONG_BLOCK_SIZE_BYTES);
  const tailSizeBytes = sizeBytes % LONG_BLOCK_SIZE_BYTES;
  return tailSizeBytes > (hasLongTail ? 0 : SHORT_TAIL_SIZE_MAX)
    ? { shortCount: 0, longCount: longCount + 1 }
    : { shortCount: Math.ceil(tailSizeBytes / SHORT_BLOCK_SIZE_BYTES), longCount };
}
