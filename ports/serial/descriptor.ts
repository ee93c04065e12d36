/**
 * A file descriptor of a terminal as a pair of streams: no thread that spins, no byte late, an end at once.
 *
 * The descriptor never blocks. A read that finds nothing waits in `poll` beside the program, for bytes or for the end of
 * the device; closing wakes whatever waits there.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { PortError } from "../port_error.ts";
import { closedError, vanishedError } from "./gone.ts";
import { type Libc, loadLibc } from "./libc.ts";

const SYMBOLS = {
  close: { parameters: ["i32"], result: "i32" },
  pipe: { parameters: ["buffer"], result: "i32" },
  // `nfds_t` has 32 bits on macOS and 64 on Linux; in a register they are the same.
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  tcdrain: { parameters: ["i32"], result: "i32", nonblocking: true },
  tcflush: { parameters: ["i32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

/** `poll.h`: what to wait for. */
const POLLIN = 0x001;
const POLLOUT = 0x004;

/** `termios.h`: the queue of bytes that have not left. 2 on macOS. */
const TCOFLUSH = Deno.build.os === "darwin" ? 2 : 1;

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
  /** A pipe: as soon as a byte is in it, nothing waits any more. */
  readonly #wakeRead: number;
  readonly #wakeWrite: number;
  readonly #pollForInput: Int32Array<ArrayBuffer>;
  readonly #pollForOutput: Int32Array<ArrayBuffer>;
  /** Calls that run beside the program; the descriptor stays open until they are back. */
  readonly #pending = new Set<Promise<unknown>>();
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
    const ends = new Int32Array(2);
    if (this.#libc.call.pipe(ends) !== 0) throw new Error(`pipe: error ${this.#libc.errno()}`);
    [this.#wakeRead, this.#wakeWrite] = [ends[0]!, ends[1]!];
    this.#pollForInput = encodePollfds(options.fd, POLLIN, this.#wakeRead);
    this.#pollForOutput = encodePollfds(options.fd, POLLOUT, this.#wakeRead);
    this.readable = new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: CHUNK_SIZE_BYTES,
      pull: (controller) => this.#pull(controller),
    });
    this.writable = new WritableStream({ write: (chunk) => this.#write(chunk) });
  }

  /** Waits until the last byte written has left. */
  async drain(): Promise<void> {
    this.#throwIfGone();
    await this.#beside(this.#libc.call.tcdrain(this.#options.fd));
  }

  /** Lets what was written leave, for a second at most, ends everything that waits, and closes the descriptor. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { fd, clock, close } = this.#options;
    this.#libc.call.write(this.#wakeWrite, new Uint8Array(1), 1n);
    const ended = new AbortController();
    const ending = Promise.allSettled([...this.#pending, ...this.#isVanished ? [] : [this.#libc.call.tcdrain(fd)]])
      .finally(() => ended.abort());
    // A device that takes no bytes would keep a drain, and with it the program, for ever.
    await clock.sleep(CLOSE_WITHIN_MS, ended.signal).then(() => this.#libc.call.tcflush(fd, TCOFLUSH), () => {});
    await ending;
    await close();
    this.#libc.call.close(this.#wakeRead);
    this.#libc.call.close(this.#wakeWrite);
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
      await this.#waitFor(this.#pollForInput);
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
      else await this.#waitFor(this.#pollForOutput);
    }
  }

  /** Waits for what the record says, or for the end. */
  async #waitFor(polled: Int32Array<ArrayBuffer>): Promise<void> {
    await this.#beside(this.#libc.call.poll(polled, 2n, -1));
  }

  async #beside(call: Promise<unknown>): Promise<void> {
    this.#pending.add(call);
    try {
      await call;
    } finally {
      this.#pending.delete(call);
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

/**
 * Makes two `struct pollfd`: a descriptor, then the events in the low half of the second word; the kernel writes the high
 * half. Whoever calls keeps them: a call that runs beside the program does not, and Deno 2.9.6 was seen to collect memory
 * that such a call still waited on.
 */
function encodePollfds(fd: number, events: number, wakeFd: number): Int32Array<ArrayBuffer> {
  return new Int32Array([fd, events, wakeFd, POLLIN]);
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
