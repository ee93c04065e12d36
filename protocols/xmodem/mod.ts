/**
 * XMODEM, both ends: checksum, CRC-16 and 1K blocks.
 *
 * XMODEM carries no size and no name: the receiver gets the file padded to a whole block. Where both ends can, use YMODEM.
 *
 * Runs in Deno, Node and browsers.
 *
 * @example Both ends over a wire without length, by hand
 * ```ts
 * import { Engine } from "@coreslot/coreslot/link";
 * import { collectFile, receiveXmodem, sendXmodem } from "@coreslot/coreslot/xmodem";
 *
 * const file = collectFile(1000);
 * const sender = new Engine((link) => sendXmodem(link, Uint8Array.of(1, 2, 3)));
 * const receiver = new Engine((link) => receiveXmodem(link, file));
 * for (let nowMs = 0; receiver.outcome === undefined; nowMs += 100) {
 *   for (const frame of receiver.takeOutput()) sender.receive(frame, nowMs);
 *   receiver.flushed(nowMs);
 *   for (const frame of sender.takeOutput()) receiver.receive(frame, nowMs);
 *   sender.flushed(nowMs);
 *   receiver.tick(nowMs);
 * }
 * console.assert(file.bytes.length === 128 && file.bytes[2] === 3 && file.bytes[3] === 0x1a);
 * ```
 *
 * @module
 */

export type { TransferMode } from "./answer_reader.ts";
export * from "./block_count.ts";
export { type BlockSink, collectFile, FileCollector } from "./block_sink.ts";
export * from "./constants.ts";
export * from "./crc16.ts";
export { type DecodedFrame, decodeTrace, type DecodeTraceOptions, formatDecodedFrame } from "./decode.ts";
export * from "./error.ts";
export {
  type Block,
  BLOCK_HEADER_SIZE_BYTES,
  type BlockCheck,
  type BlockSize,
  checkSizeBytes,
  decodeBlock,
  encodeBlock,
  type EncodeBlockOptions,
} from "./frames.ts";
export {
  planXmodem,
  type PlanXmodemOptions,
  type TransferCost,
  type TransferLine,
  type TransferPlan,
  transferTimeMs,
} from "./plan.ts";
export * from "./receiver.ts";
export * from "./send_options.ts";
export * from "./sender.ts";
