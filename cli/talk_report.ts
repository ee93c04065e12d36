/**
 * What a command does whose conversation ends in a report: talks, and prints it.
 *
 * @module
 */

import type { Talk } from "./conversation.ts";
import { namesSeveral, type PortFlags } from "./port_flags.ts";
import type { Operation } from "./protocols/protocol.ts";
import { loadProtocol, type ProtocolWith } from "./protocols/table.ts";
import { printReport, type Report } from "./report.ts";
import { type DeviceFlags, talkTo } from "./talk.ts";
import type { Terminal } from "./terminal.ts";

/** `--all`, for commands that can be given to many devices at once; those that have another use for it take a list of ports. */
export const ALL_FLAG = {
  kind: "boolean",
  brief: "All devices on USB at once, or all that --port fits",
  withNegated: false,
} as const;

/** Options of {@linkcode talkAndReport}. */
export interface TalkAndReportOptions {
  /** Where reports go. */
  readonly terminal: Terminal;
  /** The command's flags. */
  readonly flags: DeviceFlags;
  /**
   * Whether to talk to many devices at once, even if `--port` names one at most.
   *
   * @default {false}
   */
  readonly isForAll?: boolean;
}

/**
 * Talks to the device, and prints the report.
 *
 * @typeParam O The operation that the command needs.
 * @param operation The operation.
 * @param options Terminal, and the command's flags.
 * @param prepare Gives the conversation; what it throws is thrown before the port is opened.
 * @throws {UsageError} When the protocol has no such operation, or no use for a flag.
 * @throws {PortError} When the port cannot be opened.
 * @throws {DeviceError} When the protocol fails, or somebody presses Ctrl-C.
 */
export async function talkAndReport<O extends Operation>(
  operation: O,
  options: TalkAndReportOptions,
  prepare: (protocol: ProtocolWith<O>) => Talk<Report> | Promise<Talk<Report>>,
): Promise<void> {
  const { terminal, flags, isForAll = false } = options;
  const report = isForAll || namesSeveral(flags.port) ? await talkToAll(operation, options, prepare) : await talkTo(
    operation,
    options,
    async (protocol) => {
      const talk = await prepare(protocol);
      return async (conversation) => withOrigin(await talk(conversation), flags, conversation.port);
    },
  );
  printReport(terminal, report, { isJson: flags.json });
}

async function talkToAll<O extends Operation>(
  operation: O,
  { terminal, flags }: TalkAndReportOptions,
  prepare: (protocol: ProtocolWith<O>) => Talk<Report> | Promise<Talk<Report>>,
): Promise<Report> {
  const { reportOnAll } = await import("./many_devices.ts");
  // A command line that is wrong is wrong for all of them.
  await prepare(await loadProtocol(flags.protocol, operation, flags));
  const report = await reportOnAll({
    operation,
    flags,
    terminal,
    work: ({ port }, own) => talkTo(operation, { terminal: own, flags: { ...flags, port } }, prepare),
  });
  return withOrigin(report, flags);
}

/**
 * Says in a report what nobody said on the command line: the port that was chosen, and the file that gave defaults.
 *
 * @param report The report.
 * @param flags The command's flags.
 * @param port The port that was used.
 * @returns The report, with that for programs; people have been told.
 */
export function withOrigin(report: Report, { port: named, config }: PortFlags, port?: string): Report {
  const isChosen = named === undefined && port !== undefined;
  const origin = { ...(config === undefined ? {} : { config }), ...(isChosen ? { port } : {}) };
  return { ...report, data: { ...report.data, ...origin } };
}
