/**
 * `coreslot plan`: what flashing a file costs, before a byte is sent.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import {
  BANK_MODE_FLAG,
  BASE_FLAG,
  CROP_FLAG,
  ERASE_ALL_FLAG,
  GO_FLAG,
  JSON_FLAG,
  NO_VERIFY_FLAG,
  PART_FLAG,
  PROTOCOL_FLAG,
  SEND_AHEAD_FLAG,
  SHORT_BLOCKS_FLAG,
} from "../flags.ts";
import { loadFlashSource } from "../flash_source.ts";
import { loadProtocol, type ProtocolName } from "../protocols/table.ts";
import { printReport } from "../report.ts";
import { parseBaudRate, parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";
import { flashOptionsOf, type HowFlags } from "./flash.ts";

interface PlanFlags extends HowFlags {
  readonly protocol: ProtocolName;
  readonly baud: number;
  readonly layout?: string;
  readonly json: boolean;
}

const DESCRIPTION = `Bytes each way, round trips and time on the line without faults, beside what
other programs need for the same: stm32flash for an3155, lrzsz for xmodem and
ymodem, a host in Python for cdc7. The time of the flash itself comes on top.
For cdc it is a device with nothing of the update in it, over full-speed USB.

  coreslot plan app.hex --protocol an3155 --part stm32f407 --baud 115200
  coreslot plan update.cslot --protocol cdc --layout stm32h747`;

async function runPlan(this: CliContext, flags: PlanFlags, path: string): Promise<void> {
  const protocol = await loadProtocol(flags.protocol, "plan", flags);
  const source = loadFlashSource(path, flags.base);
  const report = await protocol.plan(source, { ...flashOptionsOf(flags), baudRate: flags.baud, layout: flags.layout });
  printReport(this.terminal, report, { isJson: flags.json });
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.plan, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      protocol: PROTOCOL_FLAG,
      part: { ...PART_FLAG, brief: "The part, such as stm32f407; an3155 needs it" },
      "bank-mode": BANK_MODE_FLAG,
      layout: {
        kind: "parsed",
        placeholder: "NAME|FILE",
        brief: "The device's layout; cdc needs it",
        parse: parsePath,
        optional: true,
        proposeCompletions: async () => (await import("../load_layout.ts")).presetNames(),
      },
      baud: {
        kind: "parsed",
        placeholder: "RATE",
        brief: "Bits a second",
        parse: parseBaudRate,
        default: "115200",
      },
      base: BASE_FLAG,
      crop: CROP_FLAG,
      go: GO_FLAG,
      "erase-all": ERASE_ALL_FLAG,
      "no-verify": NO_VERIFY_FLAG,
      "send-ahead": SEND_AHEAD_FLAG,
      "short-blocks": SHORT_BLOCKS_FLAG,
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "FILE", brief: "An update, or firmware in any format", parse: parsePath }],
    },
  },
  func: runPlan,
});
