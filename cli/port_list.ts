/**
 * The serial ports of this computer, set in columns.
 *
 * @module
 */

import { listCandidates } from "../ports/choose_port.ts";
import { formatPortSpec, type UsbPortSpec } from "../ports/port_spec.ts";
import { formatUsbId, type SerialPortInfo } from "../ports/serial/serial_port_info.ts";
import type { Report } from "./report.ts";

const HEADINGS = ["port", "id", "serial number", "maker and product"] as const;

/** What stands where nothing is known. */
const UNKNOWN = "-";

/**
 * Describes ports.
 *
 * @param ports The ports.
 * @returns The report.
 */
export function describePorts(ports: readonly SerialPortInfo[]): Report {
  return {
    data: { ports: ports.map(toJson) },
    lines: (style) => {
      if (ports.length === 0) return ["No serial port is connected: check cable and power"];
      const rows = [HEADINGS, ...ports.map(toRow)];
      const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
      const [headings, ...lines] = rows.map((row) =>
        `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd()
      );
      return [style.faint(headings!), ...lines, "", ...adviseOn(ports)];
    },
  };
}

function toRow({ serialNumber, manufacturer, product, ...port }: SerialPortInfo): readonly string[] {
  const names = [manufacturer, product].filter((name) => name !== undefined);
  return [port.path, formatUsbId(port) ?? UNKNOWN, serialNumber ?? UNKNOWN, names.join(" ") || UNKNOWN]
    .map(withoutControl);
}

/**
 * Takes control characters out of a text: what a device says of itself must not drive the terminal.
 *
 * @param text The text.
 * @returns The text, with `?` in their place.
 */
export function withoutControl(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
}

function adviseOn(ports: readonly SerialPortInfo[]): string[] {
  const [first, ...others] = listCandidates(ports);
  if (first === undefined) return ["None is on USB: name one with --port."];
  if (others.length === 0) return [`Commands without --port use ${first.path}.`];
  return [`Several are on USB: name one with --port, as --port ${first.path} or`, `--port ${specOf(first)}.`];
}

function toJson(port: SerialPortInfo): Record<string, unknown> {
  const { path, serialNumber = null, manufacturer = null, product = null } = port;
  const [vendorId = null, productId = null] = formatUsbId(port)?.split(":") ?? [];
  return { path, vendorId, productId, serialNumber, manufacturer, product, port: specOf(port) };
}

/** The name under which a port is found again wherever it is plugged in. */
function specOf(port: SerialPortInfo): string {
  const { path, vendorId, productId, serialNumber } = port;
  if (vendorId === undefined || productId === undefined) return path;
  const spec: UsbPortSpec = { kind: "usb", vendorId, productId };
  const isPlain = serialNumber !== undefined && /^[^\s,]+$/.test(serialNumber);
  return formatPortSpec(isPlain ? { ...spec, serialNumber } : spec);
}
