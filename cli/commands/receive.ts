/**
 * `coreslot receive`: files from whoever sends them.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { isRegularFile } from "../distinct_paths.ts";
import { FileError } from "../file_error.ts";
import { makeFolder, type Output, refuseExisting, STANDARD_STREAM, writeOutputs } from "../files.ts";
import { DEVICE_FLAGS, JSON_FLAG, TRACE_FLAG } from "../flags.ts";
import { type Fact, formatFacts, formatSize, printReport } from "../report.ts";
import { type DeviceFlags, talkTo } from "../talk.ts";
import { parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface ReceiveFlags extends DeviceFlags {
  readonly force: boolean;
}

/** What a file may be called: the sender chooses the name, and it must not reach anything but the folder. */
const SAFE_NAME_REGEXP = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,126}$/;

const DESCRIPTION = `Over xmodem OUT is the file. Over ymodem it is a folder, and the sender names
the files; a name with more than letters, digits, dots and dashes is refused.

  coreslot receive log.bin --protocol xmodem --port tcp:127.0.0.1:7000
  coreslot receive incoming --protocol ymodem --port tcp:127.0.0.1:7000`;

async function runReceive(this: CliContext, flags: ReceiveFlags, output: string): Promise<void> {
  const { terminal } = this;
  // Before anything is received, as far as it can be known.
  if (!flags.force && isRegularFile(output)) refuseExisting(output);
  const { files, notes } = await talkTo(
    "receive",
    { terminal, flags },
    (protocol) => (conversation) => protocol.receive(conversation),
  );
  const isFolder = files.every(({ name }) => name !== undefined);
  const outputs = files.map(({ name, bytes }): Output => ({
    path: name === undefined ? output : `${output}/${checkName(name)}`,
    bytes,
  }));
  if (!flags.force) outputs.forEach(({ path }) => path === STANDARD_STREAM || refuseExisting(path));
  if (isFolder) await makeFolder(output, () => writeOutputs(outputs));
  else await writeOutputs(outputs);
  printReport(terminal, {
    data: { files: outputs.map(({ path, bytes }) => ({ file: path, sizeBytes: bytes.length })), notes },
    lines: (style) =>
      formatFacts([
        ...outputs.map(({ path, bytes }): Fact => ["received", `${path}, ${formatSize(bytes.length)}`]),
        ...outputs.length === 0 ? [["received", "no file: the sender had none"] as const] : [],
        ...notes.map((note): Fact => ["note", note]),
      ], style),
  }, { isJson: flags.json, isOutputTaken: output === STANDARD_STREAM });
}

function checkName(name: string): string {
  if (SAFE_NAME_REGEXP.test(name)) return name;
  throw new FileError("write", JSON.stringify(name), {
    code: "unsafe-name",
    state: "the sender chose a name that may mean something else to this system",
    advice: "Rename the file at the sender, or receive it over xmodem, which has no names",
  });
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
