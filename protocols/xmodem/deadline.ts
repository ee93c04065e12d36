/**
 * A time-out over several bytes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";

/** A moment until which bytes are read, and how far off it was when it was set: that is what a time-out names. */
export class Deadline {
  readonly #link: ByteLink;
  readonly #withinMs: number;
  readonly #atMs: number;

  /**
   * Sets a deadline.
   *
   * @param link The line whose bytes are read.
   * @param withinMs How far off it is, in milliseconds.
   */
  constructor(link: ByteLink, withinMs: number) {
    this.#link = link;
    this.#withinMs = withinMs;
    this.#atMs = link.nowMs + withinMs;
  }

  /**
   * Waits for a byte and takes it. What has come is taken even after the deadline, so that nothing stays behind.
   *
   * @param expected What it is, as a noun phrase.
   * @returns 0 to 255.
   * @throws {LinkTimeoutError} When none comes before the deadline.
   */
  *readByte(expected: string): Procedure<number> {
    try {
      return yield* this.#link.readByte(expected, Math.max(0, this.#atMs - this.#link.nowMs));
    } catch (error) {
      throw error instanceof LinkTimeoutError ? new LinkTimeoutError(expected, this.#withinMs) : error;
    }
  }
}
