/**
 * What a sender is told, and what it tells.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { TransferMode } from "./answer_reader.ts";
import type { BlockSizeOptions } from "./block_count.ts";

/**
 * What a sender does, for people who wait. `sending`: a header or a block leaves for the first time, and the receiver may
 * begin to erase. `resending`: it leaves again, because it was refused (`nak`), asked for anew (`request`), or not
 * answered.
 */
export type SendEvent =
  | { readonly kind: "sending"; readonly what: string }
  | { readonly kind: "resending"; readonly what: string; readonly reason: "nak" | "request" | "silence" };

/** Options of the senders. */
export interface SendOptions extends BlockSizeOptions {
  /**
   * How long the answer to a block may take, in milliseconds: more than the longest erase of a device that erases as it
   * goes. After {@linkcode SILENT_ATTEMPT_COUNT} times without a byte the receiver counts as gone, with the first block
   * after {@linkcode ERASE_WITHIN_MS}.
   *
   * @default {ANSWER_WITHIN_MS}
   */
  readonly answerWithinMs?: number | undefined;
  /**
   * How long the answer to the first block of a file may take, in milliseconds: a device may erase its flash once that has
   * come.
   *
   * @default {answerWithinMs}
   */
  readonly firstAnswerWithinMs?: number | undefined;
  /**
   * How long the receiver may take to begin, in milliseconds.
   *
   * @default {REQUEST_WITHIN_MS}
   */
  readonly requestWithinMs?: number | undefined;
  /**
   * Pause before each frame, in milliseconds: 20 for lrzsz on a pseudo-terminal, which purges a frame that comes sooner.
   *
   * @default {0}
   */
  readonly pauseMs?: number | undefined;
  /**
   * The most blocks that the receiver can count in one file: {@linkcode BLOCK_COUNT_BEFORE_WRAP} for ST's loaders for F1
   * and L4. A file that needs more is refused.
   *
   * @default {Infinity}
   */
  readonly blockCountMax?: number | undefined;
  /** Called with the number of bytes of the file that the receiver has taken. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
  /** Called with what happens on the way. */
  readonly onEvent?: ((event: SendEvent) => void) | undefined;
}

/**
 * How a file ended. `acknowledged`: with an ACK. `requested`: with requests for the next file, which says the same.
 * `unconfirmed`: all blocks were acknowledged, the end was not, be it that the answer got lost or that the device has
 * reset itself: look whether the file is there.
 */
export type FileEnd = "acknowledged" | "requested" | "unconfirmed";

/** What a file cost. */
export interface SendReport {
  /** How the file ended. */
  readonly end: FileEnd;
  /** What the receiver asked for. */
  readonly mode: TransferMode;
  /** Number of blocks, those sent again not counted. */
  readonly blockCount: number;
  /** Number of blocks that were sent again. */
  readonly resentCount: number;
  /**
   * Whether block numbers began again at 0. ST's loaders for F1 and L4 take that for another file, erase the flash, and
   * report success in the end. The sender of YMODEM sees most of them do it; with such a loader believe nothing that was
   * not read back.
   */
  readonly hasWrapped: boolean;
}
