/**
 * What the binding of the serialport project says when something fails, and what that means: it gives no numbers.
 *
 * @module
 */

import { PortError } from "../port_error.ts";
import { vanishedError } from "./gone.ts";

/** What it says when it cannot open a port; the first that fits counts. */
const OPEN_FAILURES: readonly (readonly [pattern: RegExp, code: string, state: string, advice: string])[] = [
  [/No such file/i, "port-absent", "there is no such port", "Check cable and power, and list the ports"],
  [/not configured|No such device/i, "port-absent", "no device is behind it", "Check cable and power"],
  [/busy|cannot lock/i, "port-busy", "another program has it open", "Close that program first"],
  [/Permission denied/i, "port-permission", "this user has no permission", "Ask who looks after this computer"],
  [/IOSSIOSPEED|baud rate/i, "port-settings", "it cannot do that rate", "Choose a rate that the adapter can do"],
  [/Inappropriate ioctl|is not a/i, "port-not-serial", "it is not a serial port", "List the ports"],
];

/** What it says of an open port whose device is gone: ENXIO, ENODEV, EIO, EBADF. */
const GONE_REGEXP = /not configured|No such device|Input\/output error|Bad file descriptor/i;

/**
 * Makes our error of the binding's, when it could not open a port.
 *
 * @param path The device.
 * @param cause What the binding threw.
 * @returns The error.
 */
export function explainOpenFailure(path: string, cause: unknown): PortError {
  const text = toText(cause);
  const [, code, state, advice] = OPEN_FAILURES.find(([pattern]) => pattern.test(text)) ??
    [undefined, "port-unavailable", toState(text), "Unplug the device and plug it in again"];
  return new PortError({ code, message: `Cannot open ${path}: ${state}`, advice, cause });
}

/**
 * Makes our error of the binding's, when it could not do something with an open port.
 *
 * @param verb What it was to do.
 * @param path The device.
 * @param cause What the binding threw.
 * @returns The error.
 */
export function explainBindingFailure(verb: string, path: string, cause: unknown): PortError {
  const text = toText(cause);
  if (GONE_REGEXP.test(text)) return vanishedError(path, cause);
  return new PortError({
    code: "port-settings",
    message: `Cannot ${verb} ${path}: ${toState(text)}`,
    advice: "Choose what the adapter can do, such as 115200 and 8n1, or put the device into its loader by hand",
    cause,
  });
}

function toText(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Leaves out what the binding was doing, and what is said already. */
function toState(text: string): string {
  return text.replace(/^Error:? ?/, "").replace(/(, cannot| calling ioctl| \|\|).*$/, "");
}
