/**
 * What a transfer costs, told before a byte is sent, beside what lrzsz needs for the same.
 *
 * Closed forms, written from the figures of the reference and never by running the code: tests hold one against the other.
 * With n blocks, of which s short and l long, and c bytes of check:
 *
 * | protocol | bytes to the receiver | bytes to the sender | round trips |
 * | --- | --- | --- | --- |
 * | XMODEM | s (131 + c) + l (1027 + c) + 1 | 1 + n + 1 | n + 1 |
 * | YMODEM, each file | 133 + 133 s + 1029 l + 1 | 3 + n + 1 | 1 + n + 1 |
 * | YMODEM, the end | 133 | 2 | 1 |
 * | YMODEM-g, each file | 133 + 133 s + 1029 l + 1 | 2 + 1 | 2 |
 * | YMODEM-g, the end | 133 | 1 | 0 |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type BlockSizeOptions, countBlocks } from "./block_count.ts";
import { BLOCK_COUNT_BEFORE_WRAP, LONG_BLOCK_SIZE_BYTES, QUIET_MS, SHORT_BLOCK_SIZE_BYTES } from "./constants.ts";
import { BLOCK_HEADER_SIZE_BYTES, type BlockCheck, checkSizeBytes } from "./frames.ts";

/** Bits of a byte on a line of 8N1. */
const FRAME_BITS_DEFAULT = 10;

/** What a transfer costs on a line without faults. */
export interface TransferCost {
  /** Bytes from the sender to the receiver. */
  readonly bytesToReceiver: number;
  /** Bytes from the receiver to the sender. */
  readonly bytesToSender: number;
  /** Times that the sender waits for an answer before it can send again. */
  readonly roundTrips: number;
  /** Blocks of data; headers are not among them. */
  readonly blockCount: number;
  /** How long both ends are silent because the protocol says so, in milliseconds. */
  readonly silenceMs: number;
  /** Whether a file has more than 255 blocks, which ST's loaders for F1 and L4 do not survive. */
  readonly hasWrapped: boolean;
}

/** What a plan foretells. */
export interface TransferPlan {
  /** Our own two ends. */
  readonly ours: TransferCost;
  /**
   * The two ends of lrzsz 0.12.21 with the same blocks: `sb -k` and `rb`, `sx -k` and `rx -c`, and `sx` without `-k` for
   * XMODEM in blocks of 128 bytes, or where checksums are asked for. With `-k` that `sx` sends 1024 bytes under a sum of
   * one byte, which takes fewer bytes and is too weak.
   */
  readonly lrzsz: TransferCost;
}

/** Options of {@linkcode planXmodem}. */
export interface PlanXmodemOptions extends BlockSizeOptions {
  /**
   * What the receiver asks for.
   *
   * @default {"crc"}
   */
  readonly check?: BlockCheck | undefined;
}

/**
 * Foretells what sending a file over XMODEM costs.
 *
 * @param sizeBytes Size of the file, 0 or more.
 * @param options Block size and check.
 * @returns The cost, beside that of lrzsz.
 *
 * @example 64 KiB in blocks of 1 KiB
 * ```ts
 * import { planXmodem, transferTimeMs } from "@coreslot/coreslot/xmodem";
 *
 * const { ours } = planXmodem(65_536);
 * console.assert(ours.bytesToReceiver === 64 * 1029 + 1);
 * console.assert(Math.round(transferTimeMs(ours, { baudRate: 115_200 })) === 6722);
 * ```
 */
export function planXmodem(sizeBytes: number, options: PlanXmodemOptions = {}): TransferPlan {
  const { check = "crc" } = options;
  const cost = (blockOptions: BlockSizeOptions): TransferCost => {
    const { blockCount, bytes } = costOfData(sizeBytes, check, blockOptions);
    return {
      bytesToReceiver: bytes + 1,
      bytesToSender: 1 + blockCount + 1,
      roundTrips: blockCount + 1,
      blockCount,
      silenceMs: QUIET_MS,
      hasWrapped: blockCount > BLOCK_COUNT_BEFORE_WRAP,
    };
  };
  return { ours: cost(options), lrzsz: cost({ blockSizeBytes: options.blockSizeBytes }) };
}

/**
 * Gives the cost of the blocks of a file, without what comes before and after them.
 *
 * @param sizeBytes Size of the file.
 * @param check How blocks are checked.
 * @param options Block size.
 * @returns Number of blocks, and their bytes on the line.
 */
export function costOfData(
  sizeBytes: number,
  check: BlockCheck,
  options: BlockSizeOptions,
): { readonly blockCount: number; readonly bytes: number } {
  const { shortCount, longCount } = countBlocks(sizeBytes, check, options);
  const overheadBytes = BLOCK_HEADER_SIZE_BYTES + checkSizeBytes(check);
  const bytes = shortCount * (SHORT_BLOCK_SIZE_BYTES + overheadBytes) +
    longCount * (LONG_BLOCK_SIZE_BYTES + overheadBytes);
  return { blockCount: shortCount + longCount, bytes };
}

/** What a serial line, and the device behind it, are like. */
export interface TransferLine {
  /** Bits a second. */
  readonly baudRate: number;
  /**
   * Bits that a byte takes: start, data and stop.
   *
   * @default {10, for 8N1}
   */
  readonly frameBits?: number | undefined;
  /**
   * How long a byte travels each way, in milliseconds: the latency timer of a USB adapter is 1 to 16.
   *
   * @default {0}
   */
  readonly latencyMs?: number | undefined;
  /**
   * How long the receiver works in all before it answers, in milliseconds: its flash is erased and programmed.
   *
   * @default {0}
   */
  readonly busyMs?: number | undefined;
}

/**
 * Gives the time that a transfer takes, from the receiver's first request until the sender is done. The line is never used
 * both ways at once.
 *
 * @param cost The cost.
 * @param line The line, and the device.
 * @returns Milliseconds.
 */
export function transferTimeMs(cost: TransferCost, line: TransferLine): number {
  const { baudRate, frameBits = FRAME_BITS_DEFAULT, latencyMs = 0, busyMs = 0 } = line;
  const lineMs = (cost.bytesToReceiver + cost.bytesToSender) * frameBits * 1000 / baudRate;
  return lineMs + (1 + 2 * cost.roundTrips) * latencyMs + cost.silenceMs + busyMs;
}
