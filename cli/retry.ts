/**
 * Trying again when nobody answers, or the port goes.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";
import { EXIT_CODES, exitCodeOf } from "./exit_codes.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

/** Codes of ports that another try may have: the device restarts, or another program looks at it. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  ...["port-absent", "port-busy", "port-unreachable", "port-vanished", "port-wait"],
]);

/** Options of {@linkcode persist}. */
export interface PersistOptions {
  /** How often to try again. */
  readonly count: number;
  /** Where to say so. */
  readonly terminal: Terminal;
  /** Whether to say nothing. */
  readonly isQuiet: boolean;
}

/**
 * Does something, and does it again while it fails for a reason that may pass.
 *
 * @typeParam T What it gives.
 * @param attempt Does it; called once a try.
 * @param options How often, and whom to tell.
 * @returns What the first try gave that succeeded.
 * @throws Whatever the last try threw, or one that no other try can make good.
 */
export async function persist<T>(attempt: () => Promise<T>, options: PersistOptions): Promise<T> {
  const { count, terminal, isQuiet } = options;
  for (let tried = 0;; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried === count || !mayPass(error, tried > 0)) throw error;
      const lead = `trying again, ${tried + 1} of ${count}: `;
      if (!isQuiet) terminal.printError(...wrap(error.message.split(" "), { lead, columns: terminal.errorColumns }));
    }
  }
}

function mayPass(error: unknown, isAgain: boolean): error is CoreslotError {
  if (!(error instanceof CoreslotError)) return false;
  // A receiver that was in the middle of a file may take a moment to give up on the try before.
  if (isAgain && error.code === "canceled-by-peer") return true;
  return exitCodeOf(error) === EXIT_CODES.silent || PASSING_CODES.has(error.code);
}
