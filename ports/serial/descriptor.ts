/**
 * A file descriptor of a terminal as a pair of streams: no thread that spins, no byte late, an end at once.
 *
 * The descriptor never blocks. A read that finds nothing waits beside the program, for bytes or for the end of the device;
 * closing wakes whatever waits there.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { PortError } from "../port_error.ts";
import { closedError, vanishedError } from "./gone.ts";
import { type Libc, loadLibc } from "./libc.ts";
import { joinPoller, type Poller, POLLIN, POLLOUT } from "./poller.ts";

const SYMBOLS = {
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  tcdrain: { parameters: ["i32"], result: "i32", nonblocking: true },
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  tcflush: { parameters: ["i32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

/** `termios.h`: the queue of bytes that have not left. 2 on macOS. */
const TCOFLUSH = Deno.build.os === "darwin" ? 2 : 1;

/** More than `struct termios` has anywhere: 60 bytes on Linux, 72 on macOS. */
const TERMIOS_SIZE_BYTES_MAX = 128;

/** The streams hand out chunks up to this size; a terminal of Linux holds 4 KiB. */
const CHUNK_SIZE_BYTES = 65_536;

/** How long closing waits for bytes that were written to leave: 115,200 baud send 4 KiB in 0.4 s. */
const CLOSE_WITHIN_MS = 1000;

/** What a {@linkcode Descriptor} needs to know. */
export interface DescriptorOptions {
  /** The descriptor: open, raw and not blocking. */
  readonly fd: number;
  /** What people call the port. */
  readonly name: string;
  /** Timers. */
  readonly clock: Clock;
  /** Closes the descriptor, once nothing waits on it any more. */
  readonly close: () => Promise<void>;
}

/** A terminal's descriptor, and everything that waits for it. */
export class Descriptor {
  /** Bytes from the device; fails with `port-vanished` when that goes away, ends when the port is closed. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Bytes to the device. A write settles when the system has taken all of it. */
  readonly writable: WritableStream<Uint8Array>;
  readonly #options: DescriptorOptions;
  readonly #libc: Libc<typeof SYMBOLS>;
  readonly #poller: Poller;
  /** The drain that runs, and the one after it. */
  #drain: Promise<void> | undefined;
  #nextDrain: Promise<void> | undefined;
  #isVanished = false;
  #closing: Promise<void> | undefined;

  /**
   * Takes the descriptor over.
   *
   * @param options The descriptor.
   */
  constructor(options: DescriptorOptions) {
    this.#options = options;
    this.#libc = loadLibc(SYMBOLS);
    this.#poller = joinPoller();
    this.readable = new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: CHUNK_SIZE_BYTES,
      pull: (controller) => this.#pull(controller),
    });
    this.writable = new WritableStream({ write: (chunk) => this.#write(chunk) });
  }

  /**
   * Waits until the last byte written has left. However many ask while a drain runs, one more follows: for whoever stopped
   * waiting, because an answer came first, its drain goes on.
   */
  async drain(): Promise<void> {
    this.#throwIfGone();
    if (this.#drain === undefined) return await this.#startDrain();
    this.#nextDrain ??= this.#drain.then(() => {
      this.#nextDrain = undefined;
      return this.#startDrain();
    });
    await this.#nextDrain;
  }

  #startDrain(): Promise<void> {
    this.#drain = this.#drainOnce().finally(() => this.#drain = undefined);
    return this.#drain;
  }

  async #drainOnce(): Promise<void> {
    const { fd } = this.#options;
    const isDrained = await this.#libc.call.tcdrain(fd) === 0;
    // The number of the error of a call that ran beside the program is not to be had.
    if (!isDrained && this.#libc.call.tcgetattr(fd, new Uint8Array(TERMIOS_SIZE_BYTES_MAX)) !== 0) throw this.#vanish();
  }

  /** Lets what was written leave, for a second at most, ends everything that waits, and closes the descriptor. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { fd, clock, close } = this.#options;
    const ended = new AbortController();
    const drains = [this.#drain, this.#nextDrain, this.#isVanished ? undefined : this.#libc.call.tcdrain(fd)];
    const ending = Promise.allSettled([this.#poller.leave(fd), ...drains]).finally(() => ended.abort());
    // A device that takes no bytes would keep a drain, and with it the program, for ever.
    await clock.sleep(CLOSE_WITHIN_MS, ended.signal).then(() => this.#libc.call.tcflush(fd, TCOFLUSH), () => {});
    await ending;
    await close();
    this.#libc[Symbol.dispose]();
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    const request = controller.byobRequest!;
    const view = request.view as Uint8Array<ArrayBuffer>;
    while (this.#closing === undefined) {
      const count = Number(this.#libc.call.read(this.#options.fd, view, BigInt(view.length)));
      if (count > 0) return request.respond(count);
      // Nothing at all where there would have been an error: the device hung up.
      if (count === 0 || this.#libc.errno() !== this.#libc.again) throw this.#vanish();
      await this.#poller.wait(this.#options.fd, POLLIN);
    }
    endStream(controller);
  }

  async #write(chunk: Uint8Array): Promise<void> {
    let rest = chunk as Uint8Array<ArrayBuffer>;
    while (rest.length > 0) {
      this.#throwIfGone();
      const count = Number(this.#libc.call.write(this.#options.fd, rest, BigInt(rest.length)));
      if (count >= 0) rest = rest.subarray(count);
      else if (this.#libc.errno() !== this.#libc.again) throw this.#vanish();
      else await this.#poller.wait(this.#options.fd, POLLOUT);
    }
  }

  #vanish(): PortError {
    this.#isVanished = true;
    return vanishedError(this.#options.name);
  }

  #throwIfGone(): void {
    if (this.#isVanished) throw vanishedError(this.#options.name);
    if (this.#closing !== undefined) throw closedError(this.#options.name);
  }
}

/** Ends a stream that waits for bytes; one that its reader has canceled has ended already. */
function endStream(controller: ReadableByteStreamController): void {
  try {
    controller.close();
  } catch {
    return;
  }
  controller.byobRequest?.respond(0);
}
