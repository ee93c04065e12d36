/**
 * What to do when a device does not do what it was asked for, in terms of the commands and flags that there are.
 *
 * @module
 */

import type { CoreslotError } from "../core/errors.ts";
import { PortError } from "../ports/port_error.ts";
import { LinkClosedError, LinkTimeoutError, ReadBackError, RefusedError } from "../protocols/link/error.ts";

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
export const WRITE_PROTECTED_ADVICE =
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
]);

/**
 * Finds what to say about what a protocol threw.
 *
 * @param error What it threw.
 * @returns What is known better here; nothing where the error says it all.
 */
export function adviseOn(error: CoreslotError): DeviceAdvice {
  if (error instanceof LinkClosedError) return adviseOnLoss(error);
  if (error instanceof LinkTimeoutError && error.expected.startsWith("silence")) {
    return {
      message: "Cannot go on: something talks without being asked, and does not stop",
      advice: "That is the application, mostly: set BOOT0 high and reset the device (--enter does both where it is " +
        "wired), or check that this is the right port",
    };
  }
  if (error instanceof RefusedError && error.phase === "command" && PROTECTED_COMMANDS.has(error.command)) {
    return {
      advice: `The device is read-protected, mostly: ${READ_PROTECTED}; or its boot ROM does not know the command`,
      isUntouched: error.command.endsWith("Erase"),
    };
  }
  if (error instanceof ReadBackError) {
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

function adviseOnLoss({ cause }: LinkClosedError): DeviceAdvice {
  if (!(cause instanceof PortError) || cause.code !== "port-vanished") return {};
  return {
    message: "Cannot go on: the device is gone",
    advice:
      "Check cable and power, then run the same command again; --retry 3 --wait 60 does that by itself when the " +
      "port is back",
  };
}

const COMMAND_REGEXP = /coreslot protect (?:write-off|readout-off --yes)/;
const PLAIN_WORD_REGEXP = /^[\w./:@%+=,-]+$/;

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
  const quoted = PLAIN_WORD_REGEXP.test(port) ? port : `'${port}'`;
  const flags = `${protocol === undefined ? "" : ` --protocol ${protocol}`} --port ${quoted}`;
  return advice.replace(COMMAND_REGEXP, (command) => command + flags);
}
