/**
 * One end of a wire, as a procedure sees it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type LinkClosedError, LinkTimeoutError } from "./error.ts";
import type { Procedure, Wait } from "./procedure.ts";
import type { TraceEntry } from "./trace.ts";

/**
 * Room for some frames of any protocol here. Bytes that were handed out are never overwritten, so reading copies nothing:
 * when the inbox is full a fresh one takes its place.
 */
const INBOX_SIZE_BYTES = 8192;

/** Options of {@linkcode ByteLink.readUntil}. */
export interface ReadUntilOptions {
  /** How many bytes to take at most, the delimiter among them. */
  readonly countMax: number;
  /** What they are, as a noun phrase. */
  readonly expected: string;
  /** How long to wait for the last of them, from now, in milliseconds; `Infinity` for ever. */
  readonly withinMs: number;
}

/**
 * One end of a wire: an outbox that a driver empties, an inbox that it fills, and the time.
 *
 * Procedures are handed one by their {@linkcode Engine}; nobody else makes one.
 */
export class ByteLink {
  #inbox: Bytes = new Uint8Array(INBOX_SIZE_BYTES);
  #start = 0;
  #end = 0;
  #outbox: Bytes[] = [];
  #isFlushed = true;
  #closed: LinkClosedError | undefined;
  #nowMs: number;
  readonly #trace: ((entry: TraceEntry) => void) | undefined;

  /**
   * Makes an end with nothing sent and nothing received.
   *
   * @param nowMs The time, in milliseconds, on whatever clock the driver keeps.
   * @param trace Called with every frame sent, read and dropped.
   */
  constructor(nowMs: number, trace?: (entry: TraceEntry) => void) {
    this.#nowMs = nowMs;
    this.#trace = trace;
  }

  /** The driver's time, in milliseconds. It moves only while a procedure waits. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Whether the port is gone. What came before may still be read. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Number of bytes that came and were not read yet. */
  get unreadCount(): number {
    return this.#end - this.#start;
  }

  /**
   * Queues a frame. It leaves when the procedure next waits.
   *
   * @param frame The bytes. Kept until they have left: do not modify them.
   * @param note What the frame is, for the trace.
   */
  send(frame: Bytes, note?: string): void {
    if (this.#closed !== undefined) throw this.#closed;
    if (frame.length === 0) return;
    this.#outbox.push(frame);
    this.#isFlushed = false;
    this.#trace?.({ atMs: this.#nowMs, direction: "out", bytes: frame, note });
  }

  /**
   * Forgets what came and was not read.
   *
   * @returns The number of bytes forgotten.
   */
  discardInput(): number {
    const count = this.unreadCount;
    if (count > 0) {
      const bytes = this.#inbox.slice(this.#start, this.#end);
      this.#trace?.({ atMs: this.#nowMs, direction: "drop", bytes, note: undefined });
    }
    this.#start = this.#end;
    return count;
  }

  /**
   * Waits for a number of bytes and takes them.
   *
   * @param count How many; 0 takes nothing at once.
   * @param expected What they are, as a noun phrase.
   * @param withinMs How long to wait for the last of them, from now; `Infinity` for ever.
   * @returns Bytes that nobody else writes to.
   * @throws {LinkTimeoutError} When they do not come in time. What did come stays unread.
   * @throws {LinkClosedError} When the port is gone and they are not there.
   */
  *read(count: number, expected: string, withinMs: number): Procedure<Bytes> {
    const deadlineMs = this.#nowMs + withinMs;
    while (this.unreadCount < count) {
      yield this.#waitForInput(expected, { deadlineMs, withinMs, neededCount: count - this.unreadCount });
    }
    return this.#take(count, expected);
  }

  /**
   * Waits for one byte and takes it.
   *
   * @param expected What it is, as a noun phrase.
   * @param withinMs How long to wait, from now; `Infinity` for ever.
   * @returns 0 to 255.
   * @throws {LinkTimeoutError} When none comes in time.
   * @throws {LinkClosedError} When the port is gone and none is there.
   */
  *readByte(expected: string, withinMs: number): Procedure<number> {
    const deadlineMs = this.#nowMs + withinMs;
    while (this.#start === this.#end) yield this.#waitForInput(expected, { deadlineMs, withinMs, neededCount: 1 });
    // An array of one byte costs more than all the rest of this.
    if (this.#trace === undefined) return this.#inbox[this.#start++]!;
    return this.#take(1, expected)[0]!;
  }

  /**
   * Waits for a byte of one value, and takes everything up to it.
   *
   * @param delimiter The value, 0 to 255.
   * @param options How many bytes at most, what they are, how long to wait.
   * @returns Bytes that nobody else writes to; the delimiter is the last of them, unless `countMax` came without one.
   * @throws {LinkTimeoutError} When it does not come in time. What did come stays unread.
   * @throws {LinkClosedError} When the port is gone and it is not there.
   */
  *readUntil(delimiter: number, options: ReadUntilOptions): Procedure<Bytes> {
    const { countMax, expected, withinMs } = options;
    const deadlineMs = this.#nowMs + withinMs;
    for (let searchedCount = 0;;) {
      const at = this.#inbox.subarray(this.#start, this.#end).indexOf(delimiter, searchedCount);
      if (at >= 0 && at < countMax) return this.#take(at + 1, expected);
      if (this.unreadCount >= countMax) return this.#take(countMax, expected);
      searchedCount = this.unreadCount;
      yield this.#waitForInput(expected, { deadlineMs, withinMs, neededCount: 1 });
    }
  }

  /**
   * Waits until nothing has come for a while, and forgets whatever came.
   *
   * @param quietMs How long the silence has to be.
   * @param withinMs How long to wait for it at most.
   * @returns The number of bytes forgotten.
   * @throws {LinkTimeoutError} When the other end never falls silent.
   */
  *skipUntilQuiet(quietMs: number, withinMs: number): Procedure<number> {
    const giveUpMs = this.#nowMs + withinMs;
    let skippedCount = this.discardInput();
    let quietAtMs = this.#nowMs + quietMs;
    while (this.#nowMs < quietAtMs && this.#closed === undefined) {
      yield { kind: "input", deadlineMs: quietAtMs, expected: "silence" };
      const count = this.discardInput();
      if (count === 0) continue;
      skippedCount += count;
      quietAtMs = this.#nowMs + quietMs;
      if (this.#nowMs >= giveUpMs) throw new LinkTimeoutError(`silence of ${quietMs} ms`, withinMs);
    }
    return skippedCount;
  }

  /**
   * Waits until everything sent has left the wire. An answer's clock starts here, not at `send`: at 1,200 baud a frame of
   * 258 bytes takes 2.4 s to leave.
   *
   * @throws {LinkClosedError} When the port is gone.
   */
  *flush(): Procedure<void> {
    while (!this.#isFlushed) {
      if (this.#closed !== undefined) throw this.#closed;
      yield { kind: "flush" };
    }
  }

  /**
   * Waits until everything sent has left the wire, or a byte is there to be read: an answer proves that its frame has left.
   * Many adapters say so some milliseconds later than they bring the answer.
   *
   * @throws {LinkClosedError} When the port is gone.
   */
  *flushOrHear(): Procedure<void> {
    while (!this.#isFlushed && this.unreadCount === 0) {
      if (this.#closed !== undefined) throw this.#closed;
      yield { kind: "flush", endsOnInput: true };
    }
  }

  /**
   * Waits for a time.
   *
   * @param durationMs How long, in milliseconds.
   */
  *sleep(durationMs: number): Procedure<void> {
    const deadlineMs = this.#nowMs + durationMs;
    while (this.#nowMs < deadlineMs) yield { kind: "sleep", deadlineMs };
  }

  /**
   * For the engine: moves the clock. It never goes back.
   *
   * @param nowMs The driver's time.
   */
  advanceTo(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  /**
   * For the engine: appends bytes that came.
   *
   * @param bytes The bytes; copied.
   */
  deliver(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#inbox.length) this.#makeRoom(bytes.length);
    this.#inbox.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * For the engine: takes what is to be sent.
   *
   * @returns The frames, in order; empty when there is nothing.
   */
  takeOutput(): Bytes[] {
    const frames = this.#outbox;
    if (frames.length > 0) this.#outbox = [];
    return frames;
  }

  /**
   * For the engine: takes what came and was not read.
   *
   * @returns Fresh bytes.
   */
  takeUnread(): Bytes {
    const bytes = this.#inbox.slice(this.#start, this.#end);
    this.#start = this.#end;
    return bytes;
  }

  /** For the engine: everything taken has left the wire. */
  markFlushed(): void {
    this.#isFlushed = this.#outbox.length === 0;
  }

  /**
   * For the engine: the port is gone. What came before stays readable.
   *
   * @param error What every later wait throws.
   */
  markClosed(error: LinkClosedError): void {
    this.#closed ??= error;
  }

  #waitForInput(
    expected: string,
    limits: { readonly deadlineMs: number; readonly withinMs: number; readonly neededCount: number },
  ): Wait {
    if (this.#closed !== undefined) throw this.#closed;
    const { deadlineMs, withinMs, neededCount } = limits;
    if (this.#nowMs >= deadlineMs) throw new LinkTimeoutError(expected, withinMs);
    return { kind: "input", deadlineMs, expected, neededCount };
  }

  #take(count: number, expected: string): Bytes {
    const bytes = this.#inbox.subarray(this.#start, this.#start + count);
    this.#start += count;
    if (count > 0) this.#trace?.({ atMs: this.#nowMs, direction: "in", bytes, note: expected });
    return bytes;
  }

  #makeRoom(count: number): void {
    const unread = this.#inbox.subarray(this.#start, this.#end);
    this.#inbox = new Uint8Array(Math.max(INBOX_SIZE_BYTES, 2 * (unread.length + count)));
    this.#inbox.set(unread, 0);
    this.#end = unread.length;
    this.#start = 0;
  }
}
