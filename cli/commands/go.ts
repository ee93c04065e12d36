/**
 * `coreslot go`: starts an application.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { DEVICE_FLAGS, JSON_FLAG, TARGET_FLAGS, TRACE_FLAG } from "../flags.ts";
import { type DeviceFlags, targetOf, type TrustFlags } from "../talk.ts";
import { ALL_FLAG, talkAndReport } from "../talk_report.ts";
import { parseAddress } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface GoFlags extends DeviceFlags, TrustFlags {
  readonly all: boolean;
}

const DESCRIPTION = `The address is that of the vector table, which is where the image begins.

  coreslot go 0x08000000 --protocol an3155 --port tcp:127.0.0.1:7000`;

async function runGo(this: CliContext, flags: GoFlags, address: number): Promise<void> {
  const { terminal } = this;
  const target = targetOf(flags);
  await talkAndReport(
    "go",
    { terminal, flags, isForAll: flags.all },
    (protocol) => (conversation) => protocol.go(conversation, address, target),
  );
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.go, fullDescription: DESCRIPTION },
  parameters: {
    flags: { ...DEVICE_FLAGS, all: ALL_FLAG, ...TARGET_FLAGS, trace: TRACE_FLAG, json: JSON_FLAG },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "ADDRESS", brief: "Address of the vector table", parse: parseAddress }],
    },
  },
  func: runGo,
});
