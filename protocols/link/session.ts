/**
 * Runs procedures over a real port: the one file of the protocols that knows a clock and timers.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import type { ByteLink } from "./byte_link.ts";
import { ByteSource } from "./byte_source.ts";
import { Engine } from "./engine.ts";
import { LinkClosedError } from "./error.ts";
import type { Port } from "./port.ts";
import type { Procedure } from "./procedure.ts";
import { delayUntil } from "./timer_delay.ts";
import type { TraceEntry } from "./trace.ts";

/** How long a procedure that was aborted may take to say so to the other end. */
const ABORT_WITHIN_MS = 1000;

/** How long a port may refuse to take a frame before it counts as gone: 64 KiB at 9,600 baud take 75 s. */
const WRITE_WITHIN_MS = 120_000;

/** Options of {@linkcode PortSession.run}. */
export interface RunOptions {
  /** Breaks the procedure off. The promise then rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every frame sent, read and dropped. */
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
}

/**
 * A port, and the procedures that talk over it one after another.
 *
 * It owns the port's reader from the first to the last procedure, so that no byte is lost in between.
 *
 * @example One byte each way over a pair of streams
 * ```ts
 * import { PortSession } from "@coreslot/coreslot/link";
 *
 * const loop = new TransformStream<Uint8Array, Uint8Array>();
 * await using session = new PortSession({
 *   name: "loop",
 *   readable: loop.readable,
 *   writable: loop.writable,
 *   close: () => Promise.resolve(),
 * });
 * const echo = await session.run(function* (link) {
 *   link.send(Uint8Array.of(0x7f));
 *   return yield* link.readByte("echo", 1000);
 * });
 * console.assert(echo === 0x7f);
 * ```
 */
export class PortSession implements AsyncDisposable {
  readonly #port: Port;
  readonly #source: ByteSource;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pump: Promise<void>;
  #engine: Engine<unknown> | undefined;
  /** What came while no procedure ran. */
  #unclaimed: Uint8Array[] = [];
  #closed: LinkClosedError | undefined;
  /** Lets a procedure look again that waits for bytes or a moment. */
  #wake: () => void = () => {};
  readonly #wakeAlarm = new Alarm(() => this.#wake());
  /** Lets go of a write that waits for the port. */
  #letGo: () => void = () => {};
  readonly #writeAlarm = new Alarm(() => this.#markStuck());
  #writeUntilMs = Infinity;

  /**
   * Locks the port's streams and starts to read.
   *
   * @param port The port; `close` closes it.
   */
  constructor(port: Port) {
    this.#port = port;
    this.#source = new ByteSource(port.readable);
    this.#writer = port.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#pump = this.#readAll();
  }

  /**
   * Runs a procedure to its end.
   *
   * @typeParam T What the procedure ends with.
   * @param start Makes the procedure, given its end of the wire.
   * @param options What breaks it off, and who watches.
   * @returns What the procedure ended with.
   * @throws Whatever the procedure throws, or the signal's reason.
   * @throws {TypeError} When another procedure is running.
   */
  async run<T>(start: (link: ByteLink) => Procedure<T>, options: RunOptions = {}): Promise<T> {
    if (this.#engine !== undefined) throw new TypeError("Cannot run a procedure: another one is running on this port");
    const { signal, trace } = options;
    signal?.throwIfAborted();
    const engine = new Engine(start, { nowMs: performance.now(), trace });
    this.#engine = engine;
    let lastWord: ReturnType<typeof setTimeout> | undefined;
    const abort = () => {
      this.#abort(engine, signal?.reason);
      lastWord = setTimeout(() => this.#cutOff(engine, signal?.reason), ABORT_WITHIN_MS);
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      for (const chunk of this.#unclaimed.splice(0)) engine.receive(chunk, performance.now());
      if (this.#closed !== undefined) engine.close(performance.now(), this.#closed.cause);
      await this.#drive(engine);
    } finally {
      clearTimeout(lastWord);
      this.#wakeAlarm.clear();
      this.#writeAlarm.clear();
      signal?.removeEventListener("abort", abort);
      this.#unclaimed.unshift(engine.takeUnread());
      this.#engine = undefined;
    }
    const outcome = engine.outcome!;
    signal?.throwIfAborted();
    if (outcome.kind === "failed") throw outcome.error;
    return outcome.value;
  }

  /** Stops reading and closes the port. A procedure that is running fails with `LinkClosedError`. */
  async close(): Promise<void> {
    this.#markClosed(undefined);
    await this.#source.cancel().catch(() => {});
    await this.#port.close();
    await this.#pump;
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drive(engine: Engine<unknown>): Promise<void> {
    while (engine.outcome === undefined) {
      const frames = engine.takeOutput();
      if (frames.length > 0) {
        await this.#write(frames);
      } else if (engine.wait?.kind === "flush") {
        await this.#flush(engine);
      } else {
        await this.#sleepUntil(engine.wakeAtMs);
        engine.tick(performance.now());
      }
    }
    await this.#write(engine.takeOutput());
  }

  /** Waits until the port is empty, or whoever waits for that goes on without. */
  async #flush(engine: Engine<unknown>): Promise<void> {
    const { wait } = engine;
    const drained = this.#port.drain?.();
    const heard = new Promise<void>((resolve) => {
      this.#wake = () => engine.wait !== wait && resolve();
    });
    await this.#settle(drained && Promise.race([drained, heard]));
    if (engine.wait === wait) engine.flushed(performance.now());
  }

  async #write(frames: readonly Bytes[]): Promise<void> {
    if (frames.length === 0 || this.#closed !== undefined) return;
    await this.#settle(this.#writer.write(frames.length === 1 ? frames[0]! : concatBytes(frames)));
  }

  /** Waits for the port to take what it was given; a port that fails, or takes for ever, counts as gone. */
  #settle(operation: Promise<void> | undefined): Promise<void> {
    if (operation === undefined) return Promise.resolve();
    this.#writeUntilMs = performance.now() + WRITE_WITHIN_MS;
    this.#writeAlarm.ringBy(this.#writeUntilMs);
    return new Promise<void>((resolve) => {
      this.#letGo = resolve;
      operation.then(resolve, (error) => {
        this.#markClosed(error);
        resolve();
      });
    }).then(() => {
      this.#writeUntilMs = Infinity;
    });
  }

  /** Rings for the first of many writes; the one that waits now may have begun later. */
  #markStuck(): void {
    if (performance.now() < this.#writeUntilMs) return this.#writeAlarm.ringBy(this.#writeUntilMs);
    this.#markClosed(new Error(`the port took no bytes for ${WRITE_WITHIN_MS} ms`));
    this.#letGo();
  }

  async #sleepUntil(atMs: number): Promise<void> {
    this.#wakeAlarm.ringBy(atMs);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  async #readAll(): Promise<void> {
    try {
      for (let bytes = await this.#source.read(); bytes !== undefined; bytes = await this.#source.read()) {
        // A procedure that has ended takes nothing any more, though `run` may still be on its way out.
        if (this.#engine === undefined || this.#engine.outcome !== undefined) this.#unclaimed.push(bytes.slice());
        else this.#engine.receive(bytes, performance.now());
        this.#wake();
      }
      this.#markClosed(undefined);
    } catch (error) {
      this.#markClosed(error);
    }
  }

  #markClosed(cause: unknown): void {
    if (this.#closed !== undefined) return;
    this.#closed = new LinkClosedError(cause);
    this.#engine?.close(performance.now(), cause);
    this.#wake();
  }

  #abort(engine: Engine<unknown>, reason: unknown): void {
    engine.abort(reason);
    this.#wake();
  }

  /** The last word was not said in time. What the port still holds of it, or before it, is in the way of any other. */
  #cutOff(engine: Engine<unknown>, reason: unknown): void {
    this.#abort(engine, reason);
    if (this.#writeUntilMs === Infinity) return;
    this.#markClosed(new Error(`the port took no bytes for ${ABORT_WITHIN_MS} ms`));
    this.#letGo();
  }
}

/**
 * A timer that rings at a moment or earlier. Whoever waits looks at the clock anyway; so when the moment moves away, as it
 * does with every answer that comes, the timer stays as it is: setting one takes as long as a turn over a pipe.
 */
class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #atMs = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  ringBy(atMs: number): void {
    if (atMs >= this.#atMs) return;
    this.clear();
    this.#atMs = atMs;
    this.#timer = setTimeout(() => {
      this.clear();
      this.#ring();
    }, delayUntil(atMs, performance.now()));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#atMs = Infinity;
  }
}
