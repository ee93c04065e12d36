/**
 * Starting the application at the end of an update.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/mod.ts";
import { vectorTableAlignmentOf } from "../../core/parts/mod.ts";
import { LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { COMMANDS } from "./constants.ts";
import { BootRomError } from "./error.ts";
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
 * Refuses an address at which no vector table can stand. The ROM itself looks at the memory only, where it looks at all.
 *
 * @param session The session.
 * @param address Address of the vector table.
 * @throws {BootRomError} With code `bad-go-address`: outside flash and the first core's RAM, or not aligned.
 */
export function assertCanGo(session: Session, address: number): void {
  const { part, sectors } = session;
  const core = part.cores[0]!;
  const alignmentBytes = vectorTableAlignmentOf(core);
  const isInMemory = [...sectors, ...core.rams].some(({ addressStart, sizeBytes }) =>
    address >= addressStart && address < addressStart + sizeBytes
  );
  if (isInMemory && address % alignmentBytes === 0) return;
  const state = isInMemory
    ? `a vector table stands on a multiple of ${alignmentBytes} bytes`
    : `${part.name} has neither flash nor RAM there`;
  throw new BootRomError(
    "bad-go-address",
    `Cannot start at ${formatAddress(address)}: ${state}`,
    "Give the address of the vector table, which is that of the image, mostly",
  );
}

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
  line.report({ kind: "starting", address });
  try {
    yield* line.attempt(() => go(line.link, address));
    return "started";
  } catch (error) {
    if (!(error instanceof LinkTimeoutError)) throw error;
    return "silent";
  }
}
