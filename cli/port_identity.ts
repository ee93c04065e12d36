/**
 * Under which name a device is found again: its path may be another one after it was gone, or another device's.
 *
 * @module
 */

import { formatPortSpec, matchUsbPorts, parsePortSpec, type PortSpec } from "../ports/port_spec.ts";
import { listSerialPorts } from "../ports/serial/list.ts";
import type { SerialPortInfo } from "../ports/serial/serial_port_info.ts";

/** Which device a command has met: whatever it tries again, it tries with that one. */
export interface MetDevice {
  /** Its names: the one under which it was asked for or chosen, then that of its loader, where it has another one there. */
  names: readonly PortSpec[];
}

/**
 * Gives the name under which a device is found again that nobody named: it may come back under another path.
 *
 * @param port The only candidate.
 * @returns Which port is meant.
 */
export function specOfCandidate({ path, vendorId, productId, serialNumber }: SerialPortInfo): PortSpec {
  if (vendorId === undefined || productId === undefined) return { kind: "serial", path };
  return { kind: "usb", vendorId, productId, serialNumber };
}

/**
 * Gives the name under which one of many devices is found again, and no other one: by its serial number, unless it has
 * none, or shares it with another one, or it is one that `--port` does not take; then by its path.
 *
 * @param port The device.
 * @param present All ports that are there.
 * @returns Which port is meant; what it is formatted to can be given to `--port`, also in a list.
 */
export function specOfOne(port: SerialPortInfo, present: readonly SerialPortInfo[]): PortSpec {
  const spec = specOfCandidate(port);
  const isOnly = spec.kind === "usb" && spec.serialNumber !== undefined && matchUsbPorts(present, spec).length === 1;
  return isOnly && isWritable(spec) ? spec : { kind: "serial", path: port.path };
}

/**
 * Gives the name under which the device is found again that a path means now.
 *
 * @param path The path.
 * @returns Its vendor, product and serial number; its path where they do not tell it from others.
 */
export async function identify(path: string): Promise<PortSpec> {
  const present = await listSerialPorts();
  const port = present.find((port) => port.path === path);
  if (port === undefined) return { kind: "serial", path };
  const spec = specOfCandidate(port);
  return spec.kind === "usb" && matchUsbPorts(present, spec).length > 1 ? { kind: "serial", path } : spec;
}

/**
 * Tells whether `--port` takes what a specification is formatted to: no spaces in a serial number, and no commas, which
 * separate ports.
 *
 * @param spec The specification.
 */
export function isWritable(spec: PortSpec): boolean {
  const text = formatPortSpec(spec);
  if (text.includes(",")) return false;
  try {
    return formatPortSpec(parsePortSpec(text)) === text;
  } catch {
    return false;
  }
}

/**
 * Leaves out what stands twice in a list of names.
 *
 * @param first The first name.
 * @param others More of them.
 * @returns Each once, in their order.
 */
export function distinctNames(first: PortSpec, ...others: readonly PortSpec[]): readonly [PortSpec, ...PortSpec[]] {
  const seen = new Set([formatPortSpec(first)]);
  return [first, ...others.filter((name) => !seen.has(formatPortSpec(name)) && seen.add(formatPortSpec(name)))];
}
