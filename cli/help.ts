/**
 * The help texts, set in 80 columns from what the commands say about themselves.
 *
 * @module
 */

import type { Command, RouteMap } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { wrap } from "./wrap.ts";
import type { Style } from "./terminal.ts";

type Flag = NonNullable<Command<CliContext>["parameters"]["flags"]>[string];
type Arguments = NonNullable<Command<CliContext>["parameters"]["positional"]>;

/** Widest flag that still has its description on the same line. */
const FLAG_COLUMNS = 24;

const CLOSING = [
  "coreslot <command> --help explains a command and shows an example.",
  "",
  "Exit codes: 0 done; 1 fault in coreslot; 2 usage; 3 malformed input file;",
  "4 refused by the packaging checks; 5 verification failed; 6 file system;",
  "7 no answer; 8 refused by the device; 9 port not to be had; 10 some of several",
  "devices failed; 130 interrupted.",
];

/**
 * Formats the help of the whole tool.
 *
 * @param root All commands.
 * @param style How to mark up headings.
 * @returns The lines.
 */
export function formatRootHelp(root: RouteMap<CliContext>, style: Style): string[] {
  const commands = root.getAllEntries().filter(({ hidden }) => !hidden);
  const width = Math.max(...commands.map(({ name }) => name.original.length));
  return [
    root.brief,
    "",
    style.strong("Usage"),
    "  coreslot <command> [flags]",
    "",
    style.strong("Commands"),
    ...commands.flatMap(({ name, target }) =>
      wrap(target.brief.split(" "), { lead: `  ${name.original.padEnd(width)}  ` })
    ),
    "",
    style.strong("Flags"),
    "  --help, -h     Print help, here or for a command",
    "  --version, -v  Print the version",
    "",
    ...CLOSING,
  ];
}

/**
 * Formats the help of one command.
 *
 * @param command The command.
 * @param name What it is called by, such as `coreslot pack`.
 * @param style How to mark up headings.
 * @returns The lines.
 */
export function formatCommandHelp(command: Command<CliContext>, name: string, style: Style): string[] {
  const flags = Object.entries(command.parameters.flags ?? {}).filter(([, flag]) => flag.hidden !== true);
  const positional = listArguments(command.parameters.positional);
  const words = [
    ...positional.map(({ placeholder, optional }) => optional ? `[${placeholder}]` : placeholder),
    ...flags.map(([flagName, flag]) => formatUsage(flagName, flag)),
  ];
  return [
    command.brief,
    "",
    style.strong("Usage"),
    ...wrap(words, { lead: `  ${name} ` }),
    "",
    ...positional.length === 0 ? [] : [
      style.strong("Arguments"),
      ...positional.flatMap(({ placeholder, brief }) => formatEntry(placeholder, brief)),
      "",
    ],
    style.strong("Flags"),
    ...flags.flatMap(([flagName, flag]) => formatEntry(formatFlag(flagName, flag), describe(flag))),
    ...formatEntry("--help, -h", "Print this help"),
    ...command.fullDescription === undefined ? [] : ["", command.fullDescription],
  ];
}

function listArguments(positional: Arguments | undefined): { placeholder: string; brief: string; optional: boolean }[] {
  if (positional === undefined) return [];
  if (positional.kind === "array") {
    const { placeholder = "", brief } = positional.parameter;
    return [{ placeholder: `${placeholder}...`, brief, optional: false }];
  }
  return positional.parameters.map(({ placeholder = "", brief, optional = false }) => ({
    placeholder,
    brief,
    optional,
  }));
}

function formatFlag(name: string, flag: Flag): string {
  if (flag.kind === "boolean" || flag.kind === "counter") return `--${name}`;
  const values = flag.kind === "enum" ? flag.values.join("|") : "VALUE";
  return `--${name} ${flag.placeholder ?? values}`;
}

function formatUsage(name: string, flag: Flag): string {
  const isRepeatable = "variadic" in flag && flag.variadic !== undefined && flag.variadic !== false;
  const text = `${formatFlag(name, flag)}${isRepeatable ? "..." : ""}`;
  return isOptional(flag) ? `[${text}]` : text;
}

function isOptional(flag: Flag): boolean {
  return flag.optional === true || flag.kind === "boolean" || ("default" in flag && flag.default !== undefined);
}

function describe(flag: Flag): string {
  const hasDefault = flag.kind !== "boolean" && "default" in flag && flag.default !== undefined;
  return hasDefault ? `${flag.brief} (default: ${flag.default})` : flag.brief;
}

function formatEntry(name: string, brief: string): string[] {
  const lead = `  ${name.padEnd(FLAG_COLUMNS)}  `;
  const lines = wrap(brief.split(" "), { lead: " ".repeat(FLAG_COLUMNS + 4) });
  const [first = "", ...rest] = lines;
  return name.length > FLAG_COLUMNS ? [`  ${name}`, ...lines] : [lead + first.trimStart(), ...rest];
}
