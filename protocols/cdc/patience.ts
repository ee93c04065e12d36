/**
 * How long a device may keep a host busy in all. Each wait has its own end; but a device that always has something to say
 * could have one wait follow the other for hours.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ByteLink, Procedure, Wait } from "../link/mod.ts";
import { EndlessWorkError } from "./error.ts";

/**
 * How long one command may take, and an update beside its bytes: PROTOCOL.md, section 7. No part of the part table takes
 * half of it to erase and program all of its flash by its maxima.
 */
export const WORK_WITHIN_MS = 300_000;

/** What each byte of payload adds to that: a line of 4,800 baud. */
const WORK_MS_PER_BYTE = 2;

/** What is left of the time for an update, however often it begins anew and over how many links. */
export class Patience {
  readonly #totalMs: number;
  #spentMs = 0;

  /**
   * Begins with all of it.
   *
   * @param payloadBytes Bytes of payload in the update, those among them that the device has already.
   */
  constructor(payloadBytes: number) {
    this.#totalMs = WORK_WITHIN_MS + WORK_MS_PER_BYTE * payloadBytes;
  }

  /**
   * Runs a procedure, and spends the time that it takes.
   *
   * @typeParam T What the procedure ends with.
   * @param link The link that it runs on.
   * @param procedure The procedure, not begun.
   * @returns What it ended with.
   * @throws {EndlessWorkError} When there is none left.
   */
  *spend<T>(link: ByteLink, procedure: Procedure<T>): Procedure<T> {
    const startMs = link.nowMs;
    try {
      const done = yield* runUntil(link, startMs + this.#totalMs - this.#spentMs, procedure);
      if (done === undefined) throw new EndlessWorkError("the update", this.#totalMs);
      return done.value;
    } finally {
      this.#spentMs += link.nowMs - startMs;
    }
  }
}

/**
 * Runs a procedure up to a moment. What it has sent by then leaves; nothing is thrown into it.
 *
 * @typeParam T What the procedure ends with.
 * @param link The link that it runs on.
 * @param deadlineMs The moment.
 * @param procedure The procedure, not begun.
 * @returns What it ended with; `undefined` when it still waits.
 */
export function* runUntil<T>(
  link: ByteLink,
  deadlineMs: number,
  procedure: Procedure<T>,
): Procedure<{ readonly value: T } | undefined> {
  while (true) {
    const step = procedure.next();
    if (step.done === true) return { value: step.value };
    if (link.nowMs >= deadlineMs) return undefined;
    yield earlier(step.value, deadlineMs);
  }
}

/** A driver bounds by itself how long a port may take to accept bytes. */
function earlier(wait: Wait, deadlineMs: number): Wait {
  return wait.kind === "flush" ? wait : { ...wait, deadlineMs: Math.min(wait.deadlineMs, deadlineMs) };
}
