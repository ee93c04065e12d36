/**
 * The application: finds the command, loads its module and no other, runs it, and reports what failed.
 *
 * @module
 */

import {
  type Application,
  buildApplication,
  buildCommand,
  buildRouteMap,
  type Command,
  run,
  type StricliIntegration,
  text_en,
} from "@stricli/core";
import denoConfig from "../deno.json" with { type: "json" };
import { BRIEFS, type CommandName, isCommandName } from "./commands/briefs.ts";
import { addDefaults } from "./config_line.ts";
import type { CliContext, CommandModule } from "./context.ts";
import { EXIT_CODES, type ExitCode, exitCodeOf } from "./exit_codes.ts";
import { reportFailure } from "./failure.ts";
import { formatCommandHelp, formatRootHelp } from "./help.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { toUsageError, unknownCommand, UsageError } from "./usage_error.ts";

const LOADERS: Readonly<Record<CommandName, () => Promise<CommandModule>>> = {
  keygen: () => import("./commands/keygen.ts"),
  pack: () => import("./commands/pack.ts"),
  inspect: () => import("./commands/inspect.ts"),
  verify: () => import("./commands/verify.ts"),
  extract: () => import("./commands/extract.ts"),
  convert: () => import("./commands/convert.ts"),
  digest: () => import("./commands/digest.ts"),
  attach: () => import("./commands/attach.ts"),
  ports: () => import("./commands/ports.ts"),
  info: () => import("./commands/info.ts"),
  flash: () => import("./commands/flash.ts"),
  read: () => import("./commands/read.ts"),
  erase: () => import("./commands/erase.ts"),
  go: () => import("./commands/go.ts"),
  protect: () => import("./commands/protect.ts"),
  send: () => import("./commands/send.ts"),
  receive: () => import("./commands/receive.ts"),
  emulate: () => import("./commands/emulate.ts"),
  plan: () => import("./commands/plan.ts"),
  decode: () => import("./commands/decode.ts"),
  rehearse: () => import("./commands/rehearse.ts"),
  layouts: () => import("./commands/layouts.ts"),
  completions: () => import("./commands/completions.ts"),
  complete: () => import("./commands/complete.ts"),
};

/**
 * How far a name may be from one that exists to be proposed instead: one letter left out, one too many, one wrong, or
 * two swapped. The scanner's own 7 proposes `--key` for any three letters.
 */
const DISTANCE_OPTIONS = {
  threshold: 3,
  weights: { insertion: 1, deletion: 3, substitution: 2, transposition: 0 },
};

const FLAG_NAME_REGEXP = /^--([^=]+)/;

/**
 * Runs one command line.
 *
 * @param args The arguments, the command first.
 * @param terminal Where reports go.
 * @default terminal {openTerminal()}
 * @returns The exit code.
 */
export async function runCoreslot(args: readonly string[], terminal: Terminal = openTerminal()): Promise<ExitCode> {
  // `coreslot help pack` is what people of other tools try first.
  const line = args[0] === "help" ? [...args.slice(1), "--help"] : args;
  const findings: unknown[] = [];
  const failures: unknown[] = [];
  try {
    refuseInheritedNames(line);
    const completed = await completeLine(line);
    const app = await buildCoreslot(completed, {
      onFinding: (finding) => findings.push(finding),
      onFailure: (failure) => failures.push(failure),
      terminal,
    });
    await run(app, completed, contextOf(terminal));
  } catch (error) {
    failures.push(error);
  }
  if (findings.length > 0) failures.push(toUsageError(findings, line, await flagNamesOf(line)));
  if (failures.length === 0) return EXIT_CODES.ok;
  reportFailure(failures[0], { terminal, isJson: line.includes("--json") });
  return exitCodeOf(failures[0]);
}

/** Adds what a project's file says to the line of a command that talks to a device. */
async function completeLine(line: readonly string[]): Promise<readonly string[]> {
  const [name = ""] = line;
  return isCommandName(name) ? await addDefaults(line, (await LOADERS[name]()).command) : line;
}

async function flagNamesOf([name = ""]: readonly string[]): Promise<readonly string[]> {
  return isCommandName(name) ? Object.keys((await LOADERS[name]()).command.parameters.flags ?? {}) : [];
}

/**
 * Gives the context in which commands run. What the scanner would print is dropped: the findings behind it are reported.
 *
 * @param terminal Where reports go.
 * @returns The context.
 */
function contextOf(terminal: Terminal): CliContext {
  return {
    terminal,
    process: { stdout: { write: () => {} }, stderr: { write: () => {} } },
  };
}

/** Options of {@linkcode buildCoreslot}. */
export interface BuildOptions {
  /** Takes what the argument scanner finds wrong. */
  readonly onFinding: (finding: unknown) => void;
  /** Takes what a command throws. */
  readonly onFailure: (failure: unknown) => void;
  /** Where help goes. */
  readonly terminal: Terminal;
}

/**
 * Builds the application with the one command loaded that the command line names.
 *
 * @param args The arguments, the command first.
 * @param options Where findings, failures and help go.
 * @returns The application.
 */
export async function buildCoreslot(args: readonly string[], options: BuildOptions): Promise<Application<CliContext>> {
  const { onFinding, onFailure, terminal } = options;
  const wanted = args[0] ?? "";
  const routes: Record<string, Command<CliContext>> = {};
  for (const name of Object.keys(BRIEFS).filter(isCommandName)) {
    routes[name] = name === wanted ? (await LOADERS[name]()).command : namedOnly(name);
  }
  const root = buildRouteMap({
    routes,
    docs: {
      brief: "Coreslot packs STM32 firmware into signed updates, and brings it onto devices.",
      hideRoute: { complete: true },
    },
  });
  const silently = (take: (thrown: unknown) => void) => (thrown: unknown): string => {
    take(thrown);
    return "";
  };
  return buildApplication(root, {
    name: "coreslot",
    scanner: { caseStyle: "original", allowArgumentEscapeSequence: true, distanceOptions: DISTANCE_OPTIONS },
    documentation: { disableAnsiColor: true },
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: ({ input, corrections }) =>
          silently(onFailure)(unknownCommand(input, corrections.map((name) => name.replaceAll("`", "")))),
        exceptionWhileParsingArguments: silently(onFinding),
        exceptionWhileRunningCommand: silently(onFailure),
        exceptionWhileLoadingCommandFunction: silently(onFailure),
        exceptionWhileRunningIntegrationFlag: ({ exception }) => silently(onFailure)(exception),
      },
    },
  }, { help: helpFlag(terminal), version: versionFlag(terminal) });
}

/**
 * Refuses `--constructor` and the like: the scanner looks names up in ordinary objects and takes what those inherit for
 * a flag.
 */
function refuseInheritedNames(line: readonly string[]): void {
  for (const arg of line) {
    if (arg === "--") return;
    const name = FLAG_NAME_REGEXP.exec(arg)?.[1];
    if (name === undefined || !(name in Object.prototype)) continue;
    throw new UsageError("unknown-flag", `Cannot run coreslot: there is no flag --${name}`);
  }
}

/** A command as the list of commands needs it, without the modules behind it. */
function namedOnly(name: CommandName): Command<CliContext> {
  return buildCommand({ parameters: {}, docs: { brief: BRIEFS[name] }, func: () => {} });
}

function helpFlag({ print, style }: Terminal): StricliIntegration<CliContext> {
  return {
    flag: {
      brief: "Print help",
      aliases: ["h"],
      global: true,
      complete: true,
      defaultForRouteMap: true,
      run: (_app, { result: { target, prefix } }) =>
        print(
          ..."parameters" in target
            ? formatCommandHelp(target, prefix.join(" "), style)
            : formatRootHelp(target, style),
        ),
    },
  };
}

function versionFlag({ print }: Terminal): StricliIntegration<CliContext> {
  return {
    flag: {
      brief: "Print the version",
      aliases: ["v"],
      complete: true,
      run: () => print(`coreslot ${denoConfig.version}`),
    },
  };
}
