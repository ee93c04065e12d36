/**
 * From what people write to the port that is there now.
 *
 * Runs in Deno.
 *
 * @module
 */

import { ambiguousError } from "./choose_port.ts";
import { PortError } from "./port_error.ts";
import { formatPortSpec, matchUsbPorts, type UsbPortSpec } from "./port_spec.ts";
import { listSerialPorts } from "./serial/list.ts";
import { adviseOnPorts } from "./serial/serial_port_info.ts";

/**
 * Finds the path of a port on USB.
 *
 * @param spec Which port is meant.
 * @returns Its path.
 * @throws {PortError} When none is there (code `port-absent`) or several fit (`port-ambiguous`).
 */
export async function findUsbPort(spec: UsbPortSpec): Promise<string> {
  const ports = await listSerialPorts();
  const [first, ...others] = matchUsbPorts(ports, spec);
  if (first === undefined) {
    throw new PortError({
      code: "port-absent",
      message: `Cannot open ${formatPortSpec(spec)}: no such port is connected`,
      advice: adviseOnPorts(ports),
    });
  }
  if (others.length > 0) throw ambiguousError(`Cannot open ${formatPortSpec(spec)}`, [first, ...others]);
  return first.path;
}
