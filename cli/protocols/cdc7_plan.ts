/**
 * `coreslot plan --protocol cdc7`: what a download costs, beside the loader's own host in Python.
 *
 * @module
 */

import { type Cdc7Plan, planCdc7 } from "../../protocols/cdc7/plan.ts";
import { formatFacts, formatSize, groupDigits, type Report } from "../report.ts";
import { alignColumns } from "../wrap.ts";
import { APPLICATION_RANGE, readApplication } from "./cdc7_application.ts";
import type { FlashSource } from "./protocol.ts";

const ROWS: readonly (readonly [string, keyof Cdc7Plan])[] = [
  ["bytes out", "bytesOut"],
  ["bytes in", "bytesIn"],
  ["turns", "roundTrips"],
  ["packets", "packetCount"],
];

/**
 * Foretells the cost.
 *
 * @param source The file.
 * @returns The report.
 * @throws {UsageError} When it is an update.
 * @throws {FileContentError} When it is damaged, or no application for this loader.
 */
export async function planFile(source: FlashSource): Promise<Report> {
  const { payload, notes } = await readApplication(source, "plan");
  const ours = planCdc7(payload.length);
  const python = planCdc7(payload.length, { alwaysPads: true });
  const all = [...notes, `the device erases all of ${APPLICATION_RANGE} first, whatever the size`];
  return {
    data: { file: source.path, sizeBytes: payload.length, ours, python, notes: all },
    lines: (style) => {
      const [head = "", ...lines] = alignColumns([
        ["", "coreslot", "python"],
        ...ROWS.map(([name, key]) => [name, groupDigits(ours[key]), groupDigits(python[key])]),
      ], { right: [1, 2], lead: "  " });
      return [
        `${style.strong(source.path)}: ${formatSize(payload.length)} in packets of 64 bytes, a turn each`,
        "",
        style.faint(head),
        ...lines,
        "",
        ...formatFacts(all.map((note) => ["note", note] as const), style),
      ];
    },
  };
}
