/**
 * How a transfer can fail though every byte came through.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { ProtocolError } from "../link/mod.ts";

/**
 * What is wrong.
 *
 * - `lost-block`: a block is missing for good; another one came in its place.
 * - `repeated-block`: the sender does not get on: it sends one block, or end of file, again and again.
 * - `early-end`: the sender ended the file before all of it had come.
 * - `late-end`: the sender goes on after the whole file has come.
 * - `restarted`: the receiver took a block for the header of another file, as ST's loaders for F1 and L4 do with block 256;
 *   or the sender began again with another file.
 * - `no-header`: data came where YMODEM has a file's name and size.
 * - `bad-header`: a file's header cannot be read.
 * - `too-large`: the file is larger than the receiver takes.
 * - `too-many-files`: the batch has more files than the receiver takes.
 * - `too-many-blocks`: the file needs more blocks than the receiver is said to count. Nothing was sent.
 */
export type TransferErrorCode =
  | "lost-block"
  | "repeated-block"
  | "early-end"
  | "late-end"
  | "restarted"
  | "no-header"
  | "bad-header"
  | "too-large"
  | "too-many-files"
  | "too-many-blocks";

/** A transfer that cannot go on. The other end has been told, except with `too-many-blocks`. */
export class TransferError extends ProtocolError {
  /** What is wrong. */
  declare readonly code: TransferErrorCode;

  /**
   * Says what is wrong.
   *
   * @param code What is wrong.
   * @param message One sentence without a period.
   * @param advice What to do about it.
   */
  constructor(code: TransferErrorCode, message: string, advice?: string) {
    super({ code, message, advice });
  }
}
