/**
 * Which port to use when nobody named one.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { PortError } from "./port_error.ts";
import { describePort, type SerialPortInfo } from "./serial/serial_port_info.ts";

/**
 * Picks the ports that may be used without being named: those on USB. A port that is built in may be a console, or a wire
 * to anything, and is there whether a board is connected or not.
 *
 * @param ports All ports.
 * @returns The candidates.
 *
 * @example A built-in port is no candidate
 * ```ts
 * import { listCandidates } from "@coreslot/coreslot/ports";
 *
 * console.assert(listCandidates([{ path: "/dev/ttyS0" }]).length === 0);
 * ```
 */
export function listCandidates(ports: readonly SerialPortInfo[]): readonly SerialPortInfo[] {
  return ports.filter(({ vendorId }) => vendorId !== undefined);
}

/**
 * Chooses the port to use when nobody named one: the only candidate. Whoever calls this names it to the user.
 *
 * @param ports All ports.
 * @returns The port.
 * @throws {PortError} When there is no candidate (code `port-absent`) or more than one (`port-ambiguous`).
 *
 * @example One board is connected
 * ```ts
 * import { choosePort } from "@coreslot/coreslot/ports";
 *
 * const board = { path: "/dev/ttyACM0", vendorId: 0x0483, productId: 0x5740 };
 * console.assert(choosePort([{ path: "/dev/ttyS0" }, board]) === board);
 * ```
 */
export function choosePort(ports: readonly SerialPortInfo[]): SerialPortInfo {
  const [first, ...others] = listCandidates(ports);
  if (first === undefined) {
    const named = ports.map(describePort).join("; ");
    throw new PortError({
      code: "port-absent",
      message: "Cannot choose a port: no serial port is connected over USB",
      advice: ports.length === 0
        ? "Connect the device and check its cable and power"
        : `Connect the device, or name one of the built-in ports: ${named}`,
    });
  }
  if (others.length > 0) throw ambiguousError("Cannot choose a port", [first, ...others]);
  return first;
}

/**
 * Says that several ports fit.
 *
 * @param what What cannot be done.
 * @param ports The ports that fit.
 */
export function ambiguousError(what: string, ports: readonly SerialPortInfo[]): PortError {
  return new PortError({
    code: "port-ambiguous",
    message: `${what}: ${ports.length} of them fit`,
    advice: `Name one of: ${ports.map(describePort).join("; ")}`,
  });
}
