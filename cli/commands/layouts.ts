/**
 * `coreslot layouts`: the layouts there are, and what one of them says.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { formatAddress } from "../../core/hex.ts";
import { checkLayout } from "../../packager/layouts/check_layout.ts";
import type { Layout, OptionByte } from "../../packager/layouts/layout.ts";
import schema from "../../packager/layouts/layout.schema.json" with { type: "json" };
import { formatLayout } from "../../packager/layouts/parse_layout.ts";
import { LAYOUT_PRESETS } from "../../packager/layouts/presets.ts";
import type { CliContext } from "../context.ts";
import { JSON_FLAG } from "../flags.ts";
import { loadLayout, presetNames } from "../load_layout.ts";
import { formatArea } from "../report.ts";
import type { Style } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { parsePath } from "../values.ts";
import { alignColumns, wrap } from "../wrap.ts";
import { BRIEFS } from "./briefs.ts";

interface LayoutsFlags {
  readonly json: boolean;
  readonly schema: boolean;
}

const DESCRIPTION = `With a name, --json prints the layout as a file, to be edited and given to
--layout:

  coreslot layouts stm32h745 --json > board.json
  coreslot pack --layout board.json ...`;

async function runLayouts(this: CliContext, flags: LayoutsFlags, name?: string): Promise<void> {
  const { print, style } = this.terminal;
  if (flags.schema) {
    if (name !== undefined) {
      throw new UsageError("conflicting-flags", "Cannot run layouts: --schema is the same for every layout");
    }
    return print(JSON.stringify(schema, null, 2));
  }
  if (name === undefined) {
    if (!flags.json) return print(...formatList(LAYOUT_PRESETS, style));
    return print(JSON.stringify(LAYOUT_PRESETS.map((layout) => JSON.parse(formatLayout(layout))), null, 2));
  }
  const layout = await loadLayout(name);
  print(...flags.json ? [formatLayout(layout).trimEnd()] : describeLayout(layout, style));
}

function formatList(layouts: readonly Layout[], style: Style): string[] {
  const rows = layouts.map(({ name, part, policy, loader, slots }) => [
    name,
    part.name,
    policy,
    formatArea(loader.sizeBytes),
    slots.map(({ core, sizeBytes }) => `${core} ${formatArea(sizeBytes)}`).join(", "),
  ]);
  const [head = "", ...lines] = alignColumns([["layout", "part", "policy", "loader", "slots"], ...rows], {
    right: [3],
    lead: "  ",
  });
  return [
    style.faint(head),
    ...lines,
    "",
    "Policy copy: slot A runs, slot B receives, the loader copies B to A.",
    "Policy single: one slot for each core, received in place.",
  ];
}

function describeLayout(layout: Layout, style: Style): string[] {
  const { name, part, policy, bankMode, loader, slots, optionBytes } = layout;
  const notes = checkLayout(layout);
  const areas = [
    { name: "loader", addressStart: loader.addressStart, sizeBytes: loader.sizeBytes },
    ...slots.flatMap(({ core, addressA, addressB, sizeBytes }) => [
      { name: policy === "single" ? `${core} slot` : `${core} slot A`, addressStart: addressA, sizeBytes },
      ...policy === "single" ? [] : [{ name: `${core} slot B`, addressStart: addressB, sizeBytes }],
    ]),
  ];
  const [head = "", ...lines] = alignColumns([
    ["area", "start", "end", "size"],
    ...areas.map(({ name, addressStart, sizeBytes }) => [
      name,
      formatAddress(addressStart),
      formatAddress(addressStart + sizeBytes),
      formatArea(sizeBytes),
    ]),
  ], { right: [3], lead: "  " });
  return [
    `${style.strong(name)}: policy ${policy} on ${part.name}, bank mode ${bankMode}`,
    "",
    style.faint(head),
    ...lines,
    "",
    style.strong("Option bytes"),
    ...formatOptions(optionBytes),
    ...notes.length === 0 ? [] : ["", style.strong("Notes")],
    ...notes.flatMap((note) => wrap(note.split(" "), { lead: "  " })),
  ];
}

function formatOptions(options: readonly OptionByte[]): string[] {
  if (options.length === 0) return ["  none needed"];
  const leads = alignColumns(options.map(({ name, value }) => [name, formatValue(value)]), { lead: "  " });
  const width = Math.max(...leads.map((lead) => lead.length)) + 2;
  return options.flatMap(({ reason }, index) => wrap(reason.split(" "), { lead: (leads[index] ?? "").padEnd(width) }));
}

/** Flags and counts in decimal, masks and addresses in hexadecimal. */
function formatValue(value: number): string {
  return value < 10 ? String(value) : `0x${value.toString(16).toUpperCase()}`;
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.layouts, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      json: JSON_FLAG,
      schema: { kind: "boolean", brief: "Print the JSON Schema of layout files", withNegated: false },
    },
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "NAME|FILE",
        brief: "A preset, or a layout file to check and show",
        parse: parsePath,
        optional: true,
        proposeCompletions: presetNames,
      }],
    },
  },
  func: runLayouts,
});
