/**
 * The receiving end of XMODEM: checksum, CRC and 1K, in any mixture of block sizes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ByteLink, Procedure } from "../link/mod.ts";
import { BlockReader } from "./block_reader.ts";
import type { BlockSink } from "./block_sink.ts";
import { cancelOnFailure } from "./cancel.ts";
import { receiveFile } from "./receive_file.ts";

/** Options of {@linkcode receiveXmodem}. */
export interface ReceiveXmodemOptions {
  /**
   * What to ask for. `auto`: CRC-16, and after four requests without an answer checksums.
   *
   * @default {"auto"}
   */
  readonly request?: "auto" | "crc" | "checksum" | undefined;
  /**
   * How many requests may go unanswered before the receiver gives up.
   *
   * @default {ATTEMPT_COUNT}
   */
  readonly requestCount?: number | undefined;
  /**
   * How many requests may go unanswered before the sender begins; `Infinity` for a device that waits for one.
   *
   * @default {requestCount}
   */
  readonly firstRequestCount?: number | undefined;
}

/** What a file cost to receive. */
export interface ReceiveXmodemReport {
  /** Number of blocks taken. */
  readonly blockCount: number;
  /** How often something had to be asked for again, or came twice. */
  readonly faultCount: number;
}

/**
 * Receives one file over XMODEM.
 *
 * @param link An idle line.
 * @param sink Takes the blocks; the last one is padded with 0x1A, and nobody can tell padding from data.
 * @param options What to ask for, and how often.
 * @returns What it cost.
 * @throws {LinkTimeoutError} When the sender falls silent.
 * @throws {UnexpectedBytesError} When blocks stay damaged.
 * @throws {TransferError} When a block is missing for good, or the sink takes no more.
 * @throws {CanceledByPeerError} When the sender breaks off.
 */
export function* receiveXmodem(
  link: ByteLink,
  sink: BlockSink,
  options: ReceiveXmodemOptions = {},
): Procedure<ReceiveXmodemReport> {
  return yield* cancelOnFailure(link, receiveOne(link, sink, options));
}

function* receiveOne(link: ByteLink, sink: BlockSink, options: ReceiveXmodemOptions): Procedure<ReceiveXmodemReport> {
  const opening = sink.open?.(link);
  if (opening !== undefined) yield* opening;
  const reader = new BlockReader(link, { ...options, request: options.request ?? "auto" });
  const first = yield* reader.request(options.firstRequestCount);
  const blockCount = yield* receiveFile(link, reader, { first, sink });
  return { blockCount, faultCount: reader.faultCount };
}
