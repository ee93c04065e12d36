/**
 * The sending end of XMODEM: checksum, CRC and 1K.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ByteLink, Procedure } from "../link/mod.ts";
import { BlockSender } from "./block_sender.ts";
import { cancelOnFailure } from "./cancel.ts";
import type { SendOptions, SendReport } from "./send_options.ts";

/**
 * Sends one file over XMODEM, as the receiver asks: with checksums or CRC-16.
 *
 * @param link An idle line.
 * @param data The file. XMODEM carries no size: the receiver gets it padded with 0x1A to a whole block.
 * @param options Block size, times, progress. With blocks of 1024 bytes this is XMODEM-1K; a receiver that asks for
 *   checksums gets short ones.
 * @returns What it cost.
 * @throws {LinkTimeoutError} When the receiver falls silent.
 * @throws {UnexpectedBytesError} When it keeps refusing a block.
 * @throws {CanceledByPeerError} When it breaks off.
 * @throws {TransferError} When the file needs more blocks than `blockCountMax`.
 */
export function* sendXmodem(link: ByteLink, data: Uint8Array, options: SendOptions = {}): Procedure<SendReport> {
  return yield* cancelOnFailure(link, new BlockSender(link, { ...options, isBatch: false }).sendFile(data));
}
