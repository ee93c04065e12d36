/**
 * What people write to say which port they mean.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { PortError } from "./port_error.ts";
import { formatUsbId, type SerialPortInfo } from "./serial/serial_port_info.ts";
import { formatTcpAddress, parseTcpAddress, type TcpAddress } from "./tcp.ts";

/** A port over TCP. */
export interface TcpPortSpec {
  /** Tells the kinds apart. */
  readonly kind: "tcp";
  /** Where it is. */
  readonly address: TcpAddress;
}

/** A serial port, by the name that the system has for it. */
export interface SerialPortSpec {
  /** Tells the kinds apart. */
  readonly kind: "serial";
  /** For example `/dev/ttyACM0` or `COM3`. */
  readonly path: string;
}

/** A serial port on USB, whatever the system calls it today. */
export interface UsbPortSpec {
  /** Tells the kinds apart. */
  readonly kind: "usb";
  /** Who made it, as USB numbers them. */
  readonly vendorId: number;
  /** Which product of theirs. */
  readonly productId: number;
  /** Which of several; when left out, there has to be one only. */
  readonly serialNumber?: string | undefined;
}

/** Which port is meant. */
export type PortSpec = TcpPortSpec | SerialPortSpec | UsbPortSpec;

const USB_REGEXP = /^usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(\S+))?$/i;
const WINDOWS_REGEXP = /^(?:\\\\\.\\)?(COM[1-9]\d{0,2})$/i;
const PATH_REGEXP = /^[^\0]*\/[^\0]*$/;

/**
 * Parses what people write to say which port they mean.
 *
 * @param text `/dev/ttyACM0` or any other path with a `/` in it, `COM3`, `tcp:HOST:PORT`, `usb:VID:PID` or
 * `usb:VID:PID:SERIAL`.
 * @returns Which port is meant.
 * @throws {PortError} When the text is none of these; code `port-syntax`.
 *
 * @example The virtual COM port of an STM32, wherever it is plugged in
 * ```ts
 * import { parsePortSpec } from "@coreslot/coreslot/ports";
 *
 * const spec = parsePortSpec("usb:0483:5740");
 * console.assert(spec.kind === "usb" && spec.productId === 0x5740);
 * ```
 */
export function parsePortSpec(text: string): PortSpec {
  if (/^tcp:/i.test(text)) return { kind: "tcp", address: parseTcpAddress(text) };
  const [, vendorId, productId, serialNumber] = USB_REGEXP.exec(text) ?? [];
  if (vendorId !== undefined && productId !== undefined) {
    const ids = { vendorId: parseInt(vendorId, 16), productId: parseInt(productId, 16) };
    return serialNumber === undefined ? { kind: "usb", ...ids } : { kind: "usb", ...ids, serialNumber };
  }
  if (/^usb:/i.test(text)) throw syntaxError(text, "it is not usb:VID:PID", "Write for example usb:0483:5740");
  const [, windowsName] = WINDOWS_REGEXP.exec(text) ?? [];
  if (windowsName !== undefined) return { kind: "serial", path: windowsName.toUpperCase() };
  if (PATH_REGEXP.test(text)) return { kind: "serial", path: text };
  const advice = /^(tty|cu\.)\w/.test(text)
    ? `Write the whole path: /dev/${text}`
    : "Write /dev/ttyACM0, COM3, tcp:HOST:PORT or usb:VID:PID; the name of a file needs a slash: ./tty";
  throw syntaxError(text, "it is no path, no COM port, no tcp: and no usb:", advice);
}

/**
 * Formats which port is meant, as {@linkcode parsePortSpec} takes it.
 *
 * @param spec Which port is meant.
 * @returns For example `usb:0483:5740`.
 *
 * @example A path stays what it is
 * ```ts
 * import { formatPortSpec } from "@coreslot/coreslot/ports";
 *
 * console.assert(formatPortSpec({ kind: "serial", path: "/dev/ttyACM0" }) === "/dev/ttyACM0");
 * ```
 */
export function formatPortSpec(spec: PortSpec): string {
  switch (spec.kind) {
    case "tcp":
      return formatTcpAddress(spec.address);
    case "serial":
      return spec.path;
    case "usb": {
      const ids = formatUsbId({ path: "", ...spec });
      return spec.serialNumber === undefined ? `usb:${ids}` : `usb:${ids}:${spec.serialNumber}`;
    }
  }
}

/**
 * Picks the ports that a specification for USB means.
 *
 * @param ports All ports.
 * @param spec The specification.
 * @returns Those of them that it fits.
 */
export function matchUsbPorts(ports: readonly SerialPortInfo[], spec: UsbPortSpec): readonly SerialPortInfo[] {
  return ports.filter((port) =>
    port.vendorId === spec.vendorId && port.productId === spec.productId &&
    (spec.serialNumber === undefined || port.serialNumber?.toLowerCase() === spec.serialNumber.toLowerCase())
  );
}

function syntaxError(text: string, state: string, advice: string): PortError {
  return new PortError({ code: "port-syntax", message: `Cannot use port "${text}": ${state}`, advice });
}
