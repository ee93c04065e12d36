/**
 * What a batch costs, told before a byte is sent, beside what lrzsz needs for the same. The closed forms are in
 * `protocols/xmodem/plan.ts`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BlockSizeOptions } from "../xmodem/block_count.ts";
import { BLOCK_COUNT_BEFORE_WRAP, SETTLE_MS } from "../xmodem/constants.ts";
import { BLOCK_HEADER_SIZE_BYTES, checkSizeBytes } from "../xmodem/frames.ts";
import { costOfData, type TransferCost, type TransferPlan } from "../xmodem/plan.ts";
import { encodeFileHeader, type FileHeader } from "./file_header.ts";

/** lrzsz 0.12.21, from captures: `rb` waits a second before it asks, and each file ends with two seconds of silence. */
const LRZSZ_START_MS = 1000;
const LRZSZ_FILE_END_MS = 2000;

/** What a plan of a batch foretells. */
export interface YmodemPlan extends TransferPlan {
  /** What to look out for, a sentence each. */
  readonly notes: readonly string[];
}

/** Options of {@linkcode planYmodem}. */
export interface PlanYmodemOptions extends BlockSizeOptions {
  /**
   * Whether the receiver asks for a stream (YMODEM-g).
   *
   * @default {false}
   */
  readonly isStreaming?: boolean | undefined;
}

/**
 * Foretells what sending files over YMODEM costs.
 *
 * @param files Name and size of each file, and what else goes in its header.
 * @param options Block size, streaming.
 * @returns The cost, beside that of lrzsz.
 * @throws {RangeError} When a name cannot be sent.
 *
 * @example 129 bytes
 * ```ts
 * import { planYmodem } from "@coreslot/coreslot/ymodem";
 *
 * const { ours, lrzsz } = planYmodem([{ name: "f129.bin", sizeBytes: 129 }]);
 * console.assert(ours.bytesToReceiver === 533 && ours.bytesToSender === 8);
 * console.assert(lrzsz.bytesToReceiver === 533 && lrzsz.silenceMs === 3000);
 * ```
 */
export function planYmodem(
  files: readonly (FileHeader & { readonly sizeBytes: number })[],
  options: PlanYmodemOptions = {},
): YmodemPlan {
  const ours = costOfBatch(files, options);
  const lrzsz = costOfBatch(files, { isStreaming: options.isStreaming });
  const notes = files.flatMap((file) => noteOnWrap(file, options) ?? []);
  return { ours, lrzsz: { ...lrzsz, silenceMs: LRZSZ_START_MS + LRZSZ_FILE_END_MS * files.length }, notes };
}

/** Warns where ST's loaders for F1 and L4 would take a block for the header of another file. */
function noteOnWrap(
  file: { readonly name: string; readonly sizeBytes: number },
  options: BlockSizeOptions,
): string | undefined {
  const { blockCount } = costOfData(file.sizeBytes, "crc", options);
  if (blockCount <= BLOCK_COUNT_BEFORE_WRAP) return undefined;
  const { blockCount: longCount } = costOfData(file.sizeBytes, "crc", {});
  const advice = longCount <= BLOCK_COUNT_BEFORE_WRAP
    ? `send it in blocks of 1024 bytes, which makes ${longCount}`
    : "no block size helps: use another way into such a device, or read its flash back";
  return `${file.name} takes ${blockCount} blocks: ST's YMODEM loaders for F1 and L4 take block 256 for another file, ` +
    `erase the flash, and report success; ${advice}`;
}

function costOfBatch(
  files: readonly (FileHeader & { readonly sizeBytes: number })[],
  options: PlanYmodemOptions,
): TransferCost {
  const { isStreaming = false } = options;
  const total = {
    bytesToReceiver: headerBytes(undefined),
    bytesToSender: isStreaming ? 1 : 2,
    roundTrips: isStreaming ? 0 : 1,
    blockCount: 0,
    silenceMs: 0,
    hasWrapped: false,
  };
  for (const file of files) {
    const { blockCount, bytes } = costOfData(file.sizeBytes, "crc", options);
    total.bytesToReceiver += headerBytes(file) + bytes + 1;
    total.bytesToSender += isStreaming ? 3 : 3 + blockCount + 1;
    total.roundTrips += isStreaming ? 2 : 1 + blockCount + 1;
    total.blockCount += blockCount;
    if (blockCount <= BLOCK_COUNT_BEFORE_WRAP) continue;
    total.hasWrapped = true;
    // The sender looks whether the receiver begins anew.
    total.silenceMs += isStreaming ? 0 : SETTLE_MS;
  }
  return total;
}

function headerBytes(header: FileHeader | undefined): number {
  return BLOCK_HEADER_SIZE_BYTES + encodeFileHeader(header).length + checkSizeBytes("crc");
}
