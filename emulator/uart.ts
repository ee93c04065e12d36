/**
 * The target's receiver: one byte deep, and read only while its CPU has time.
 *
 * While the target waits for input its CPU takes each byte as it comes. While it sleeps (flash is busy, and the CPU with
 * it) or sends (it waits for the transmitter) nobody reads: the first byte stays in the data register, and the ones behind
 * it are lost: on an overrun the data register keeps what it has (unverified: RM0090, "USART", "Overrun error").
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/mod.ts";
import type { Lane } from "./line.ts";

const NOTHING: Bytes = new Uint8Array(0);

/** What stands between a wire and a target's CPU. */
export interface Receiver {
  /** Bytes that wait for the CPU. */
  readonly heldCount: number;
  /** Bytes lost so far. */
  readonly overrunCount: number;
  /** Whether it hands over all that has come at once, and not byte by byte. */
  readonly isPacketed: boolean;
  /** Takes what came while nobody read, until a time; what comes just then is too early to be read. */
  absorb(lane: Lane, atMs: number): void;
  /** Tells whether it has taken all that came by a time while nobody read. */
  hasAccepted(lane: Lane, atMs: number): boolean;
  /** Hands over what waits for the CPU, no more than so many bytes, in order. */
  take(count: number): Bytes;
  /** Forgets what it holds, as a reset does. */
  clear(): void;
}

/** The receiver of a UART. */
export class Uart implements Receiver {
  /** It hands over byte after byte. */
  readonly isPacketed = false;

  readonly #depthBytes: number;
  #held: Bytes = NOTHING;
  #overrunCount = 0;

  /**
   * Makes an empty receiver.
   *
   * @param depthBytes How many bytes it holds: 1 for a UART, `Infinity` for a USB device that makes its host wait.
   */
  constructor(depthBytes: number) {
    this.#depthBytes = depthBytes;
  }

  /** Bytes that wait for the CPU. */
  get heldCount(): number {
    return this.#held.length;
  }

  /** Bytes lost so far. */
  get overrunCount(): number {
    return this.#overrunCount;
  }

  /**
   * Takes what came while nobody read.
   *
   * @param line The line it came on.
   * @param atMs The time until which nobody read; what comes just then is too early.
   */
  absorb(line: Lane, atMs: number): void {
    const count = line.countUntil(atMs);
    if (count === 0) return;
    const bytes = line.take(count);
    const keptCount = Math.min(count, this.#depthBytes - this.#held.length);
    this.#overrunCount += count - keptCount;
    this.#held = concatBytes([this.#held, bytes.subarray(0, keptCount)]);
  }

  /** Tells that nothing has to wait for it: it loses what it cannot hold. */
  hasAccepted(): boolean {
    return true;
  }

  /**
   * Hands over what waits for the CPU.
   *
   * @param count How many bytes at most.
   * @returns The bytes, in order.
   */
  take(count: number): Bytes {
    const bytes = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    return bytes;
  }

  /** Forgets what it holds, as a reset does. */
  clear(): void {
    this.#held = NOTHING;
  }
}
