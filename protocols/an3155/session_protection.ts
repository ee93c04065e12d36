/**
 * Changing protection in a session, with the reset that follows.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, isLineFault, type Procedure, RefusedError } from "../link/mod.ts";
import type { ProtectionChange } from "./device.ts";
import { readoutProtect, readoutUnprotect, resynchronise, writeProtect, writeUnprotect } from "./host.ts";
import type { Session } from "./session.ts";
import { massEraseWithinMs } from "./times.ts";

/** Tries in all. */
const ATTEMPT_COUNT = 4;

/**
 * The least time that ending readout protection may take, for the tables of some parts have the erase alone, or only
 * that of a page: stm32flash waits 35 s whatever the part.
 */
const READOUT_UNPROTECT_WITHIN_MS = 35_000;

/** What Read Memory is asked for to see whether it is refused. */
const PROBE_BYTES = 4;

/**
 * Changes protection and waits until the chip is back from its reset.
 *
 * Which sectors the numbers of a write protection mean depends on the part: sectors, or groups of pages on F1 and L0.
 * Ending readout protection erases the whole flash. Whether readout protection has changed is looked up afterwards;
 * write protection shows itself only in what becomes of a write.
 *
 * @param session The session; it goes on afterwards.
 * @param change The change.
 * @throws {RefusedError} When the ROM refuses, as for anything but ending it while readout protection is active.
 * @throws {ProtocolError} When the line fails for good.
 */
export function* changeProtection(session: Session, change: ProtectionChange): Procedure<void> {
  const { line, part, sectors } = session;
  const erasesWithinMs = massEraseWithinMs(part, sectors);
  const withinMs = change.kind === "readout-unprotect"
    ? Math.max(erasesWithinMs, READOUT_UNPROTECT_WITHIN_MS)
    : erasesWithinMs;
  for (let triesLeft = ATTEMPT_COUNT - 1;; triesLeft--) {
    let failure: unknown;
    line.reportWork(withinMs);
    try {
      yield* request(line.link, change, withinMs);
      yield* resynchronise(line.link);
    } catch (error) {
      if (!isLineFault(error)) throw error;
      failure = error;
      yield* line.recover(error);
    }
    const isInForce = change.kind === "readout-protect" || change.kind === "readout-unprotect"
      ? (yield* isReadRefused(session)) === (change.kind === "readout-protect")
      : failure === undefined;
    if (isInForce) return;
    if (triesLeft === 0) throw failure;
  }
}

function request(link: ByteLink, change: ProtectionChange, eraseWithinMs: number): Procedure<void> {
  switch (change.kind) {
    case "write-protect":
      return writeProtect(link, change.sectors);
    case "write-unprotect":
      return writeUnprotect(link);
    case "readout-protect":
      return readoutProtect(link);
    case "readout-unprotect":
      return readoutUnprotect(link, { withinMs: eraseWithinMs });
  }
}

/** Whether the ROM refuses Read Memory itself, at an address that every part has. */
function* isReadRefused({ line, part }: Session): Procedure<boolean> {
  const answer = yield* line.tryRead(part.flash.addressStart, PROBE_BYTES);
  return answer instanceof RefusedError && answer.phase === "command";
}
