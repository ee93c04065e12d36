/**
 * Errors of a port that was open and is not any more.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { PortError } from "../port_error.ts";

/**
 * Says that the device went away.
 *
 * @param name What people call the port.
 * @param cause The error underneath, when there is one.
 */
export function vanishedError(name: string, cause?: unknown): PortError {
  return new PortError({
    code: "port-vanished",
    message: `Cannot go on with ${name}: the device is gone`,
    advice: "Check cable and power, and run the same command again when the port is back",
    cause,
  });
}

/**
 * Says that the port was closed by this program.
 *
 * @param name What people call the port.
 */
export function closedError(name: string): PortError {
  return new PortError({ code: "port-closed", message: `Cannot use ${name}: the port was closed` });
}
