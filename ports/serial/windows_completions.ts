/**
 * Reads and writes of Windows that go on beside the program, of all ports together: one thread waits for all of them.
 *
 * Deno has 32 threads for calls that wait. One for each port would be used up by 32 ports, and then nothing would move any
 * more; a completion port hands everything that is done to whoever waits there.
 *
 * @module
 */

import { INVALID_HANDLE, type Kernel32, loadKernel32, WINDOWS_ERROR } from "./windows_api.ts";

/** `winbase.h`: what is done at once is not handed over as well. */
const FILE_SKIP_COMPLETION_PORT_ON_SUCCESS = 1;

const INFINITE = 0xffff_ffff;

/** Sizes of `OVERLAPPED` and `OVERLAPPED_ENTRY` of `minwinbase.h`, in a program of 64 bits: Deno has no other. */
const OVERLAPPED_SIZE_BYTES = 32;
const ENTRY_SIZE_BYTES = 32;

/** Offset of the count in an `OVERLAPPED`. */
const COUNT_OFFSET = 8;

/** Offsets in an entry: which operation it is, the `NTSTATUS` that it ended with, and how many bytes went. */
const ENTRY_OVERLAPPED_OFFSET = 8;
const ENTRY_STATUS_OFFSET = 16;
const ENTRY_COUNT_OFFSET = 24;

/** The most that one call hands over. */
const ENTRIES_MAX = 64;

/** From here on an `NTSTATUS` is a warning or an error; `STATUS_TIMEOUT`, a read that found nothing, is below. */
const STATUS_FAILED_FROM = 0x8000_0000;

/** How a read or write ended. */
export interface Completion {
  /** Whether it did what it was to do; a read may have found nothing. */
  readonly isDone: boolean;
  /** How many bytes went. */
  readonly sizeBytes: number;
}

/** Memory that Windows reads from, or writes to, while the program goes on. */
export interface Operation {
  /** The bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where they are. */
  readonly address: bigint;
  /** Where the `OVERLAPPED` is. */
  readonly overlapped: bigint;
  /** Holds that memory. */
  readonly record: Uint8Array<ArrayBuffer>;
}

interface Pending {
  /** Deno 2.9.6 was seen to collect memory that a call beside the program still used, when nothing else held it. */
  readonly operation: Operation;
  readonly resolve: (completion: Completion) => void;
}

let shared: Completions | undefined;

/** Memory that a driver kept although it was told to give up: it may still write there. */
const keptByDrivers: Pending[] = [];

/**
 * Joins those whose reads and writes are handed over in one place. Whoever joins leaves.
 *
 * @returns The place, the same for all.
 */
export function joinCompletions(): Completions {
  shared ??= new Completions();
  return shared.join();
}

/** All reads and writes that are under way. */
export class Completions {
  /** How many have joined and not left. */
  #userCount = 0;
  readonly #kernel32: Kernel32 = loadKernel32();
  readonly #handle = this.#kernel32.call.CreateIoCompletionPort(INVALID_HANDLE, 0n, 0n, 1);
  readonly #pending = new Map<bigint, Pending>();
  readonly #entries = new Uint8Array(ENTRIES_MAX * ENTRY_SIZE_BYTES);
  readonly #count = new Uint32Array(1);
  #isOver = false;
  #running: Promise<void> | undefined;

  /** Counts one more who joins. */
  join(): this {
    this.#userCount++;
    return this;
  }

  /**
   * Has what is done on a port handed over here.
   *
   * @param handle The port.
   */
  attach(handle: bigint): void {
    this.#kernel32.call.CreateIoCompletionPort(handle, this.#handle, 0n, 0);
    this.#kernel32.call.SetFileCompletionNotificationModes(handle, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
  }

  /**
   * Starts a read or write, and waits for its end.
   *
   * @param operation Its memory, which nothing else uses until then.
   * @param start Starts it; gives what `ReadFile` or `WriteFile` gave.
   */
  run(operation: Operation, start: () => number): Promise<Completion> {
    const { record, overlapped } = operation;
    record.fill(0);
    const { promise, resolve } = Promise.withResolvers<Completion>();
    this.#pending.set(overlapped, { operation, resolve });
    const isDone = start() !== 0;
    if (isDone || this.#kernel32.call.GetLastError() !== WINDOWS_ERROR.IO_PENDING) {
      this.#pending.delete(overlapped);
      const sizeBytes = isDone ? new DataView(record.buffer).getUint32(COUNT_OFFSET, true) : 0;
      return Promise.resolve({ isDone, sizeBytes });
    }
    this.#running ??= this.#hand();
    return promise;
  }

  /** Leaves. The last one to do so has canceled everything; what a driver kept nevertheless is given up. */
  async leave(): Promise<void> {
    if (--this.#userCount > 0) return;
    shared = undefined;
    this.#isOver = true;
    if (this.#running !== undefined) this.#kernel32.call.PostQueuedCompletionStatus(this.#handle, 0, 0n, 0n);
    await this.#running;
    keptByDrivers.push(...this.#pending.values());
    this.#kernel32.call.CloseHandle(this.#handle);
    this.#kernel32[Symbol.dispose]();
  }

  /** Hands over what is done for as long as anything is under way: only then does it keep the program from its end. */
  async #hand(): Promise<void> {
    const { GetQueuedCompletionStatusEx } = this.#kernel32.call;
    while (this.#pending.size > 0 && !this.#isOver) {
      await GetQueuedCompletionStatusEx(this.#handle, this.#entries, ENTRIES_MAX, this.#count, INFINITE, 0);
      const view = new DataView(this.#entries.buffer);
      for (let index = 0; index < this.#count[0]!; index++) this.#settle(view, index * ENTRY_SIZE_BYTES);
    }
    this.#running = undefined;
  }

  #settle(view: DataView, offset: number): void {
    const overlapped = view.getBigUint64(offset + ENTRY_OVERLAPPED_OFFSET, true);
    const pending = this.#pending.get(overlapped);
    this.#pending.delete(overlapped);
    pending?.resolve({
      isDone: view.getUint32(offset + ENTRY_STATUS_OFFSET, true) < STATUS_FAILED_FROM,
      sizeBytes: view.getUint32(offset + ENTRY_COUNT_OFFSET, true),
    });
  }
}

/**
 * Makes memory for reads or writes, one at a time.
 *
 * @param sizeBytes How many bytes at most.
 * @returns The memory. It stays where it is: it belongs to buffers of its own, outside what the collector moves.
 */
export function makeOperation(sizeBytes: number): Operation {
  const bytes = new Uint8Array(new ArrayBuffer(sizeBytes));
  const record = new Uint8Array(new ArrayBuffer(OVERLAPPED_SIZE_BYTES));
  return { bytes, address: addressOf(bytes), overlapped: addressOf(record), record };
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
