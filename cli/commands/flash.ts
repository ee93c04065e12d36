/**
 * `coreslot flash`: firmware into a device.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { SendAhead } from "../../protocols/an3155/host_exchange.ts";
import type { CliContext } from "../context.ts";
import {
  BASE_FLAG,
  CROP_FLAG,
  DEVICE_FLAGS,
  ERASE_ALL_FLAG,
  fileFlag,
  GO_FLAG,
  JSON_FLAG,
  NO_VERIFY_FLAG,
  PAUSE_FLAG,
  SEND_AHEAD_FLAG,
  SHORT_BLOCKS_FLAG,
  TARGET_FLAGS,
  TRACE_FLAG,
} from "../flags.ts";
import { loadFlashSource } from "../flash_source.ts";
import type { FlashOptions } from "../protocols/protocol.ts";
import { type DeviceFlags, type TargetFlags, targetOf, type TrustFlags } from "../talk.ts";
import { ALL_FLAG, talkAndReport } from "../talk_report.ts";
import { parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

/** Flags that say how a file is flashed. */
export interface HowFlags extends TargetFlags {
  readonly base?: number;
  readonly crop: boolean;
  readonly "erase-all": boolean;
  readonly "no-verify": boolean;
  readonly go?: number;
  readonly "send-ahead"?: SendAhead;
  readonly "short-blocks": boolean;
}

interface FlashFlags extends DeviceFlags, HowFlags, TrustFlags {
  readonly all: boolean;
  readonly key?: readonly string[];
  readonly layout?: string;
  readonly force: boolean;
  readonly pause?: number;
}

const DESCRIPTION = `The format of FILE is found from its content. The sectors that the image touches
are erased, blank blocks are skipped, everything is read back.

An update goes into the slots where updates go, and is verified with --key.

Over cdc a device's loader takes it: only payloads that differ are sent, and
after an unplug it waits for the port and goes on where it was. It ends with the
versions that the device says it runs.

Over an3155 the headers in the device are read before anything is erased: the
last set that boots is not destroyed. A reset with BOOT0 low then starts the
loader. Over xmodem and ymodem the device's own loader decides where the file
goes, and nothing is read back. Over cdc7 it takes firmware for 0x08010000, not
updates: it has no key, compares a checksum and starts what it was given.

  coreslot flash update.cslot --key key.pub.pem \\
    --protocol cdc --port tcp:127.0.0.1:7000
  coreslot flash app.hex --protocol an3155 --port tcp:127.0.0.1:7000
  coreslot flash app.bin --base 0x08000000 --go 0x08000000 ...
  coreslot flash app.bin --protocol ymodem --port tcp:127.0.0.1:7000`;

async function runFlash(this: CliContext, flags: FlashFlags, path: string): Promise<void> {
  const { terminal } = this;
  const source = loadFlashSource(path, flags.base);
  await talkAndReport(
    "flash",
    { terminal, flags, isForAll: flags.all },
    (protocol) => protocol.flash(source, optionsOf(flags)),
  );
}

function optionsOf(flags: FlashFlags): FlashOptions {
  const { key: keys = [], layout, force: isForced, wait, pause: pauseMs } = flags;
  const waitMs = wait === undefined ? undefined : wait * 1000;
  return { ...flashOptionsOf(flags), update: { keys, layout, isForced }, waitMs, pauseMs };
}

/**
 * Gives the options that the flags stand for.
 *
 * @param flags The flags.
 * @returns The options.
 */
export function flashOptionsOf(flags: HowFlags): FlashOptions {
  return {
    ...targetOf(flags),
    crops: flags.crop,
    erasesAll: flags["erase-all"],
    verifies: !flags["no-verify"],
    goAddress: flags.go,
    sendAhead: flags["send-ahead"],
    hasShortBlocks: flags["short-blocks"],
  };
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.flash, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      ...DEVICE_FLAGS,
      all: ALL_FLAG,
      base: BASE_FLAG,
      crop: CROP_FLAG,
      go: GO_FLAG,
      "erase-all": ERASE_ALL_FLAG,
      "no-verify": NO_VERIFY_FLAG,
      key: { ...fileFlag("A public key that an update may be signed with"), variadic: true, optional: true },
      layout: {
        kind: "parsed",
        placeholder: "NAME|FILE",
        brief: "Layout that an update has to be for",
        parse: parsePath,
        optional: true,
        proposeCompletions: async () => (await import("../load_layout.ts")).presetNames(),
      },
      force: {
        kind: "boolean",
        brief: "Stage an update even if the last set that boots is lost",
        withNegated: false,
      },
      ...TARGET_FLAGS,
      "send-ahead": SEND_AHEAD_FLAG,
      "short-blocks": SHORT_BLOCKS_FLAG,
      pause: PAUSE_FLAG,
      trace: TRACE_FLAG,
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "FILE", brief: "An update, or firmware in any format", parse: parsePath }],
    },
  },
  func: runFlash,
});
