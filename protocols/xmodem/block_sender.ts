/**
 * Sends blocks until they are acknowledged: what XMODEM and YMODEM senders have in common.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, LinkClosedError, LinkTimeoutError, type Procedure, UnexpectedBytesError } from "../link/mod.ts";
import { type Answer, AnswerReader, type TransferMode } from "./answer_reader.ts";
import { countBlocks, nextBlockSize } from "./block_count.ts";
import {
  ANSWER_WITHIN_MS,
  ATTEMPT_COUNT,
  BLOCK_COUNT_BEFORE_WRAP,
  EOT,
  EOT_ANSWER_WITHIN_MS,
  ERASE_WITHIN_MS,
  NAK,
  REQUEST_WITHIN_MS,
  SETTLE_MS,
  SILENT_ATTEMPT_COUNT,
  WANT_CRC,
} from "./constants.ts";
import { TransferError } from "./error.ts";
import { type BlockCheck, type BlockSize, encodeBlock } from "./frames.ts";
import type { FileEnd, SendOptions, SendReport } from "./send_options.ts";

/**
 * What a byte takes at 1,000,000 baud. A block that has left sooner has gone through a pipe or a network, not over a serial
 * line; on a busy machine that may take some milliseconds too.
 */
const EARLY_BYTE_MS = 0.01;
/** How often a port may tell late that a block has left before nothing is concluded from it any more. */
const LATE_FLUSH_COUNT = 3;

/** A block as it goes over the line. */
interface EncodedBlock {
  readonly check: BlockCheck;
  readonly frame: Bytes;
}

/** A block to send. */
export interface OutgoingBlock {
  /** Its data, as many bytes as it takes or fewer. */
  readonly data: Uint8Array;
  /** Its number, not yet taken modulo 256. */
  readonly number: number;
  /** Size of its data. It stays the same when the block is sent again. */
  readonly sizeBytes: BlockSize;
  /** What it is, as a noun phrase. */
  readonly what: string;
  /** How long the answer may take, in milliseconds; that of the options when left out. */
  readonly answerWithinMs?: number | undefined;
  /** How often to send it in all; ten times when left out. */
  readonly attemptCount?: number | undefined;
  /** Its frame, when it was encoded ahead; of use as long as the receiver does not change its mind about checks. */
  readonly encoded?: EncodedBlock | undefined;
}

/** The sending end of a line, from the first request to the last answer. */
export class BlockSender {
  readonly #link: ByteLink;
  readonly #options: SendOptions;
  readonly #answers: AnswerReader;
  readonly #isBatch: boolean;
  #mode: TransferMode | undefined;
  #hasAck = false;
  /** How often the port told late that a block had left. */
  #lateFlushCount = 0;
  /** Something was sent twice, so two answers may come. */
  #isUnsettled = false;
  #resentCount = 0;

  /**
   * Begins with nothing asked for and nothing sent.
   *
   * @param link The line.
   * @param options Block size, times, progress; and whether there may be several files and streaming (YMODEM).
   */
  constructor(link: ByteLink, options: SendOptions & { readonly isBatch: boolean }) {
    this.#link = link;
    this.#options = options;
    this.#isBatch = options.isBatch;
    this.#answers = new AnswerReader(link);
  }

  /**
   * Waits until the receiver asks for blocks.
   *
   * @param withinMs How long it may take; that of the options when left out.
   * @returns What it asked for.
   * @throws {LinkTimeoutError} When it does not ask.
   */
  *awaitRequest(withinMs: number = this.#options.requestWithinMs ?? REQUEST_WITHIN_MS): Procedure<TransferMode> {
    this.#mode = yield* this.#answers.request(withinMs, { canStream: this.#isBatch, known: this.#mode });
    return this.#mode;
  }

  /**
   * Sends a file, from the receiver's request to the answer to its end.
   *
   * @param data The file.
   * @returns What it cost.
   */
  *sendFile(data: Uint8Array): Procedure<SendReport> {
    const { check } = yield* this.awaitRequest();
    this.assertCountable(data.length, check);
    const resentBefore = this.#resentCount;
    let blockCount = 0;
    let next = this.#cutBlock(data, { offset: 0, number: 1, check });
    while (next !== undefined) {
      const { block, end } = next;
      // While the receiver is busy with this one.
      yield* this.sendBlock(block, () => next = this.#cutBlock(data, { offset: end, number: block.number + 1, check }));
      blockCount++;
      if (blockCount === BLOCK_COUNT_BEFORE_WRAP + 1) yield* this.#expectNoRestart();
      this.#options.onProgress?.(end);
    }
    const resentCount = this.#resentCount - resentBefore;
    const mode = this.#mode!;
    const end = yield* this.#endFile();
    return { end, mode, blockCount, resentCount, hasWrapped: blockCount > BLOCK_COUNT_BEFORE_WRAP };
  }

  /** Cuts a block off a file and encodes it: `undefined` at the end of the file. */
  #cutBlock(
    data: Uint8Array,
    { offset, number, check }: { readonly offset: number; readonly number: number; readonly check: BlockCheck },
  ): { readonly block: OutgoingBlock; readonly end: number } | undefined {
    if (offset >= data.length) return undefined;
    const sizeBytes = nextBlockSize(data.length - offset, check, this.#options);
    const end = Math.min(offset + sizeBytes, data.length);
    const answerWithinMs = offset === 0 ? this.#options.firstAnswerWithinMs : undefined;
    const block = { data: data.subarray(offset, end), number, sizeBytes, what: `block ${number}`, answerWithinMs };
    return { block: { ...block, encoded: this.#encode(block) }, end };
  }

  #encode(block: Omit<OutgoingBlock, "encoded">): EncodedBlock {
    const { check } = this.#mode!;
    return { check, frame: encodeBlock(block.data, { number: block.number, sizeBytes: block.sizeBytes, check }) };
  }

  /**
   * Checks that the receiver can count the blocks of a file.
   *
   * @param sizeBytes Size of the file.
   * @param check How its blocks are checked.
   * @throws {TransferError} With code `too-many-blocks`.
   */
  assertCountable(sizeBytes: number, check: BlockCheck): void {
    const { blockCountMax = Infinity } = this.#options;
    const { shortCount, longCount } = countBlocks(sizeBytes, check, this.#options);
    if (shortCount + longCount <= blockCountMax) return;
    throw new TransferError(
      "too-many-blocks",
      `Cannot send the file: it takes ${shortCount + longCount} blocks, the receiver counts up to ${blockCountMax}`,
      "Send a smaller file, or longer blocks, or use another way into the device",
    );
  }

  /**
   * Sends a block until it is acknowledged; in streaming mode, once.
   *
   * @param block The block.
   * @param meanwhile Called once it has left, while the receiver is busy with it.
   * @throws {LinkTimeoutError} When no answer came to the last attempt.
   * @throws {UnexpectedBytesError} When the last attempt was refused.
   */
  *sendBlock(block: OutgoingBlock, meanwhile?: () => void): Procedure<void> {
    const { what, answerWithinMs = this.#options.answerWithinMs ?? ANSWER_WITHIN_MS } = block;
    const attemptCount = block.attemptCount ?? ATTEMPT_COUNT;
    let { encoded } = block;
    let previous: Answer | undefined;
    const silentCountMax = block.number > 1 ? SILENT_ATTEMPT_COUNT : Math.max(2, ERASE_WITHIN_MS / answerWithinMs);
    let silentCount = 0;
    for (let attempt = 0; attempt < attemptCount && silentCount < silentCountMax; attempt++) {
      this.#report(what, previous);
      const sentAtMs = this.#link.nowMs;
      const { heardCount } = this.#answers;
      if (encoded?.check !== this.#mode!.check) encoded = this.#encode(block);
      yield* this.#transmit(encoded.frame, what);
      if (attempt === 0) meanwhile?.();
      if (this.#mode!.isStreaming) return;
      let answer: Answer = "silence";
      const hasLine = this.#link.nowMs - sentAtMs >= EARLY_BYTE_MS * encoded.frame.length;
      if (hasLine && block.number > 1) answer = yield* this.#skipEarlyAnswer();
      if (answer === "silence") answer = yield* this.#answers.answer(`ACK of ${what}`, answerWithinMs);
      if (answer === "ack" || answer === "nak" && previous === "request" && this.#isNumbered(block)) {
        this.#hasAck = true;
        this.#isUnsettled = attempt > 0;
        return;
      }
      silentCount = this.#answers.heardCount === heardCount ? silentCount + 1 : 0;
      this.#resentCount++;
      // Chapter 8.2.3: until the first ACK, a C says which check the receiver wants.
      if (answer === "request" && !this.#hasAck) this.#mode = { check: "crc", isStreaming: false };
      previous = answer;
    }
    throw refusal(previous, `ACK of ${what}`, answerWithinMs);
  }

  #report(what: string, previous: Answer | undefined): void {
    if (previous === "ack") return;
    this.#options.onEvent?.(
      previous === undefined ? { kind: "sending", what } : { kind: "resending", what, reason: previous },
    );
  }

  /** Looks once whether the receiver has taken block 256, whose number is 0 again, for the header of another file. */
  *#expectNoRestart(): Procedure<void> {
    if (!this.#isBatch || this.#mode!.isStreaming || !(yield* this.#answers.isAskedAnew())) return;
    throw new TransferError(
      "restarted",
      `Cannot go on: the device took block ${BLOCK_COUNT_BEFORE_WRAP + 1} for the header of another file`,
      "Its flash was erased meanwhile, and what it may call success later is none; send it 255 blocks at most: " +
        "261,120 bytes in long ones",
    );
  }

  /**
   * An answer that is there before its block has left is that of a block before, come twice; the right one follows. Unless
   * the port tells late that a block has left: then none follows, and after a few times it is not asked any more.
   *
   * Where a block leaves in no time, everything would be early: not to be called there.
   *
   * @returns The answer; `silence` when none was early.
   */
  *#skipEarlyAnswer(): Procedure<Answer> {
    if (this.#link.unreadCount === 0 || this.#lateFlushCount >= LATE_FLUSH_COUNT) return "silence";
    const first = yield* this.#answers.answer("early answer", 0);
    const second = yield* this.#answers.answer("answer behind an early one", SETTLE_MS);
    if (second !== "silence") return second;
    this.#lateFlushCount++;
    return first;
  }

  /**
   * ST's loaders ask for a damaged block with `C`, and answer NAK to a number that they do not expect: so NAK behind a `C`
   * says that the block is there, and that only its ACK got lost. Not so for the first block of all: there NAK may ask for
   * checksums.
   */
  #isNumbered(block: OutgoingBlock): boolean {
    return this.#hasAck || block.number === 0;
  }

  /**
   * Ends a file. A receiver may take the first EOT, or refuse it once to be sure that it was no noise: both are right. A
   * `C` may ask for the next file, or stand for NAK: EOT is the right answer to either.
   */
  *#endFile(): Procedure<FileEnd> {
    const withinMs = Math.min(this.#options.answerWithinMs ?? EOT_ANSWER_WITHIN_MS, EOT_ANSWER_WITHIN_MS);
    let answer: Answer = "silence";
    let isSent = false;
    for (let attempt = 0; attempt < ATTEMPT_COUNT; attempt++) {
      const previous = answer;
      try {
        yield* this.#transmit(Uint8Array.of(EOT), "end of file");
        isSent = true;
        answer = yield* this.#answers.answer("ACK of end of file", withinMs);
      } catch (error) {
        // A device that resets itself once it has everything takes its USB port along.
        if (error instanceof LinkClosedError && isSent) return "unconfirmed";
        throw error;
      }
      if (answer === "ack") {
        this.#isUnsettled = attempt > 0 && previous !== "nak";
        return "acknowledged";
      }
    }
    if (answer === "silence") return "unconfirmed";
    if (answer === "request" && this.#isBatch) return "requested";
    throw refusal(answer, "ACK of end of file", withinMs);
  }

  *#transmit(frame: Bytes, what: string): Procedure<void> {
    yield* this.#link.sleep(this.#options.pauseMs ?? 0);
    if (this.#isUnsettled) yield* this.#answers.settle();
    this.#isUnsettled = false;
    yield* this.#answers.dropLeftovers();
    this.#link.send(frame, what);
    yield* this.#link.flushOrHear();
  }
}

function refusal(answer: Answer | undefined, expected: string, withinMs: number): Error {
  if (answer === undefined || answer === "silence") return new LinkTimeoutError(expected, withinMs);
  return new UnexpectedBytesError(expected, Uint8Array.of(answer === "nak" ? NAK : WANT_CRC));
}
