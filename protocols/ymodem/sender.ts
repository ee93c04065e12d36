/**
 * The sending end of YMODEM and YMODEM-g: a batch of files with their names and sizes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, CanceledByPeerError, type Procedure, ProtocolError } from "../link/mod.ts";
import { BlockSender } from "../xmodem/block_sender.ts";
import { cancelOnFailure } from "../xmodem/cancel.ts";
import { ANSWER_WITHIN_MS, LONG_BLOCK_SIZE_BYTES, SHORT_BLOCK_SIZE_BYTES } from "../xmodem/constants.ts";
import type { SendOptions, SendReport } from "../xmodem/send_options.ts";
import { encodeFileHeader, type FileHeader } from "./file_header.ts";

/**
 * How long the receiver may take to ask for the next file when there is none. Many a device never asks: it has what it
 * wants. ST's loaders ask after one second.
 */
const CLOSING_REQUEST_WITHIN_MS = 5000;
/** lrzsz 0.12.21 answers the closing header at once, and exits. */
const CLOSING_ANSWER_WITHIN_MS = 1000;
const CLOSING_ATTEMPT_COUNT = 3;

/** A file to send. */
export interface OutgoingFile extends Omit<FileHeader, "sizeBytes"> {
  /** Its content. */
  readonly data: Uint8Array;
}

/** Options of {@linkcode sendYmodem}. */
export interface SendYmodemOptions extends SendOptions {
  /**
   * How long the answer to a file's header may take, in milliseconds: a device that erases its flash first is silent for
   * as long.
   *
   * @default {ANSWER_WITHIN_MS}
   */
  readonly headerAnswerWithinMs?: number | undefined;
  /** Called before each file, with its place in the batch. */
  readonly onFile?: ((file: OutgoingFile, index: number) => void) | undefined;
}

/** What a batch cost. */
export interface SendYmodemReport {
  /** What each file cost, in order. */
  readonly files: readonly SendReport[];
  /**
   * Whether the receiver said that it knows of the batch's end. It does no harm when it did not: every file has an end of
   * its own.
   */
  readonly end: "acknowledged" | "unconfirmed";
}

/**
 * Sends files over YMODEM, or over YMODEM-g when the receiver asks for that.
 *
 * @param link An idle line.
 * @param files The files, in order. None is fine: the batch ends at once.
 * @param options Block size, times, progress.
 * @returns What it cost.
 * @throws {LinkTimeoutError} When the receiver falls silent.
 * @throws {UnexpectedBytesError} When it keeps refusing a block.
 * @throws {CanceledByPeerError} When it breaks off: it does not take a file, or its flash failed.
 * @throws {TransferError} When a file needs more blocks than `blockCountMax`.
 * @throws {RangeError} When a name cannot be sent.
 */
export function* sendYmodem(
  link: ByteLink,
  files: readonly OutgoingFile[],
  options: SendYmodemOptions = {},
): Procedure<SendYmodemReport> {
  const sender = new BlockSender(link, { ...options, isBatch: true });
  const headers = files.map(({ data, ...header }) => {
    sender.assertCountable(data.length, "crc");
    return encodeFileHeader({ ...header, sizeBytes: data.length });
  });
  return yield* cancelOnFailure(link, sendBatch(sender, { files, headers, options }));
}

/** What is to be sent, and how. */
interface Batch {
  readonly files: readonly OutgoingFile[];
  readonly headers: readonly Uint8Array[];
  readonly options: SendYmodemOptions;
}

function* sendBatch(sender: BlockSender, { files, headers, options }: Batch): Procedure<SendYmodemReport> {
  const reports: SendReport[] = [];
  for (const [index, file] of files.entries()) {
    options.onFile?.(file, index);
    const { check } = yield* sender.awaitRequest();
    sender.assertCountable(file.data.length, check);
    yield* sendHeader(sender, headers[index]!, { answerWithinMs: options.headerAnswerWithinMs ?? ANSWER_WITHIN_MS });
    reports.push(yield* sender.sendFile(file.data));
  }
  return { files: reports, end: yield* endBatch(sender, files.length) };
}

/** In streaming mode the answer is the request that follows. */
function* sendHeader(
  sender: BlockSender,
  data: Uint8Array,
  options: { readonly answerWithinMs: number; readonly attemptCount?: number },
): Procedure<void> {
  const sizeBytes = data.length > SHORT_BLOCK_SIZE_BYTES ? LONG_BLOCK_SIZE_BYTES : SHORT_BLOCK_SIZE_BYTES;
  yield* sender.sendBlock({ data, number: 0, sizeBytes, what: "header", ...options });
}

/**
 * Sends the header without a name. All files are there by now: a receiver that does not ask for it, does not answer, or is
 * gone, does no harm.
 */
function* endBatch(sender: BlockSender, fileCount: number): Procedure<SendYmodemReport["end"]> {
  try {
    const { isStreaming } = yield* sender.awaitRequest(fileCount === 0 ? undefined : CLOSING_REQUEST_WITHIN_MS);
    yield* sendHeader(sender, encodeFileHeader(undefined), {
      answerWithinMs: CLOSING_ANSWER_WITHIN_MS,
      attemptCount: CLOSING_ATTEMPT_COUNT,
    });
    return isStreaming ? "unconfirmed" : "acknowledged";
  } catch (error) {
    const isHarmless = error instanceof ProtocolError && !(error instanceof CanceledByPeerError) && fileCount > 0;
    if (!isHarmless) throw error;
    return "unconfirmed";
  }
}
