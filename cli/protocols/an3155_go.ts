/**
 * `coreslot go --protocol an3155`: the boot ROM jumps to an application.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { type GoOutcome, startApplication } from "../../protocols/an3155/flash_go.ts";
import { BootRomError } from "../../protocols/an3155/error.ts";
import type { Conversation } from "../conversation.ts";
import { formatFacts, type Report } from "../report.ts";
import { inSession } from "./an3155_session.ts";
import type { TargetOptions } from "./protocol.ts";

/** What each outcome means to whoever waits for the application. */
const OUTCOMES: Readonly<Record<GoOutcome, string>> = {
  started: "the boot ROM said yes and jumped; whether the application runs shows on the device",
  silent: "the boot ROM fell silent: it jumped and its answer was lost, or the line broke just then",
  unsupported: "this boot ROM cannot jump: set BOOT0 low and reset the device",
};

/**
 * Tells how a start went.
 *
 * @param outcome How it went.
 * @returns A clause.
 */
export function describeGo(outcome: GoOutcome): string {
  return OUTCOMES[outcome];
}

/**
 * Starts an application.
 *
 * @param conversation The conversation.
 * @param address Address of its vector table.
 * @param options The part, if known.
 * @returns The report.
 * @throws {BootRomError} When the ROM does not know Go.
 */
export async function goTo(conversation: Conversation, address: number, options: TargetOptions): Promise<Report> {
  const outcome = await inSession(conversation, options, function* (session) {
    conversation.reportStage({
      doing: "starting the application",
      device: "Flash was not changed; the boot ROM has jumped, or still waits",
      next: "Reset the device to start the application, with BOOT0 low",
    });
    return yield* startApplication(session, address);
  });
  if (outcome === "unsupported") {
    throw new BootRomError(
      "missing-command",
      "Cannot go: the boot ROM does not know Go",
      "Set BOOT0 low and reset the device",
    );
  }
  return {
    data: { address: formatAddress(address), outcome },
    lines: (style) => formatFacts([["go", formatAddress(address)], ["outcome", describeGo(outcome)]], style),
  };
}
