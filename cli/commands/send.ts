/**
 * `coreslot send`: plain files to whoever receives them.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Part } from "../../core/parts/part.ts";
import type { CliContext } from "../context.ts";
import { isRegularFile } from "../distinct_paths.ts";
import { labelOf } from "../file_label.ts";
import { readInput } from "../files.ts";
import { DEVICE_FLAGS, JSON_FLAG, PAUSE_FLAG, SHORT_BLOCKS_FLAG, SILENCE_PART_FLAG, TRACE_FLAG } from "../flags.ts";
import type { PlainFile } from "../protocols/protocol.ts";
import type { DeviceFlags } from "../talk.ts";
import { ALL_FLAG, talkAndReport } from "../talk_report.ts";
import { UsageError } from "../usage_error.ts";
import { parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface SendFlags extends DeviceFlags {
  readonly all: boolean;
  readonly part?: Part;
  readonly "short-blocks": boolean;
  readonly pause?: number;
}

const DESCRIPTION = `Files go as they are, whatever they hold. The receiver begins: start it first.

  coreslot send log.txt config.bin --protocol ymodem --port tcp:127.0.0.1:7000`;

async function runSend(this: CliContext, flags: SendFlags, ...paths: string[]): Promise<void> {
  const { terminal } = this;
  if (paths.length === 0) {
    throw new UsageError("missing-argument", "Cannot run send: FILE is missing", "See coreslot send --help");
  }
  const files = paths.map(readFile);
  const options = { part: flags.part, hasShortBlocks: flags["short-blocks"], pauseMs: flags.pause };
  await talkAndReport(
    "send",
    { terminal, flags, isForAll: flags.all },
    (protocol) => protocol.send(files, options),
  );
}

function readFile(path: string): PlainFile {
  const file = { name: labelOf(path), bytes: readInput(path) };
  if (!isRegularFile(path)) return file;
  const { mtime, mode } = Deno.statSync(path);
  const modifiedAtS = mtime === null ? undefined : Math.max(0, Math.floor(mtime.getTime() / 1000));
  return { ...file, modifiedAtS, mode: mode ?? undefined };
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.send, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      ...DEVICE_FLAGS,
      all: ALL_FLAG,
      "short-blocks": SHORT_BLOCKS_FLAG,
      pause: PAUSE_FLAG,
      part: SILENCE_PART_FLAG,
      trace: TRACE_FLAG,
      json: JSON_FLAG,
    },
    positional: {
      kind: "array",
      parameter: { placeholder: "FILE", brief: "What to send; several over ymodem", parse: parsePath },
    },
  },
  func: runSend,
});
