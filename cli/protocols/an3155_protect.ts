/**
 * `coreslot protect --protocol an3155`: write and readout protection, and the reset that follows.
 *
 * @module
 */

import type { ProtectionChange } from "../../protocols/an3155/device.ts";
import { changeProtection } from "../../protocols/an3155/session_protection.ts";
import type { Conversation } from "../conversation.ts";
import { type Fact, formatFacts, type Report } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import { describeChoice, findOthers, inSession } from "./an3155_session.ts";
import type { TargetOptions } from "./protocol.ts";

/** What each change has done once it is made. */
const RESULTS: Readonly<Record<ProtectionChange["kind"], string>> = {
  "write-protect":
    "protected against writing and erasing, the others are not; only a write shows whether the chip obeyed",
  "write-unprotect": "write protection has ended; only a write shows whether the chip obeyed",
  "readout-protect": "the chip refuses to be read and written until coreslot protect readout-off, which erases it",
  "readout-unprotect": "readout protection has ended, the flash is erased",
};

/** What the device may be in when a change is interrupted. */
const STATES: Readonly<Record<ProtectionChange["kind"], string>> = {
  "write-protect": "The protection was changed or not; the flash holds what it held",
  "write-unprotect": "The protection was changed or not; the flash holds what it held",
  "readout-protect": "The protection was changed or not; the flash holds what it held",
  "readout-unprotect": "The flash may be erased, all of it or in part, and the protection may stand",
};

/**
 * Changes protection.
 *
 * @param conversation The conversation.
 * @param change The change.
 * @param options The part, if known.
 * @returns The report.
 */
export async function protect(
  conversation: Conversation,
  change: ProtectionChange,
  options: TargetOptions,
): Promise<Report> {
  const session = await inSession(conversation, { ...options, whenAmbiguous: "first" }, function* (session) {
    if (session.isPartGuessed && change.kind === "write-protect") throw ambiguousPart();
    conversation.reportStage({
      doing: "changing protection",
      device: STATES[change.kind],
      next: "Run the same command again, with --part when the part can no longer be read",
    });
    if (change.kind === "readout-unprotect") conversation.progress.reportStart("erase");
    yield* changeProtection(session, change);
    return session;
  });
  const sectors = change.kind === "write-protect" ? change.sectors : undefined;
  const facts: Fact[] = [
    ["part", describeChoice(session, options)],
    ["sectors", sectors?.join(", ")],
    ["done", RESULTS[change.kind]],
  ];
  return {
    data: {
      part: session.part.name,
      alike: findOthers(session, options).map(({ name }) => name),
      change: change.kind,
      sectors: sectors ?? null,
    },
    lines: (style) => formatFacts(facts, style),
  };
}

/** Which sectors a number names depends on the part; to end a protection, any part of the id will do. */
function ambiguousPart(): UsageError {
  return new UsageError("missing-argument", "Cannot protect sectors: several parts answer like this one", "Add --part");
}
