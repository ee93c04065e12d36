/**
 * `coreslot protect`: write and readout protection.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { ProtectionChange } from "../../protocols/an3155/device.ts";
import type { CliContext } from "../context.ts";
import { DEVICE_FLAGS, JSON_FLAG, TARGET_FLAGS, TRACE_FLAG } from "../flags.ts";
import { type DeviceFlags, targetOf, type TrustFlags } from "../talk.ts";
import { talkAndReport } from "../talk_report.ts";
import { UsageError } from "../usage_error.ts";
import { parseSectors } from "../values.ts";
import { joinNames } from "../wrap.ts";
import { BRIEFS } from "./briefs.ts";

interface ProtectFlags extends DeviceFlags, TrustFlags {
  readonly sectors?: readonly number[];
  readonly yes: boolean;
}

/** What the user asks for, and what the protocol calls it. */
const ACTIONS = {
  "write": "write-protect",
  "write-off": "write-unprotect",
  "readout": "readout-protect",
  "readout-off": "readout-unprotect",
} as const satisfies Readonly<Record<string, ProtectionChange["kind"]>>;

type Action = keyof typeof ACTIONS;

/** What has to be agreed to with --yes. */
const WARNINGS: Readonly<Partial<Record<Action, string>>> = {
  "readout": "the flash can be neither read nor written afterwards, and the only way back erases all of it",
  "readout-off": "the chip erases its whole flash when readout protection ends",
};

const DESCRIPTION = `write        protect the sectors of --sectors against writing and erasing; it
             takes the place of the protection before. F1 and L0 count groups
             of pages instead of sectors.
write-off    end all write protection
readout      nothing can be read or written any more; needs --yes
readout-off  end that. THE CHIP ERASES ITS WHOLE FLASH THEN; needs --yes

The chip resets itself after each. Several devices have commas between their
ports.

  coreslot protect write --sectors 0-1 --protocol an3155 \\
    --port tcp:127.0.0.1:7000`;

async function runProtect(this: CliContext, flags: ProtectFlags, action: Action): Promise<void> {
  const { terminal } = this;
  const change = changeOf(action, flags);
  const target = targetOf(flags);
  await talkAndReport(
    "protect",
    { terminal, flags },
    (protocol) => (conversation) => protocol.protect(conversation, change, target),
  );
}

function changeOf(action: Action, { sectors, yes }: ProtectFlags): ProtectionChange {
  const kind = ACTIONS[action];
  const warning = WARNINGS[action];
  if (warning !== undefined && !yes) {
    throw new UsageError("missing-argument", `Cannot run protect ${action} without --yes: ${warning}`);
  }
  if (kind === "write-protect") {
    if (sectors !== undefined) return { kind, sectors };
    throw new UsageError("missing-argument", "Cannot run protect write: --sectors is missing");
  }
  if (sectors === undefined) return { kind };
  throw new UsageError(
    "conflicting-flags",
    `Cannot run protect ${action}: it is for the whole chip, not for --sectors`,
  );
}

function parseAction(text: string): Action {
  if (isAction(text)) return text;
  throw new SyntaxError(`the actions are ${joinNames(Object.keys(ACTIONS))}`);
}

function isAction(text: string): text is Action {
  return Object.hasOwn(ACTIONS, text);
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.protect, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      ...DEVICE_FLAGS,
      sectors: {
        kind: "parsed",
        placeholder: "LIST",
        brief: "Sectors to protect: 0,2,4-7",
        parse: parseSectors,
        optional: true,
      },
      yes: { kind: "boolean", brief: "Yes, that is what I want", withNegated: false },
      ...TARGET_FLAGS,
      trace: TRACE_FLAG,
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "ACTION",
        brief: "write, write-off, readout or readout-off",
        parse: parseAction,
        proposeCompletions: () => Object.keys(ACTIONS),
      }],
    },
  },
  func: runProtect,
});
