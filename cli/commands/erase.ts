/**
 * `coreslot erase`: sectors of a device, or all of its flash.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { DEVICE_FLAGS, JSON_FLAG, SIZE_FLAG, START_FLAG, TARGET_FLAGS, TRACE_FLAG } from "../flags.ts";
import type { AddressRange } from "../protocols/protocol.ts";
import { rangeOf } from "../range_flags.ts";
import { type DeviceFlags, targetOf, type TrustFlags } from "../talk.ts";
import { talkAndReport } from "../talk_report.ts";
import { UsageError } from "../usage_error.ts";
import { BRIEFS } from "./briefs.ts";

interface EraseFlags extends DeviceFlags, TrustFlags {
  readonly start?: number;
  readonly size?: number;
  readonly all: boolean;
}

const DESCRIPTION = `A range has to be whole sectors: nothing is erased that was not named. Several
devices are named as well, with commas between their ports.

  coreslot erase --start 0x08020000 --size 128K --protocol an3155 \\
    --port tcp:127.0.0.1:7000`;

async function runErase(this: CliContext, flags: EraseFlags): Promise<void> {
  const { terminal } = this;
  const options = { ...targetOf(flags), range: chooseRange(flags) };
  await talkAndReport(
    "erase",
    { terminal, flags },
    (protocol) => (conversation) => protocol.erase(conversation, options),
  );
}

function chooseRange(flags: EraseFlags): AddressRange | "all" {
  const range = rangeOf(flags, "erase");
  if (flags.all && range !== undefined) {
    throw new UsageError("conflicting-flags", "Cannot run erase: --all is everything and --start names a range");
  }
  if (flags.all) return "all";
  if (range !== undefined) return range;
  throw new UsageError(
    "missing-argument",
    "Cannot run erase: nobody says what to erase",
    "Add --start and --size for whole sectors, or --all for the whole flash",
  );
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.erase, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      ...DEVICE_FLAGS,
      start: START_FLAG,
      size: SIZE_FLAG,
      all: { kind: "boolean", brief: "Erase the whole flash", withNegated: false },
      ...TARGET_FLAGS,
      trace: TRACE_FLAG,
      json: JSON_FLAG,
    },
  },
  func: runErase,
});
