/**
 * Takes frames off a link. A zero always ends a frame, so whatever came before it, the next frame is read right.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { decodeCobs } from "./cobs.ts";
import { DELIMITER } from "./constants.ts";
import { decodeFrame, type Frame } from "./frames.ts";

/** What ended at a delimiter. */
export type ReadResult = Frame | "damaged";

/** Reads frames, one after another. It takes no byte behind the end of a frame. */
export class FrameReader {
  readonly #link: ByteLink;
  readonly #sizeMax: number;
  readonly #encodedSizeMax: number;
  /** Whether more bytes have come than a frame can have: what is left of it is no frame either. */
  #isOverlong = false;

  /**
   * Begins between two frames.
   *
   * @param link The end of the wire to read from.
   * @param sizeMax Largest frame, in bytes before COBS; a longer one counts as damaged.
   */
  constructor(link: ByteLink, sizeMax: number) {
    this.#link = link;
    this.#sizeMax = sizeMax;
    this.#encodedSizeMax = encodedSizeMax(sizeMax);
  }

  /**
   * Waits for the next frame, right or damaged. Delimiters with nothing between them are skipped.
   *
   * @param expected What is awaited, as a noun phrase.
   * @param withinMs How long; `Infinity` for ever.
   * @returns The frame. Its body shares nothing.
   * @throws {LinkTimeoutError} When none ends in time. What came of it is kept.
   * @throws {LinkClosedError} When the port is gone.
   */
  *read(expected: string, withinMs: number): Procedure<ReadResult> {
    const deadlineMs = this.#link.nowMs + withinMs;
    while (true) {
      const leftMs = Math.max(0, deadlineMs - this.#link.nowMs);
      const bytes = yield* this.#link.readUntil(DELIMITER, {
        countMax: this.#encodedSizeMax,
        expected,
        withinMs: leftMs,
      });
      const isEnd = bytes.at(-1) === DELIMITER;
      const isWhole = isEnd && !this.#isOverlong;
      this.#isOverlong = !isEnd;
      if (!isEnd || bytes.length === 1 && isWhole) continue;
      const decoded = isWhole ? decodeCobs(bytes.subarray(0, -1)) : undefined;
      const isTooLong = decoded === undefined || decoded.length > this.#sizeMax;
      return isTooLong ? "damaged" : decodeFrame(decoded) ?? "damaged";
    }
  }

  /**
   * Takes a frame that has come already, if there is one.
   *
   * @returns The frame; nothing when none has ended.
   */
  *poll(): Procedure<ReadResult | undefined> {
    // A driver hands over what its receiver holds only to a procedure that waits for bytes.
    yield { kind: "input", deadlineMs: this.#link.nowMs, expected: "frame" };
    if (this.#link.unreadCount === 0) return undefined;
    try {
      return yield* this.read("frame", 0);
    } catch (error) {
      if (error instanceof LinkTimeoutError) return undefined;
      throw error;
    }
  }
}

/** How many bytes a frame of a size has at most on the wire: with COBS, and the delimiter behind it. */
function encodedSizeMax(sizeBytes: number): number {
  return sizeBytes + Math.floor(sizeBytes / 254) + 1 + 1;
}
