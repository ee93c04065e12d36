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
): TransferPlan {
  const ours = costOfBatch(files, options);
  const lrzsz = costOfBatch(files, { isStreaming: options.isStreaming });
  return { ours, lrzsz: { ...lrzsz, silenceMs: LRZSZ_START_MS + LRZSZ_FILE_END_MS * files.length } };
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
