/**
 * `coreslot receive`: files from whoever sends them.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { STANDARD_STREAM } from "../files.ts";
import { DEVICE_FLAGS, JSON_FLAG, TRACE_FLAG } from "../flags.ts";
import { Inbox } from "../inbox.ts";
import { type Fact, formatFacts, formatSize, printReport, type Report } from "../report.ts";
import { type DeviceFlags, talkTo } from "../talk.ts";
import { withOrigin } from "../talk_report.ts";
import type { Terminal } from "../terminal.ts";
import { parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface ReceiveFlags extends DeviceFlags {
  readonly force: boolean;
}

const DESCRIPTION = `Over xmodem OUT is the file. Over ymodem it is a folder, and the sender names
the files; a name with more than letters, digits, dots and dashes is refused.

  coreslot receive log.bin --protocol xmodem --port tcp:127.0.0.1:7000
  coreslot receive incoming --protocol ymodem --port tcp:127.0.0.1:7000`;

async function runReceive(this: CliContext, flags: ReceiveFlags, output: string): Promise<void> {
  const { terminal } = this;
  const inbox = new Inbox(output, { isForced: flags.force });
  const { notes, port } = await receiveInto(inbox, terminal, flags);
  const outputs = await inbox.save();
  const report: Report = {
    data: { files: outputs.map(({ path, bytes }) => ({ file: path, sizeBytes: bytes.length })), notes },
    lines: (style) =>
      formatFacts([
        ...outputs.map(({ path, bytes }): Fact => ["received", `${path}, ${formatSize(bytes.length)}`]),
        ...outputs.length === 0 ? [["received", "no file: the sender had none"] as const] : [],
        ...notes.map((note): Fact => ["note", note]),
      ], style),
  };
  printReport(terminal, withOrigin(report, flags, port), {
    isJson: flags.json,
    isOutputTaken: output === STANDARD_STREAM,
  });
}

/** What came whole is kept, however it ends. */
async function receiveInto(
  inbox: Inbox,
  terminal: Terminal,
  flags: ReceiveFlags,
): Promise<{ readonly notes: readonly string[]; readonly port: string }> {
  try {
    return await talkTo("receive", { terminal, flags }, async (protocol) => {
      const talk = await protocol.receive(inbox);
      return async (conversation) => ({ notes: await talk(conversation), port: conversation.port });
    });
  } catch (error) {
    await inbox.save();
    throw error;
  }
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.receive, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      ...DEVICE_FLAGS,
      force: { kind: "boolean", brief: "Replace files that exist", withNegated: false },
      trace: TRACE_FLAG,
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "OUT", brief: "The file, or over ymodem the folder", parse: parsePath }],
    },
  },
  func: runReceive,
});
