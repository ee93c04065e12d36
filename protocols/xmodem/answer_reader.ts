/**
 * What a receiver says, as a sender hears it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { CancelWatch } from "./cancel.ts";
import { ACK, NAK, SETTLE_MS, STALE_REQUEST_MS, WANT_CRC, WANT_STREAM } from "./constants.ts";
import { Deadline } from "./deadline.ts";
import type { BlockCheck } from "./frames.ts";

/** What a receiver asks for when it asks for blocks. */
export interface TransferMode {
  /** How blocks are checked. */
  readonly check: BlockCheck;
  /** Whether blocks follow one another without an answer (`G`). */
  readonly isStreaming: boolean;
}

/** What came of a block or an end of file: `request` is a `C` or `G` in place of NAK. */
export type Answer = "ack" | "nak" | "request" | "silence";

/** Options of {@linkcode AnswerReader.request}. */
export interface RequestOptions {
  /** Whether the protocol knows streaming (YMODEM-g). */
  readonly canStream: boolean;
  /** What the receiver has asked for in this batch before: it does not change its mind, a byte may. */
  readonly known: TransferMode | undefined;
}

/** Reads a receiver's bytes, and watches all of them for CAN CAN. */
export class AnswerReader {
  readonly #link: ByteLink;
  readonly #watch = new CancelWatch();
  #heardCount = 0;

  /**
   * Begins with nothing heard.
   *
   * @param link The line.
   */
  constructor(link: ByteLink) {
    this.#link = link;
  }

  /** How many bytes have come so far, answers or not. */
  get heardCount(): number {
    return this.#heardCount;
  }

  /**
   * Waits until the receiver asks for blocks. Of several requests that lie there the last one counts.
   *
   * @param withinMs How long it may take.
   * @param options What it can ask for, and what it has asked for before.
   * @returns What it asks for.
   * @throws {LinkTimeoutError} When it does not ask.
   * @throws {CanceledByPeerError} When it breaks off.
   */
  *request(withinMs: number, options: RequestOptions): Procedure<TransferMode> {
    const deadline = new Deadline(this.#link, withinMs);
    let mode: TransferMode | undefined;
    while (mode === undefined || this.#link.unreadCount > 0) {
      const byte = yield* this.#readByte(deadline, "request of the receiver (NAK, C or G)");
      mode = modeOf(byte, options) ?? mode;
    }
    return mode;
  }

  /**
   * Waits for the answer to a block or an end of file. Bytes that are no answer are noise.
   *
   * @param expected What is awaited, for time-outs and traces.
   * @param withinMs How long it may take.
   * @returns The answer.
   * @throws {CanceledByPeerError} When the receiver breaks off.
   */
  *answer(expected: string, withinMs: number): Procedure<Answer> {
    const staleUntilMs = this.#link.nowMs + STALE_REQUEST_MS;
    return yield* this.#readAnswer(new Deadline(this.#link, withinMs), { expected, staleUntilMs });
  }

  /**
   * Tells whether a request follows an ACK, where none should. Costs a moment of silence.
   *
   * @returns `true` when one does.
   * @throws {CanceledByPeerError} When the receiver breaks off.
   */
  *isAskedAnew(): Procedure<boolean> {
    const answer = yield* this.#readAnswer(new Deadline(this.#link, SETTLE_MS), {
      expected: "silence",
      staleUntilMs: 0,
    });
    return answer === "request";
  }

  /**
   * Takes what is left over from before, so that none of it is taken for the next answer.
   *
   * @throws {CanceledByPeerError} When the receiver broke off among it.
   */
  *dropLeftovers(): Procedure<void> {
    if (this.#link.unreadCount === 0) return;
    const bytes = yield* this.#link.read(this.#link.unreadCount, "left-over bytes", 0);
    for (const byte of bytes) this.#watch.assertNoCancel(byte);
  }

  /**
   * Takes whatever comes until the line is silent.
   *
   * @throws {CanceledByPeerError} When the receiver breaks off.
   */
  *settle(): Procedure<void> {
    const giveUpMs = this.#link.nowMs + 10 * SETTLE_MS;
    try {
      while (this.#link.nowMs < giveUpMs) yield* this.#readByte(new Deadline(this.#link, SETTLE_MS), "silence");
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
    }
  }

  *#readAnswer(
    deadline: Deadline,
    { expected, staleUntilMs }: { readonly expected: string; readonly staleUntilMs: number },
  ): Procedure<Answer> {
    try {
      while (true) {
        const byte = yield* this.#readByte(deadline, expected);
        if (byte === ACK) return "ack";
        if (byte === NAK) return "nak";
        const isRequest = byte === WANT_CRC || byte === WANT_STREAM;
        if (isRequest && this.#link.nowMs >= staleUntilMs) return "request";
      }
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
      return "silence";
    }
  }

  *#readByte(deadline: Deadline, expected: string): Procedure<number> {
    const byte = yield* deadline.readByte(expected);
    this.#heardCount++;
    this.#watch.assertNoCancel(byte);
    return byte;
  }
}

/**
 * Tells what a byte asks for. Within a batch checks stay as they are unless NAK becomes `C`, and nothing streams unless
 * every request was a `G`: one wrong bit makes `G` of `C`.
 */
function modeOf(byte: number, { canStream, known }: RequestOptions): TransferMode | undefined {
  switch (byte) {
    case NAK:
      return { check: known?.check ?? "checksum", isStreaming: false };
    case WANT_CRC:
      return { check: "crc", isStreaming: false };
    case WANT_STREAM:
      return canStream ? { check: "crc", isStreaming: known?.isStreaming ?? true } : undefined;
    default:
      return undefined;
  }
}
