/**
 * `coreslot inspect`: what an update says of itself.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { type InspectedRecord, inspectUpdate } from "../../packager/inspect.ts";
import type { CliContext } from "../context.ts";
import { inFile } from "../file_content_error.ts";
import { readInput } from "../files.ts";
import { JSON_FLAG } from "../flags.ts";
import { formatFacts, formatSize, printReport } from "../report.ts";
import type { Style } from "../terminal.ts";
import { describeHeader, formatImages, formatTitle, listSharedFacts } from "../update_report.ts";
import { parsePath } from "../values.ts";
import { alignColumns, wrap } from "../wrap.ts";
import { BRIEFS } from "./briefs.ts";

interface InspectFlags {
  readonly fields: boolean;
  readonly json: boolean;
}

/** Digits that stand together where a long value is broken. */
const DIGITS_REGEXP = /[0-9a-f]{1,32}/g;
const LONG_HEX_REGEXP = /^[0-9a-f]{33,}$/;

const DESCRIPTION = `Structure and CRCs are checked; signatures, set and digests are not: that is
what coreslot verify is for.`;

async function runInspect(this: CliContext, flags: InspectFlags, path: string): Promise<void> {
  const bytes = readInput(path);
  const inspection = await inFile(path, () => inspectUpdate(bytes));
  const { kind, isTrusted, isSigned, images, metadata, records } = inspection;
  const headers = images.map(({ header }) => header);
  printReport(this.terminal, {
    data: {
      file: path,
      sizeBytes: bytes.length,
      kind,
      isTrusted,
      isSigned,
      images: headers.map(describeHeader),
      metadataSizeBytes: metadata.length,
      records,
    },
    lines: (style) => [
      formatTitle(path, { state: kind, imageCount: images.length, sizeBytes: bytes.length }, style),
      "",
      ...formatFacts([
        ...listSharedFacts(headers),
        ["bound", metadata.length === 0 ? undefined : formatSize(metadata.length)],
        ["signed", isSigned ? "yes, not verified" : "no"],
      ], style),
      "",
      ...formatImages(headers, style),
      ...flags.fields ? records.flatMap((record) => ["", ...formatRecord(record, style)]) : [],
    ],
  }, { isJson: flags.json });
}

function formatRecord({ path, fields }: InspectedRecord, style: Style): string[] {
  const [head = "", ...leads] = alignColumns([
    ["offset", "size", "field"],
    ...fields.map(({ name, offset, sizeBytes }) => [String(offset), String(sizeBytes), name]),
  ], { right: [0, 1], lead: "  " });
  const width = Math.max(...leads.map((lead) => lead.length)) + 2;
  return [
    style.strong(path),
    style.faint(`${head.padEnd(width)}value`),
    ...fields.flatMap(({ text }, index) => {
      const pieces = LONG_HEX_REGEXP.test(text) ? text.match(DIGITS_REGEXP) ?? [] : [text];
      return wrap(pieces, { lead: leads[index]!.padEnd(width) });
    }),
  ];
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.inspect, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      fields: { kind: "boolean", brief: "Show every field with its offset and size", withNegated: false },
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "FILE", brief: "A bundle or a container", parse: parsePath }],
    },
  },
  func: runInspect,
});
