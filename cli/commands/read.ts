/**
 * `coreslot read`: a device's memory into a file.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { formatAddress } from "../../core/hex.ts";
import type { WritableFormat } from "../../packager/formats/write_image.ts";
import type { SendAhead } from "../../protocols/an3155/host_exchange.ts";
import type { CliContext } from "../context.ts";
import { STANDARD_STREAM, writeOutputs } from "../files.ts";
import { DEVICE_FLAGS, JSON_FLAG, SEND_AHEAD_FLAG, SIZE_FLAG, START_FLAG, TARGET_FLAGS, TRACE_FLAG } from "../flags.ts";
import { formatOfPath, TO_FLAG } from "../output_format.ts";
import { OutputNames } from "../output_names.ts";
import { namesSeveral } from "../port_flags.ts";
import type { ReadOptions } from "../protocols/protocol.ts";
import { loadProtocol } from "../protocols/table.ts";
import { rangeOf } from "../range_flags.ts";
import { formatFacts, formatSize, printReport, type Report } from "../report.ts";
import { type DeviceFlags, talkTo, targetOf, type TrustFlags } from "../talk.ts";
import { ALL_FLAG, withOrigin } from "../talk_report.ts";
import type { Terminal } from "../terminal.ts";
import { parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface ReadFlags extends DeviceFlags, TrustFlags {
  readonly all: boolean;
  readonly start?: number;
  readonly size?: number;
  readonly to?: WritableFormat;
  readonly "send-ahead"?: SendAhead;
}

const DESCRIPTION = `The whole flash is read unless a range is given. The format of OUT is found from
its name; - is standard output. Flash that reads as erased is in the file too.
Several devices need a file each: {port} in OUT is replaced by the port's name.

  coreslot read flash.hex --protocol an3155 --port tcp:127.0.0.1:7000
  coreslot read flash-{port}.hex --all --protocol an3155
  coreslot read loader.bin --start 0x08000000 --size 128K ...`;

async function runRead(this: CliContext, flags: ReadFlags, output: string): Promise<void> {
  const { terminal } = this;
  if (!flags.all && !namesSeveral(flags.port)) {
    const report = await readInto(output, terminal, flags);
    return printReport(terminal, report, { isJson: flags.json, isOutputTaken: output === STANDARD_STREAM });
  }
  const outputs = new OutputNames(output);
  const { reportOnAll } = await import("../many_devices.ts");
  // A command line that is wrong is wrong for all of them.
  await loadProtocol(flags.protocol, "read", flags);
  readOptionsOf(flags, output);
  const report = await reportOnAll({
    operation: "read",
    flags,
    terminal,
    work: async ({ port, label }, own) => await readInto(outputs.nameFor(label), own, { ...flags, port }),
  });
  printReport(terminal, withOrigin(report, flags), { isJson: flags.json });
}

function readOptionsOf(flags: ReadFlags, output: string): { readonly format: WritableFormat } & ReadOptions {
  const format = flags.to ?? formatOfPath(output);
  return { format, ...targetOf(flags), range: rangeOf(flags, "read"), sendAhead: flags["send-ahead"] };
}

async function readInto(output: string, terminal: Terminal, flags: ReadFlags): Promise<Report> {
  const { format, ...options } = readOptionsOf(flags, output);
  const { image, part, port } = await talkTo(
    "read",
    { terminal, flags },
    (protocol) => async (conversation) => ({
      ...await protocol.read(conversation, options),
      port: conversation.port,
    }),
  );
  const { writeImage } = await import("../../packager/formats/write_image.ts");
  const bytes = writeImage(image, { format, fill: part.flash.programUnit.erasedByte });
  await writeOutputs([{ path: output, bytes }]);
  const { addressStart, addressEnd, sizeBytes } = image;
  const [start, end] = [addressStart, addressEnd].map(formatAddress);
  const report: Report = {
    data: {
      part: part.name,
      addressStart: start,
      addressEnd: end,
      sizeBytes,
      to: { file: output, format, sizeBytes: bytes.length },
    },
    summary: `${formatSize(sizeBytes)} to ${output}`,
    lines: (style) =>
      formatFacts([
        ["part", part.name],
        ["read", `${formatSize(sizeBytes)}, ${start} to ${end}`],
        ["to", `${output}, ${formatSize(bytes.length)}`],
      ], style),
  };
  return withOrigin(report, flags, port);
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.read, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      ...DEVICE_FLAGS,
      all: ALL_FLAG,
      start: START_FLAG,
      size: SIZE_FLAG,
      to: TO_FLAG,
      ...TARGET_FLAGS,
      "send-ahead": SEND_AHEAD_FLAG,
      trace: TRACE_FLAG,
      json: JSON_FLAG,
    },
    positional: { kind: "tuple", parameters: [{ placeholder: "OUT", brief: "Where to write", parse: parsePath }] },
  },
  func: runRead,
});
