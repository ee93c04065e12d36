/**
 * Runs a procedure without touching a port or a clock: bytes and the time come in as arguments, bytes and "wake me at"
 * come out.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { ByteLink } from "./byte_link.ts";
import { LinkClosedError } from "./error.ts";
import type { Procedure, Wait } from "./procedure.ts";
import type { TraceEntry } from "./trace.ts";

/** How a procedure ended. */
export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown };

/** Options of an {@linkcode Engine}. */
export interface EngineOptions {
  /**
   * The time at which it begins, in milliseconds.
   *
   * @default {0}
   */
  readonly nowMs?: number;
  /** Called with every frame sent, read and dropped. */
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
}

/**
 * A procedure in progress.
 *
 * The driver's duties: after every call hand over what {@linkcode Engine.takeOutput} gives; call `flushed` when it has
 * left the wire and the engine waits for that; call `receive` when bytes come; call `tick` at the wait's deadline.
 *
 * @typeParam T What the procedure ends with.
 *
 * @example A conversation of one byte each way, by hand
 * ```ts
 * import assert from "node:assert/strict";
 * import { Engine } from "@coreslot/coreslot/link";
 *
 * const engine = new Engine(function* (link) {
 *   link.send(Uint8Array.of(0x7f));
 *   return yield* link.readByte("ACK", 1000);
 * });
 * assert.deepEqual(engine.takeOutput(), [Uint8Array.of(0x7f)]);
 * engine.receive(Uint8Array.of(0x79), 3);
 * assert.deepEqual(engine.outcome, { kind: "done", value: 0x79 });
 * ```
 */
export class Engine<T> {
  readonly #link: ByteLink;
  readonly #procedure: Procedure<T>;
  #wait: Wait | undefined;
  #outcome: Outcome<T> | undefined;
  #isAborting = false;

  /**
   * Starts the procedure and runs it up to its first wait.
   *
   * @param start Makes the procedure, given its end of the wire.
   * @param options When it begins, and who watches.
   */
  constructor(start: (link: ByteLink) => Procedure<T>, options: EngineOptions = {}) {
    this.#link = new ByteLink(options.nowMs ?? 0, options.trace);
    this.#procedure = start(this.#link);
    this.#resume();
  }

  /** What the procedure waits for; `undefined` once it has ended. Changes with every call but `takeOutput`. */
  get wait(): Wait | undefined {
    return this.#wait;
  }

  /** How the procedure ended; `undefined` while it goes on. */
  get outcome(): Outcome<T> | undefined {
    return this.#outcome;
  }

  /** When to call `tick`, in milliseconds; `Infinity` when only bytes or a flush can wake the procedure. */
  get wakeAtMs(): number {
    return this.#wait === undefined || this.#wait.kind === "flush" ? Infinity : this.#wait.deadlineMs;
  }

  /**
   * Takes the frames to send, in order.
   *
   * @returns The frames; empty when there is nothing. Do not modify them.
   */
  takeOutput(): Bytes[] {
    return this.#link.takeOutput();
  }

  /**
   * Takes the bytes that came and that the procedure did not read: the next one on the same port may want them.
   *
   * @returns Fresh bytes.
   */
  takeUnread(): Bytes {
    return this.#link.takeUnread();
  }

  /**
   * Hands over bytes that came. After the end they are ignored.
   *
   * @param bytes The bytes; copied.
   * @param nowMs The time, in milliseconds.
   */
  receive(bytes: Uint8Array, nowMs: number): void {
    if (this.#outcome !== undefined) return;
    this.#link.advanceTo(nowMs);
    this.#link.deliver(bytes);
    const wait = this.#wait;
    if (wait?.kind === "input" || wait?.kind === "flush" && wait.endsOnInput === true) this.#resume();
  }

  /**
   * Tells the time. Wakes the procedure when its deadline has come.
   *
   * @param nowMs The time, in milliseconds.
   */
  tick(nowMs: number): void {
    this.#link.advanceTo(nowMs);
    if (nowMs >= this.wakeAtMs) this.#resume();
  }

  /**
   * Tells that everything taken with `takeOutput` has left the wire.
   *
   * @param nowMs The time, in milliseconds.
   */
  flushed(nowMs: number): void {
    this.#link.advanceTo(nowMs);
    this.#link.markFlushed();
    if (this.#wait?.kind === "flush") this.#resume();
  }

  /**
   * Tells that the port is gone. The procedure may still read what came before.
   *
   * @param nowMs The time, in milliseconds.
   * @param cause What the port said.
   */
  close(nowMs: number, cause?: unknown): void {
    this.#link.advanceTo(nowMs);
    this.#link.markClosed(new LinkClosedError(cause));
    this.#resume();
  }

  /**
   * Breaks off: throws into the procedure, which may still send a last frame and flush it. A second call ends it at once.
   *
   * @param reason What the procedure, and the outcome, fail with.
   */
  abort(reason: unknown): void {
    if (this.#outcome !== undefined) return;
    if (this.#isAborting) {
      this.#finish({ kind: "failed", error: reason });
      return;
    }
    this.#isAborting = true;
    this.#step(() => this.#procedure.throw(reason));
  }

  #resume(): void {
    if (this.#outcome === undefined) this.#step(() => this.#procedure.next());
  }

  #step(advance: () => IteratorResult<Wait, T>): void {
    try {
      const { done, value } = advance();
      if (done === true) this.#finish({ kind: "done", value });
      else this.#wait = value;
    } catch (error) {
      this.#finish({ kind: "failed", error });
    }
  }

  #finish(outcome: Outcome<T>): void {
    this.#outcome = outcome;
    this.#wait = undefined;
  }
}
