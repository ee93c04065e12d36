/**
 * Trying again, a bounded number of times.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { LinkTimeoutError, RefusedError, UnexpectedBytesError } from "./error.ts";
import type { Procedure } from "./procedure.ts";

/** Options of {@linkcode retry}. */
export interface RetryOptions {
  /** How often to try in all, 1 or more. */
  readonly attemptCount: number;
  /**
   * Tells whether an error is worth another try.
   *
   * @default {isLineFault}
   */
  readonly isWorthRetrying?: (error: unknown) => boolean;
  /** What to do before each further try: resynchronise, wait. */
  readonly recover: (error: unknown) => Procedure<unknown>;
}

/**
 * Tells whether an error may come from a disturbed line, so that the same exchange may work next time.
 *
 * A refusal counts: a flipped bit in a command is answered with a refusal too. A closed port does not.
 *
 * @param error Whatever was thrown.
 * @returns `true` for a time-out, unexpected bytes and a refusal.
 *
 * @example A closed port is not worth a retry
 * ```ts
 * import { isLineFault, LinkClosedError, LinkTimeoutError } from "@coreslot/coreslot/link";
 *
 * console.assert(isLineFault(new LinkTimeoutError("ACK", 1000)));
 * console.assert(!isLineFault(new LinkClosedError()));
 * ```
 */
export function isLineFault(error: unknown): boolean {
  return error instanceof LinkTimeoutError || error instanceof UnexpectedBytesError || error instanceof RefusedError;
}

/**
 * Runs a procedure, and runs it again after an error that is worth it.
 *
 * @typeParam T What the procedure ends with.
 * @param attempt Makes the procedure; called once a try.
 * @param options How often, after which errors, and what to do in between.
 * @returns What the first successful try ended with.
 * @throws Whatever the last try threw.
 *
 * @example Three tries at a byte
 * ```ts
 * import { Engine, retry } from "@coreslot/coreslot/link";
 *
 * const engine = new Engine((link) =>
 *   retry(() => link.readByte("ACK", 100), { attemptCount: 3, recover: () => link.sleep(10) })
 * );
 * engine.tick(100);
 * engine.tick(110);
 * engine.receive(Uint8Array.of(0x79), 120);
 * console.assert(engine.outcome?.kind === "done");
 * ```
 */
export function* retry<T>(attempt: () => Procedure<T>, options: RetryOptions): Procedure<T> {
  const isWorthRetrying = options.isWorthRetrying ?? isLineFault;
  for (let attemptsLeft = options.attemptCount - 1;; attemptsLeft--) {
    try {
      return yield* attempt();
    } catch (error) {
      if (attemptsLeft <= 0 || !isWorthRetrying(error)) throw error;
      yield* options.recover(error);
    }
  }
}
