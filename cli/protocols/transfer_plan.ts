/**
 * `coreslot plan` for XMODEM and YMODEM: what sending a file costs, beside lrzsz.
 *
 * @module
 */

import { type TransferCost, transferTimeMs } from "../../protocols/xmodem/plan.ts";
import { formatDuration, formatFacts, formatSize, groupDigits, type Report } from "../report.ts";
import { alignColumns } from "../wrap.ts";
import type { FlashSource, PlanOptions } from "./protocol.ts";
import { type FileSender, payloadOf } from "./transfer_send.ts";

/**
 * Foretells the cost.
 *
 * @param sender The protocol.
 * @param source The file.
 * @param options Rate and block size.
 * @returns The report.
 */
export async function planTransfer(sender: FileSender, source: FlashSource, options: PlanOptions): Promise<Report> {
  const { baudRate } = options;
  const { file, notes } = await payloadOf(source);
  const plan = sender.plan(file, sender.blockSizeOf(options));
  const time = (cost: TransferCost) => formatDuration(transferTimeMs(cost, { baudRate }));
  const rows: readonly (readonly [string, (cost: TransferCost) => string])[] = [
    ["bytes out", ({ bytesToReceiver }) => groupDigits(bytesToReceiver)],
    ["bytes in", ({ bytesToSender }) => groupDigits(bytesToSender)],
    ["turns", ({ roundTrips }) => groupDigits(roundTrips)],
    ["blocks", ({ blockCount }) => groupDigits(blockCount)],
    ["silence", ({ silenceMs }) => formatDuration(silenceMs)],
    ["line time", time],
  ];
  const all = [...notes, ...plan.notes ?? []];
  return {
    data: {
      file: source.path,
      sizeBytes: file.bytes.length,
      baudRate,
      ...plan,
      lineTimeMs: {
        ours: transferTimeMs(plan.ours, { baudRate }),
        lrzsz: transferTimeMs(plan.lrzsz, { baudRate }),
      },
      notes: all,
    },
    lines: (style) => {
      const [head = "", ...lines] = alignColumns([
        ["", "coreslot", sender.lrzszOf(options)],
        ...rows.map(([name, show]) => [name, show(plan.ours), show(plan.lrzsz)]),
      ], { right: [1, 2], lead: "  " });
      return [
        `${style.strong(source.path)}: ${formatSize(file.bytes.length)} at ${baudRate} baud 8N1`,
        "",
        style.faint(head),
        ...lines,
        ...all.length === 0 ? [] : ["", ...formatFacts(all.map((note) => ["note", note] as const), style)],
      ];
    },
  };
}
