/**
 * Opening a port that has just come back: whoever probes new ports, as ModemManager does, may have it for some seconds.
 *
 * Runs in Deno.
 *
 * @module
 */

import { PortError } from "./port_error.ts";
import { lookUntil, type WaitForPortOptions } from "./wait_for_port.ts";

/**
 * Opens a port, again and again while another program has it.
 *
 * @typeParam T What an open port is.
 * @param open Opens it once.
 * @param options How long, and what ends the wait.
 * @returns What `open` gave.
 * @throws {PortError} When it is in use to the end (code `port-busy`), or cannot be opened.
 */
export async function openWhenFree<T extends object>(
  open: () => Promise<T>,
  options: Pick<WaitForPortOptions, "signal" | "timeoutMs" | "clock">,
): Promise<T> {
  let busy: unknown;
  const opened = await lookUntil(async () => {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof PortError && error.code === "port-busy")) throw error;
      busy = error;
      return undefined;
    }
  }, options);
  if (opened === undefined) throw busy;
  return opened;
}
