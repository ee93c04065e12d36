/**
 * How a failure is shown: one line, advice, and an exit code; or one JSON object.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";
import { DeviceError } from "./device_error.ts";
import { EXIT_CODES, exitCodeOf } from "./exit_codes.ts";
import { COLUMNS, type Terminal } from "./terminal.ts";
import { splitWords, wrap } from "./wrap.ts";

/** What every message begins with. */
const NAME = "coreslot: ";

/** Control characters and marks of writing direction: what a file holds must not drive the terminal. */
const INVISIBLE_REGEXP = /[\p{Cc}\p{Cf}]/gu;

/** Options of {@linkcode reportFailure}. */
export interface ReportFailureOptions {
  /** Where it goes: standard error, in both forms. */
  readonly terminal: Terminal;
  /** Whether the command line asks for JSON. */
  readonly isJson: boolean;
}

/**
 * Reports what ended a command.
 *
 * @param failure Whatever was thrown.
 * @param options Where and in which form.
 */
export function reportFailure(failure: unknown, options: ReportFailureOptions): void {
  const { terminal: { printError, errorStyle, errorColumns, rewriteError }, isJson } = options;
  if (isJson) {
    printError(JSON.stringify({ error: { ...describe(failure), exitCode: exitCodeOf(failure) } }));
    return;
  }
  // The terminal has shown the key as `^C`, which would stand before the message.
  if (exitCodeOf(failure) === EXIT_CODES.interrupted) rewriteError?.("");
  const message = failure instanceof Error ? failure.message : String(failure);
  const words = message.split(/\s+/).map((word) => word.replaceAll(INVISIBLE_REGEXP, "?"));
  const [first = "", ...rest] = wrap(words, { lead: NAME, columns: errorColumns });
  printError(first.replace(NAME, errorStyle.bad(NAME)), ...rest);
  if (!(failure instanceof CoreslotError)) {
    printError("  This is a fault in coreslot itself: please report it with the command line");
    return;
  }
  const { advice } = failure;
  for (const clause of [failure instanceof DeviceError ? failure.deviceState : undefined, advice]) {
    if (clause !== undefined) {
      printError(...wrap(splitWords(clause), { lead: "  ", columns: Math.min(errorColumns, COLUMNS) }));
    }
  }
}

function describe(failure: unknown): Record<string, unknown> {
  if (failure instanceof CoreslotError) return failure.toJSON();
  return { name: "Error", code: "internal", message: failure instanceof Error ? failure.message : String(failure) };
}
