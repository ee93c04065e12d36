/**
 * Starting the application at the end of an update.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { COMMANDS } from "./constants.ts";
import { go } from "./host.ts";
import type { Session } from "./session.ts";

/**
 * How the start went.
 *
 * - `started`: the ROM acknowledged the jump. That the application runs is not known: an H743 of revision V acknowledges
 *   and stays, according to ST's community.
 * - `silent`: nobody answers any more: the ROM has jumped and its answer was lost, or the line broke just then.
 * - `unsupported`: the ROM does not know Go. A reset starts the application.
 */
export type GoOutcome = "started" | "silent" | "unsupported";

/**
 * Makes the ROM jump to an application.
 *
 * @param session The session; over afterwards.
 * @param address Address of its vector table.
 * @returns How it went.
 * @throws {RefusedError} When the ROM does not jump there.
 * @throws {ProtocolError} When the line fails for good.
 */
export function* startApplication(session: Session, address: number): Procedure<GoOutcome> {
  const { line, rom } = session;
  if (!rom.commands.includes(COMMANDS.go)) return "unsupported";
  try {
    yield* line.attempt(() => go(line.link, address));
    return "started";
  } catch (error) {
    if (!(error instanceof LinkTimeoutError)) throw error;
    return "silent";
  }
}
