/**
 * `coreslot info`: what a device says of itself.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { DEVICE_FLAGS, JSON_FLAG, TARGET_FLAGS, TRACE_FLAG } from "../flags.ts";
import { printReport } from "../report.ts";
import { type DeviceFlags, talkTo, type TargetFlags, targetOf } from "../talk.ts";
import { BRIEFS } from "./briefs.ts";

type InfoFlags = DeviceFlags & TargetFlags;

const DESCRIPTION = `Nothing on the device is changed.

  coreslot info --protocol an3155 --port tcp:127.0.0.1:7000`;

async function runInfo(this: CliContext, flags: InfoFlags): Promise<void> {
  const { terminal } = this;
  const target = targetOf(flags);
  const report = await talkTo(
    "info",
    { terminal, flags },
    (protocol) => (conversation) => protocol.info(conversation, target),
  );
  printReport(terminal, report, { isJson: flags.json });
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.info, fullDescription: DESCRIPTION },
  parameters: { flags: { ...DEVICE_FLAGS, ...TARGET_FLAGS, trace: TRACE_FLAG, json: JSON_FLAG } },
  func: runInfo,
});
