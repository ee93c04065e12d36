/**
 * `coreslot info`: what a device says of itself.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { DEVICE_FLAGS, JSON_FLAG, TARGET_FLAGS, TRACE_FLAG } from "../flags.ts";
import { type DeviceFlags, targetOf, type TrustFlags } from "../talk.ts";
import { ALL_FLAG, talkAndReport } from "../talk_report.ts";
import { BRIEFS } from "./briefs.ts";

interface InfoFlags extends DeviceFlags, TrustFlags {
  readonly all: boolean;
}

const DESCRIPTION = `Nothing on the device is changed.

  coreslot info --protocol an3155 --port tcp:127.0.0.1:7000`;

async function runInfo(this: CliContext, flags: InfoFlags): Promise<void> {
  const { terminal } = this;
  const target = targetOf(flags);
  await talkAndReport(
    "info",
    { terminal, flags, isForAll: flags.all },
    (protocol) => (conversation) => protocol.info(conversation, target),
  );
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.info, fullDescription: DESCRIPTION },
  parameters: { flags: { ...DEVICE_FLAGS, all: ALL_FLAG, ...TARGET_FLAGS, trace: TRACE_FLAG, json: JSON_FLAG } },
  func: runInfo,
});
