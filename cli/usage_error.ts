/**
 * A command line that cannot be run, and how the argument scanner's findings become one.
 *
 * @module
 */

import {
  AliasNotFoundError,
  ArgumentParseError,
  EnumValidationError,
  FlagNotFoundError,
  InvalidNegatedFlagSyntaxError,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { CoreslotError } from "../core/errors.ts";
import { joinNames } from "./wrap.ts";

/** What is wrong with the command line. */
export type UsageErrorCode =
  /** There is no such command. */
  | "unknown-command"
  /** The command has no such flag. */
  | "unknown-flag"
  /** A flag or an argument that the command needs is not there. */
  | "missing-argument"
  /** There is one argument too many, or a flag is given twice. */
  | "unexpected-argument"
  /** A value is not of the kind that its flag takes. */
  | "bad-value"
  /** Flags that are right one by one and make no sense together. */
  | "conflicting-flags";

/** A command line that cannot be run. */
export class UsageError extends CoreslotError {
  declare readonly code: UsageErrorCode;

  /**
   * Keeps code, message and advice.
   *
   * @param code What is wrong.
   * @param message `Cannot <verb> <object>: <state>`.
   * @param advice What to do about it.
   */
  constructor(code: UsageErrorCode, message: string, advice?: string) {
    super({ code, message, advice });
  }
}

/**
 * Says that there is no such command.
 *
 * @param input What was given for a command.
 * @param corrections Commands with a similar name.
 * @returns The error.
 */
export function unknownCommand(input: string, corrections: readonly string[]): UsageError {
  return new UsageError(
    "unknown-command",
    `Cannot run coreslot: there is no command ${input}`,
    suggest(corrections) ?? "See coreslot --help for the commands",
  );
}

/**
 * Makes one error out of all that the argument scanner found.
 *
 * @param findings What the scanner threw, in its order; at least one.
 * @param args The command line, its command first.
 * @param flagNames The flags that the command has.
 * @returns A {@linkcode UsageError}, or the first finding as it is when the scanner did not throw it.
 */
export function toUsageError(
  findings: readonly unknown[],
  args: readonly string[],
  flagNames: readonly string[],
): unknown {
  const command = args[0] ?? "coreslot";
  const missing = findings.flatMap((finding) => missingName(finding, args) ?? []);
  if (missing.length === findings.length) {
    return new UsageError(
      "missing-argument",
      `Cannot run ${command}: ${joinNames(missing)} ${missing.length === 1 ? "is" : "are"} missing`,
      `See coreslot ${command} --help`,
    );
  }
  const finding = findings.find((finding) => missingName(finding, args) === undefined);
  return unexpectedInput(finding, command) ?? unknownName(finding, command, flagNames) ?? finding;
}

/** Name of what is not on the command line at all; a flag that is there without its value is another matter. */
function missingName(finding: unknown, args: readonly string[]): string | undefined {
  if (finding instanceof UnsatisfiedPositionalError) return finding.placeholder;
  if (!(finding instanceof UnsatisfiedFlagError)) return undefined;
  const flag = `--${finding.externalFlagName}`;
  return args.includes(flag) ? undefined : flag;
}

function unknownName(finding: unknown, command: string, flagNames: readonly string[]): UsageError | undefined {
  const see = `See coreslot ${command} --help for its flags`;
  if (finding instanceof FlagNotFoundError) {
    // The beginning of a name is no misspelling of a shorter one: `--prot` is no `--port`.
    const begun = flagNames.filter((name) => name.startsWith(finding.input));
    const corrections = (begun.length > 0 ? begun : finding.corrections).map((name) => `--${name}`);
    return new UsageError(
      "unknown-flag",
      `Cannot run ${command}: it has no flag --${finding.input}`,
      suggest(corrections) ?? see,
    );
  }
  if (finding instanceof AliasNotFoundError) {
    return new UsageError("unknown-flag", `Cannot run ${command}: it has no flag -${finding.input}`, see);
  }
  return undefined;
}

function unexpectedInput(finding: unknown, command: string): UsageError | undefined {
  if (finding instanceof UnsatisfiedFlagError) {
    return new UsageError("missing-argument", `Cannot run ${command}: --${finding.externalFlagName} has no value`);
  }
  if (finding instanceof UnexpectedPositionalError) {
    const { input } = finding;
    const advice = input.startsWith("--") ? "Give the flag a value" : `See coreslot ${command} --help`;
    return new UsageError("unexpected-argument", `Cannot run ${command}: it has no use for ${input}`, advice);
  }
  if (finding instanceof UnexpectedFlagError) {
    const { externalFlagName, previousInput, input } = finding;
    const state = `--${externalFlagName} is given twice, as ${previousInput} and as ${input}`;
    return new UsageError("unexpected-argument", `Cannot run ${command}: ${state}`, "Give it once");
  }
  if (finding instanceof InvalidNegatedFlagSyntaxError) {
    const state = `--${finding.externalFlagName} takes no value`;
    return new UsageError("unexpected-argument", `Cannot run ${command}: ${state}`);
  }
  if (finding instanceof EnumValidationError) {
    return badValue(finding.externalFlagName, finding.input, `it takes ${joinNames(finding.values, "or")}`);
  }
  if (finding instanceof ArgumentParseError) {
    const { externalFlagNameOrPlaceholder, input, exception } = finding;
    return badValue(
      externalFlagNameOrPlaceholder,
      input,
      exception instanceof Error ? exception.message : String(exception),
    );
  }
  return undefined;
}

function badValue(name: string, input: string, state: string): UsageError {
  // Flags have lower-case names, arguments upper-case ones.
  const shown = name === name.toUpperCase() ? name : `--${name}`;
  return new UsageError("bad-value", `Cannot read ${shown} "${input}": ${state}`);
}

function suggest(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `Did you mean ${joinNames(names, "or")}?`;
}
