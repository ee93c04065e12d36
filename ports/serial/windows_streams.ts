/**
 * A serial port of Windows as a pair of streams: no thread that spins, an end at once.
 *
 * Reads and writes go on beside the program, and are handed over in one place for all ports.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { closedError, vanishedError } from "./gone.ts";
import { type Completion, type Completions, makeOperation } from "./windows_completions.ts";
import type { WindowsTerminal } from "./windows_terminal.ts";

const READ_SIZE_BYTES = 65_536;
/** A write that its driver does not finish is canceled as a whole; this is 0.2 s at 921,600 baud. */
const WRITE_SIZE_BYTES = 16_384;

/** How long closing waits for bytes that were written to leave, and then for the driver to give up the rest. */
const CLOSE_WITHIN_MS = 1000;

/** Between two looks whether all has left, or, where a driver does not wait for bytes, whether any have come. */
const LOOK_EVERY_MS = 1;

/** What {@linkcode WindowsStreams} needs to know. */
export interface WindowsStreamsOptions {
  /** The port. */
  readonly terminal: Pick<WindowsTerminal, "countQueues" | "startRead" | "startWrite" | "cancel" | "close">;
  /** Where its reads and writes are handed over; it is joined already. */
  readonly completions: Pick<Completions, "run" | "leave">;
  /** What people call it. */
  readonly name: string;
  /** Timers. */
  readonly clock: Clock;
}

/** The streams of a port, and everything that waits for it. */
export class WindowsStreams {
  /** Bytes from the device; fails with `port-vanished` when that goes away, ends when the port is closed. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Bytes to the device. A write settles when the driver has done it. */
  readonly writable: WritableStream<Uint8Array>;
  readonly #options: WindowsStreamsOptions;
  readonly #input = makeOperation(READ_SIZE_BYTES);
  readonly #output = makeOperation(WRITE_SIZE_BYTES);
  #reading: Promise<Completion> | undefined;
  /** The last of the writes; it rejects for nobody. */
  #writing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /**
   * Takes the port over.
   *
   * @param options The port.
   */
  constructor(options: WindowsStreamsOptions) {
    this.#options = options;
    this.readable = new ReadableStream({ pull: (controller) => this.#pull(controller) }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      write: (chunk) => {
        const written = this.#write(chunk);
        this.#writing = written.catch(() => {});
        return written;
      },
    });
  }

  /**
   * Waits until the last byte written has left the driver.
   *
   * `FlushFileBuffers` would wait for writes, and these are awaited already; it would take a thread while it does so.
   */
  async drain(): Promise<void> {
    this.#throwIfClosed();
    await this.#drain();
  }

  async #drain(): Promise<void> {
    const { terminal, clock } = this.#options;
    await this.#writing;
    while (true) {
      const counts = terminal.countQueues();
      if (counts === undefined) throw vanishedError(this.#options.name);
      if (counts.output === 0) return;
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** Lets what was written leave, for a second at most, ends everything that waits, and closes the port. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { terminal, completions } = this.#options;
    await this.#within(this.#drain());
    terminal.cancel();
    // What a driver does not give up even then ends with its handle.
    await this.#within(Promise.all([this.#reading, this.#writing]));
    terminal.close();
    await completions.leave();
  }

  /** Waits for something, however it ends, but not for long. */
  async #within(something: Promise<unknown>): Promise<void> {
    const ended = new AbortController();
    something.catch(() => {}).finally(() => ended.abort());
    await this.#options.clock.sleep(CLOSE_WITHIN_MS, ended.signal).catch(() => {});
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { terminal, name, clock } = this.#options;
    while (this.#closing === undefined) {
      const first = await this.#read(0, 1);
      if (first.sizeBytes === 1) {
        const rest = await this.#read(1, this.#countInput());
        return controller.enqueue(this.#input.bytes.slice(0, 1 + rest.sizeBytes));
      }
      if (this.#closing !== undefined) break;
      // Some drivers let a read find nothing for ever once the device is gone.
      if (!first.isDone || terminal.countQueues() === undefined) throw vanishedError(name);
      await clock.sleep(LOOK_EVERY_MS);
    }
    controller.close();
  }

  /** How many more bytes one read may take. */
  #countInput(): number {
    const counts = this.#closing === undefined ? this.#options.terminal.countQueues() : undefined;
    return Math.min(counts?.input ?? 0, READ_SIZE_BYTES - 1);
  }

  #read(offset: number, sizeBytes: number): Promise<Completion> {
    if (sizeBytes === 0) return Promise.resolve({ isDone: true, sizeBytes });
    const { address, overlapped } = this.#input;
    const { terminal, completions } = this.#options;
    this.#reading = completions.run(
      this.#input,
      () => terminal.startRead(address + BigInt(offset), sizeBytes, overlapped),
    );
    return this.#reading;
  }

  async #write(chunk: Uint8Array): Promise<void> {
    const { terminal, completions, name } = this.#options;
    const { bytes, address, overlapped } = this.#output;
    for (let offset = 0; offset < chunk.length;) {
      this.#throwIfClosed();
      const part = chunk.subarray(offset, offset + bytes.length);
      // Whoever wrote the chunk may give its memory away.
      bytes.set(part);
      const { isDone, sizeBytes } = await completions.run(
        this.#output,
        () => terminal.startWrite(address, part.length, overlapped),
      );
      if (!isDone || sizeBytes === 0) {
        throw this.#closing === undefined ? vanishedError(name) : closedError(name);
      }
      offset += sizeBytes;
    }
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw closedError(this.#options.name);
  }
}
