/**
 * Lets a procedure that tidies up after itself stop dead when power goes away.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Procedure } from "../protocols/link/mod.ts";
import { PowerLossError } from "./error.ts";

/** Remembers a power loss that a procedure's own tidying up must not see. */
export class PowerWatch {
  #loss: PowerLossError | undefined;

  /**
   * Does something to the chip, for a procedure that {@linkcode PowerWatch.run} runs.
   *
   * @typeParam T What it gives.
   * @param operation Does it.
   * @returns What it gave. After a power loss nothing comes back, and nothing that follows is run.
   */
  *guard<T>(operation: () => T): Procedure<T> {
    try {
      return operation();
    } catch (error) {
      if (!(error instanceof PowerLossError)) throw error;
      this.#loss = error;
      // Nobody resumes it.
      yield { kind: "flush" };
      throw error;
    }
  }

  /**
   * Runs a procedure. A receiver says CAN when its sink fails, which silicon without power cannot: so a power loss leaves
   * from here, and the procedure is left where it stands.
   *
   * @typeParam T What the procedure ends with.
   * @param procedure The procedure; what it does to the chip goes through {@linkcode PowerWatch.guard}.
   * @returns What it ended with.
   * @throws {PowerLossError} When power went away in it.
   */
  *run<T>(procedure: Procedure<T>): Procedure<T> {
    let result = procedure.next();
    while (result.done !== true) {
      if (this.#loss !== undefined) throw this.#loss;
      try {
        yield result.value;
      } catch (reason) {
        // Broken off from outside: the procedure says so to the other end.
        result = procedure.throw(reason);
        continue;
      }
      result = procedure.next();
    }
    return result.value;
  }
}
