/**
 * The one place that opens a port of any kind.
 *
 * Runs in Deno.
 *
 * @module
 */

import type { Port } from "../protocols/link/mod.ts";
import { findUsbPort } from "./find_port.ts";
import type { PortSpec } from "./port_spec.ts";
import { openSerial, type SerialPort } from "./serial/serial_port.ts";
import type { PortNotice, SerialOptions } from "./serial/settings.ts";
import { connectTcp } from "./tcp.ts";

/** An open port of any kind. */
export interface OpenPort extends Port, Pick<SerialPort, "setFraming"> {
  /** What is not as asked for; nothing over TCP, where rate and frame are up to the other end. */
  readonly notices: readonly PortNotice[];
}

/**
 * Opens a port. Needs `--allow-ffi` for a serial port and `--allow-net` for one over TCP.
 *
 * @param spec Which port.
 * @param options How to set up a serial port; over TCP there is nothing to set up.
 * @returns The open port.
 * @throws {PortError} When it cannot be opened; the code says why.
 *
 * @example Whatever the user named
 * ```ts
 * import { openPort, parsePortSpec } from "@coreslot/coreslot/ports";
 *
 * async function openNamed(text: string) {
 *   return await openPort(parsePortSpec(text), { baudRate: 115200, parity: "even" });
 * }
 *
 * console.assert(typeof openNamed === "function");
 * ```
 */
export async function openPort(spec: PortSpec, options: SerialOptions = {}): Promise<OpenPort> {
  if (spec.kind === "tcp") return { ...await connectTcp(spec.address), notices: [] };
  return await openSerial(spec.kind === "usb" ? await findUsbPort(spec) : spec.path, options);
}
