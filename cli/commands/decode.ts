/**
 * `coreslot decode`: a captured conversation in words.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { CoreslotError } from "../../core/errors.ts";
import type { CliContext } from "../context.ts";
import { inFile } from "../file_content_error.ts";
import { readInput } from "../files.ts";
import { JSON_FLAG, PROTOCOL_FLAG } from "../flags.ts";
import { loadProtocol, type ProtocolName } from "../protocols/table.ts";
import { printReport } from "../report.ts";
import { parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface DecodeFlags {
  readonly protocol: ProtocolName;
  readonly json: boolean;
}

const DESCRIPTION = `A trace is what --trace writes, or what you type from a logic analyser: a line a
frame, milliseconds, > from host to device or < back, bytes in hexadecimal.
- is standard input. What is wrong is marked with !.

  0.000 > 7f
  1.042 < 79

  coreslot decode trace.txt --protocol an3155`;

/** Text that is no trace. Its only code is `bad-trace`. */
export class TraceFormatError extends CoreslotError {
  /**
   * Says which line is wrong.
   *
   * @param message What the parser says.
   */
  constructor(message: string) {
    super({ code: "bad-trace", message, advice: 'Write lines such as "0.000 > 31 ce", as --trace does' });
  }
}

async function runDecode(this: CliContext, flags: DecodeFlags, path: string): Promise<void> {
  const protocol = await loadProtocol(flags.protocol, "decode", flags);
  const { parseTrace } = await import("../../protocols/link/trace.ts");
  const text = new TextDecoder().decode(readInput(path));
  const trace = await inFile(path, () => {
    try {
      return parseTrace(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new TraceFormatError(error.message);
    }
  });
  const { frames, lines } = await protocol.decode(trace);
  printReport(this.terminal, { data: { file: path, frames }, lines }, { isJson: flags.json });
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.decode, fullDescription: DESCRIPTION },
  parameters: {
    flags: { protocol: PROTOCOL_FLAG, json: JSON_FLAG },
    positional: { kind: "tuple", parameters: [{ placeholder: "TRACE", brief: "The trace", parse: parsePath }] },
  },
  func: runDecode,
});
