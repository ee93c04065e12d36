/**
 * What to do when a device does not do what it was asked for, in terms of the commands and flags that there are.
 *
 * @module
 */

import type { CoreslotError } from "../core/errors.ts";
import { PortError } from "../ports/port_error.ts";
import { LinkClosedError, LinkTimeoutError, ReadBackError, RefusedError } from "../protocols/link/error.ts";
import type { Stage } from "./device_error.ts";
import { quoteWord } from "./shell_word.ts";

/** What the commands know better than the error. */
export interface DeviceAdvice {
  /** What is wrong, where it can be said better. */
  readonly message?: string;
  /** What to do about it. */
  readonly advice?: string;
  /** Whether the device turned down the very first thing that would have changed it. */
  readonly isUntouched?: boolean;
}

/** What to do about a sector that stays as it is. */
const WRITE_PROTECTED_ADVICE =
  "The sector is write-protected, mostly: coreslot protect write-off ends that, then run the same command again; " +
  "a worn sector, or another part than the one chosen, looks the same";

/** What to do about a file that holds more than goes into the part's flash. */
export const OUTSIDE_FLASH_ADVICE = "Leave these bytes out with --crop, or name the part that has them with --part";

const READ_PROTECTED = "coreslot protect readout-off --yes ends that, and ERASES ALL OF ITS FLASH";

/** Commands that a chip with readout protection turns down, as AN3155 names them. */
const PROTECTED_COMMANDS: ReadonlySet<string> = new Set([
  "Read Memory",
  "Write Memory",
  "Go",
  "Erase",
  "Extended Erase",
  "Write Protect",
  "Write Unprotect",
]);

/** Of these, the ones that change the device: nothing has come before them. */
const CHANGING_COMMANDS: ReadonlySet<string> = new Set(["Erase", "Extended Erase", "Write Protect", "Write Unprotect"]);

/**
 * Finds what to say about what a protocol threw.
 *
 * @param error What it threw.
 * @param stage How to go on from where it was thrown.
 * @returns What is known better here; nothing where the error says it all.
 */
export function adviseOn(error: CoreslotError, { next }: Pick<Stage, "next">): DeviceAdvice {
  if (error instanceof LinkClosedError) return adviseOnLoss(error, next);
  if (isEndlessTalk(error)) {
    return {
      message: "Cannot go on: something talks without being asked, and does not stop",
      advice:
        "That is the application, mostly: bring the device into its loader (into its boot ROM by BOOT0 high and " +
        "a reset; --enter does both where it is wired), or check that this is the right port",
    };
  }
  if (error instanceof RefusedError && error.phase === "command" && PROTECTED_COMMANDS.has(error.command)) {
    return {
      advice: `The device is read-protected, mostly: ${READ_PROTECTED}; or its boot ROM does not know the command`,
      isUntouched: CHANGING_COMMANDS.has(error.command),
    };
  }
  if (error instanceof ReadBackError || error.name === "NotErasedError") {
    return { advice: WRITE_PROTECTED_ADVICE };
  }
  if (error.code === "wrong-part" && error.name === "BootRomError") {
    return {
      advice: "Check that this is the right device and port; without --part the chip's own id decides, with " +
        "--trust-part that of --part",
    };
  }
  if (error.code === "unknown-chip") {
    return {
      advice: "Name with --part one whose sectors and program unit are the same, by the reference manual, and add " +
        "--trust-part",
    };
  }
  if (error.code === "outside-flash") return { advice: OUTSIDE_FLASH_ADVICE };
  if (error.code === "ambiguous-chip") {
    return {
      advice: "Name it with --part; where the flash size cannot be read, the device is read-protected, mostly: " +
        READ_PROTECTED,
    };
  }
  return {};
}

/**
 * Tells whether what ended a conversation is that somebody talks without being asked, and does not stop.
 *
 * @param error What ended it.
 */
export function isEndlessTalk(error: unknown): boolean {
  return error instanceof LinkTimeoutError && error.expected.startsWith("silence");
}

/** Where a device may be busy for a while, how often to try is known: tries are a second apart. */
const RETRY_REGEXP = /--retry \d+/;

/** Nothing has to be found out before the next try. */
const AGAIN_REGEXP = /^Run the same command again|then run the same command again/;

function adviseOnLoss({ cause }: LinkClosedError, next: string): DeviceAdvice {
  // Why nobody answers is no question any more.
  const known = next.endsWith("?") ? "Run the same command again" : next;
  const advice = `Check cable and power. ${known.replace(RETRY_REGEXP, "$& --wait 60")}`;
  const byItself = AGAIN_REGEXP.test(known) && !RETRY_REGEXP.test(known)
    ? "; --retry 3 --wait 60 runs it again when the port is back"
    : "";
  const isGone = cause instanceof PortError && cause.code === "port-vanished";
  return { ...isGone ? { message: "Cannot go on: the device is gone" } : {}, advice: advice + byItself };
}

const COMMAND_REGEXP = /coreslot protect (?:write-off|readout-off --yes)/;

/**
 * Completes a command line that an advice has, so that it can be run as it stands.
 *
 * @param advice The advice.
 * @param target The protocol where it is known, and the port as the user gave it.
 * @returns The same with `--protocol` and `--port`.
 */
export function completeCommand(
  advice: string,
  { protocol, port }: { readonly protocol?: string | undefined; readonly port: string },
): string {
  const flags = `${protocol === undefined ? "" : ` --protocol ${protocol}`} --port ${quoteWord(port)}`;
  return advice.replace(COMMAND_REGEXP, (command) => command + flags);
}
