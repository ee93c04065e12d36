/**
 * Reads blocks off the line, and asks again for those that come damaged: what XMODEM and YMODEM receivers have in common.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import {
  type ByteLink,
  CanceledByPeerError,
  LinkTimeoutError,
  type Procedure,
  UnexpectedBytesError,
} from "../link/mod.ts";
import { CancelWatch, endsWithCancel } from "./cancel.ts";
import {
  ACK,
  ATTEMPT_COUNT,
  BLOCK_WITHIN_MS,
  BYTE_WITHIN_MS,
  CAN,
  CRC_REQUEST_COUNT,
  EOT,
  NAK,
  QUIET_MS,
  SOH,
  START_WITHIN_MS,
  STX,
  WANT_CRC,
  WANT_STREAM,
} from "./constants.ts";
import { Deadline } from "./deadline.ts";
import { TransferError } from "./error.ts";
import {
  type Block,
  BLOCK_HEADER_SIZE_BYTES,
  type BlockCheck,
  checkSizeBytes,
  decodeRest,
  restSizeBytes,
} from "./frames.ts";
import { isText, NOTHING_PASSED, readSteadily, readUntilQuiet } from "./silence.ts";

/** No sender sends a block again much sooner than after a second, as lrzsz 0.12.21 with `-t 10`; by itself it waits ten. */
const REPEAT_AFTER_MS = 900;

const NO_BYTES: Bytes = new Uint8Array(0);

/** Options of a {@linkcode BlockReader}. */
export interface BlockReaderOptions {
  /** What to ask for. `auto`: CRC-16, and after four requests without an answer checksums. */
  readonly request: "auto" | "crc" | "checksum" | "stream";
  /** How many requests may go unanswered before the receiver gives up; ten when left out. */
  readonly requestCount?: number | undefined;
}

/** What came: a block, or EOT. */
export type Received = Block | "end";

/** The receiving end of a line, from the first request to the last answer. */
export class BlockReader {
  readonly #link: ByteLink;
  readonly #request: BlockReaderOptions["request"];
  readonly #requestCount: number;
  readonly #watch = new CancelWatch();
  #check: BlockCheck = "crc";
  /** The bytes of the block that came damaged last. */
  #damaged: Bytes = NO_BYTES;
  /** Whether a block was refused, and has not come again. */
  #isBlockMissing = false;
  #faultCount = 0;
  #repeatedCount = 0;

  /**
   * Begins with nothing asked for.
   *
   * @param link The line.
   * @param options What to ask for, and how often.
   */
  constructor(link: ByteLink, options: BlockReaderOptions) {
    this.#link = link;
    this.#request = options.request;
    this.#requestCount = options.requestCount ?? ATTEMPT_COUNT;
  }

  /** How often something had to be asked for again, or came twice. */
  get faultCount(): number {
    return this.#faultCount;
  }

  /** Whether blocks come without being answered. */
  get isStreaming(): boolean {
    return this.#request === "stream";
  }

  /** Whether something as long as a block was refused, and no block has come since: an EOT is not its answer then. */
  get isBlockMissing(): boolean {
    return this.#isBlockMissing;
  }

  /** Whether the last block that was waited for did not come at all, as opposed to coming damaged. */
  get isSilent(): boolean {
    return this.#damaged.length === 0;
  }

  /**
   * Asks the sender to begin, until it does.
   *
   * @param countMax How many requests may go unanswered this time; that of the options when left out.
   * @returns The first block, or `end` when the file is empty.
   * @throws {LinkTimeoutError} When the sender does not begin.
   * @throws {UnexpectedBytesError} When what it begins with stays damaged.
   */
  *request(countMax: number = this.#requestCount): Procedure<Received> {
    let silentCount = 0;
    for (let requestCount = 1;; requestCount++) {
      const byte = this.#chooseRequest(silentCount);
      this.#link.send(Uint8Array.of(byte), "request to begin");
      yield* this.#link.flush();
      try {
        return yield* this.#readBlock(byte === NAK ? BLOCK_WITHIN_MS : START_WITHIN_MS);
      } catch (error) {
        if (!isDamage(error) || requestCount >= countMax) throw error;
        // A sender that streams takes another request for the answer to what came damaged.
        if (this.isStreaming && !this.isSilent) throw error;
        // A sender that answers at all has understood what it was asked for.
        silentCount = this.isSilent ? silentCount + 1 : 0;
        yield* this.#recover(error);
      }
    }
  }

  /**
   * Answers the last block and reads the next one.
   *
   * @param byte ACK, or NAK to refuse an EOT. In streaming mode nothing is sent: silence means ACK.
   * @returns The next block, or `end`.
   * @throws {LinkTimeoutError} When the sender falls silent.
   * @throws {UnexpectedBytesError} When blocks stay damaged.
   */
  *answer(byte: typeof ACK | typeof NAK): Procedure<Received> {
    let reply = byte;
    for (let attempt = 1;; attempt++) {
      if (!this.isStreaming) {
        this.#link.send(Uint8Array.of(reply), reply === ACK ? "ACK" : "NAK");
        yield* this.#link.flush();
      }
      try {
        return yield* this.#readBlock(BLOCK_WITHIN_MS);
      } catch (error) {
        if (!isDamage(error) || this.isStreaming || attempt >= ATTEMPT_COUNT) throw error;
        yield* this.#recover(error);
        reply = NAK;
      }
    }
  }

  /**
   * Listens without a word: to a sender that may be about to go on by itself.
   *
   * @returns What came; `silence` when nothing did.
   */
  *listen(): Procedure<Received | "silence"> {
    try {
      return yield* this.#readBlock(QUIET_MS);
    } catch (error) {
      if (!isDamage(error) || this.isStreaming && !this.isSilent) throw error;
      if (!this.isSilent) yield* this.#recover(error);
      return "silence";
    }
  }

  /**
   * Tells a new block from one that is sent again because its ACK was lost.
   *
   * @param block The block.
   * @param expectedNumber Number of the next block, not yet taken modulo 256.
   * @returns Whether it is the next one; `false` for the one before it.
   * @throws {TransferError} When it is neither, so that data is missing for good, or comes again and again.
   */
  isExpected(block: Block, expectedNumber: number): boolean {
    if (block.number === (expectedNumber & 0xff)) {
      this.#repeatedCount = 0;
      return true;
    }
    if (block.number !== (expectedNumber - 1 & 0xff)) {
      const message = `Cannot go on: block ${block.number} came in place of block ${expectedNumber & 0xff}`;
      throw new TransferError(
        "lost-block",
        message,
        "Run the same command again; look for a worse line than it should be",
      );
    }
    this.assertProgress(`block ${block.number}`);
    return false;
  }

  /**
   * Counts something that came again.
   *
   * @param what What it is.
   * @throws {TransferError} With code `repeated-block`, when it has come too often in a row.
   */
  assertProgress(what: string): void {
    this.#faultCount++;
    if (++this.#repeatedCount < ATTEMPT_COUNT) return;
    throw new TransferError("repeated-block", `Cannot go on: ${what} came ${ATTEMPT_COUNT} times more than once`);
  }

  /**
   * Tells whether an EOT means it. What comes within a second behind it is noise, or the EOT was; either way the line has
   * to fall silent, and the sender to be asked again.
   *
   * @returns `true` when nothing came.
   */
  *isFollowedBySilence(): Procedure<boolean> {
    try {
      const byte = yield* this.#link.readByte("silence", QUIET_MS);
      this.#damaged = Uint8Array.of(byte);
      if (this.isStreaming) throw new UnexpectedBytesError("nothing behind the end of the file", this.#damaged);
    } catch (error) {
      if (error instanceof LinkTimeoutError) return true;
      throw error;
    }
    yield* this.#recover(new UnexpectedBytesError("silence", this.#damaged));
    return false;
  }

  /**
   * Forgets what came while nobody had asked for anything: the sender was impatient, and what it sends again is answered
   * already.
   *
   * @throws {CanceledByPeerError} When the sender broke off meanwhile.
   */
  *dropLeftovers(): Procedure<void> {
    if (this.isStreaming || this.#link.unreadCount === 0) return;
    const bytes = yield* this.#link.read(this.#link.unreadCount, "what came meanwhile", 0);
    if (endsWithCancel(bytes)) throw new CanceledByPeerError("CAN CAN");
  }

  /**
   * Forgets a block that came again while the last one was at work. Answered twice, the sender would take the second answer
   * for that to its next block, and so on, up to its EOT: it would report success before anybody has looked at the file.
   *
   * @param sinceMs When the work began.
   * @throws {CanceledByPeerError} When the sender broke off meanwhile.
   */
  *dropRepeats(sinceMs: number): Procedure<void> {
    if (this.isStreaming || this.#link.nowMs - sinceMs < REPEAT_AFTER_MS) return;
    // A driver hands over what its receiver holds only to a procedure that waits for bytes.
    yield { kind: "input", deadlineMs: this.#link.nowMs, expected: "what came meanwhile" };
    yield* this.dropLeftovers();
  }

  #chooseRequest(silentCount: number): number {
    if (this.#request === "stream") return WANT_STREAM;
    const isChecksum = this.#request === "checksum" || this.#request === "auto" && silentCount >= CRC_REQUEST_COUNT;
    this.#check = isChecksum ? "checksum" : "crc";
    return isChecksum ? NAK : WANT_CRC;
  }

  *#readBlock(withinMs: number): Procedure<Received> {
    const deadline = new Deadline(this.#link, withinMs);
    this.#damaged = NO_BYTES;
    while (true) {
      const lead = yield* deadline.readByte("block");
      this.#watch.assertNoCancel(lead);
      if (lead === EOT) return "end";
      if (lead === SOH || lead === STX) return yield* this.#readRest(lead);
      if (lead === CAN) continue;
      this.#damaged = Uint8Array.of(lead);
      throw new UnexpectedBytesError("block", this.#damaged);
    }
  }

  *#readRest(lead: typeof SOH | typeof STX): Procedure<Block> {
    const sizeBytes = restSizeBytes(lead, this.#check);
    const rest = yield* readSteadily(this.#link, sizeBytes);
    const block = rest.length < sizeBytes ? "incomplete" : decodeRest(rest, this.#check);
    if (typeof block === "object") {
      this.#isBlockMissing = false;
      return block;
    }
    this.#damaged = concatBytes([Uint8Array.of(lead), rest]);
    if (block === "incomplete") throw new LinkTimeoutError("rest of the block", BYTE_WITHIN_MS);
    const [expected, got] = block === "bad-number"
      ? ["block number and its complement", rest.subarray(0, BLOCK_HEADER_SIZE_BYTES - 1)]
      : [`right ${this.#check}`, rest.subarray(sizeBytes - checkSizeBytes(this.#check))];
    throw new UnexpectedBytesError(expected, got);
  }

  /**
   * Lets the rest of what was damaged pass, until the line is silent; after a time-out it is already. The sender's farewell
   * may be among it.
   */
  *#recover(error: unknown): Procedure<void> {
    this.#faultCount++;
    const passed = error instanceof LinkTimeoutError ? NOTHING_PASSED : yield* readUntilQuiet(this.#link);
    const refused = concatBytes([this.#damaged, passed.last]);
    if (endsWithCancel(refused)) throw new CanceledByPeerError("CAN CAN");
    // An EOT and noise around it are shorter. Text is what a program says before it sends, on a terminal.
    const isBlock = refused.length > BLOCK_HEADER_SIZE_BYTES && !(passed.isText && isText(this.#damaged));
    if (isBlock) this.#isBlockMissing = true;
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof LinkTimeoutError || error instanceof UnexpectedBytesError;
}
