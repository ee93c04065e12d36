/**
 * Waiting for descriptors: one call beside the program for all ports together.
 *
 * Deno 2.9.6 runs 32 such calls at once, those that read and write files among them. With a call for each port the 33rd
 * port would wait for ever, and every file with it.
 *
 * @module
 */

import { type Libc, loadLibc } from "./libc.ts";

const SYMBOLS = {
  close: { parameters: ["i32"], result: "i32" },
  pipe: { parameters: ["buffer"], result: "i32" },
  // `nfds_t` has 32 bits on macOS and 64 on Linux; in a register they are the same.
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

/** `poll.h`: what to wait for. */
export const POLLIN = 0x001;
/** Room for more output. */
export const POLLOUT = 0x004;

/** Somebody who waits. */
interface Waiter {
  readonly fd: number;
  readonly events: number;
  readonly resolve: () => void;
}

let shared: Poller | undefined;

/**
 * Joins those who wait with one call. Whoever joins leaves.
 *
 * @returns The poller, the same for all.
 */
export function joinPoller(): Poller {
  shared ??= new Poller();
  return shared.join();
}

/** A call of `poll` for everybody who waits. */
export class Poller {
  /** How many have joined and not left. */
  #userCount = 0;
  readonly #libc: Libc<typeof SYMBOLS> = loadLibc(SYMBOLS);
  /** A pipe: a byte in it ends the call, which then begins anew with those who wait by then. */
  readonly #wakeRead: number;
  readonly #wakeWrite: number;
  readonly #wakeBytes = new Uint8Array(1);
  #isWoken = false;
  #waiters: Waiter[] = [];
  /**
   * What the running call reads and writes. A call that runs beside the program does not hold it, and Deno 2.9.6 was seen to
   * collect memory that such a call still waited on.
   */
  #records = new Int32Array(0);
  #call: Promise<number> | undefined;
  #running: Promise<void> | undefined;

  /** Makes the pipe. */
  constructor() {
    const ends = new Int32Array(2);
    if (this.#libc.call.pipe(ends) !== 0) throw new Error(`pipe: error ${this.#libc.errno()}`);
    [this.#wakeRead, this.#wakeWrite] = [ends[0]!, ends[1]!];
  }

  /** Counts one more who joins. */
  join(): this {
    this.#userCount++;
    return this;
  }

  /**
   * Waits until a descriptor is ready, or has ended, or whoever uses it leaves.
   *
   * @param fd The descriptor.
   * @param events What for: `POLLIN` or `POLLOUT`.
   */
  wait(fd: number, events: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ fd, events, resolve });
    if (this.#running === undefined) this.#running = this.#run();
    else this.#wake();
    return promise;
  }

  /**
   * Lets everybody go on who waits for a descriptor.
   *
   * @param fd The descriptor. No call waits for it any more when the promise settles, and it may be closed.
   */
  async leave(fd: number): Promise<void> {
    for (const waiter of this.#waiters) if (waiter.fd === fd) waiter.resolve();
    this.#waiters = this.#waiters.filter((waiter) => waiter.fd !== fd);
    if (this.#call !== undefined) {
      this.#wake();
      await this.#call;
    }
    if (--this.#userCount > 0) return;
    shared = undefined;
    await this.#running;
    this.#libc.call.close(this.#wakeRead);
    this.#libc.call.close(this.#wakeWrite);
    this.#libc[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    while (this.#waiters.length > 0) {
      const polled = [...this.#waiters];
      this.#records = encodePollfds([{ fd: this.#wakeRead, events: POLLIN }, ...polled]);
      this.#call = this.#libc.call.poll(this.#records, BigInt(1 + polled.length), -1);
      await this.#call;
      this.#call = undefined;
      if (hasEvents(this.#records, 0)) {
        this.#libc.call.read(this.#wakeRead, this.#wakeBytes, 1n);
        this.#isWoken = false;
      }
      const ready = new Set(polled.filter((_, index) => hasEvents(this.#records, 1 + index)));
      this.#waiters = this.#waiters.filter((waiter) => !ready.has(waiter));
      for (const { resolve } of ready) resolve();
    }
    this.#running = undefined;
  }

  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#libc.call.write(this.#wakeWrite, this.#wakeBytes, 1n);
  }
}

/** Makes a list of `struct pollfd`: a descriptor, then the events in the low half of the second word. */
function encodePollfds(waited: readonly Pick<Waiter, "fd" | "events">[]): Int32Array<ArrayBuffer> {
  return Int32Array.from(waited.flatMap(({ fd, events }) => [fd, events]));
}

/** The kernel writes what has happened to the high half. */
function hasEvents(records: Int32Array, index: number): boolean {
  return records[2 * index + 1]! >>> 16 !== 0;
}
