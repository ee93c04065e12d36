/**
 * The serial ports of this computer, set in columns.
 *
 * @module
 */

import { listCandidates } from "../ports/choose_port.ts";
import { formatPortSpec, matchUsbPorts } from "../ports/port_spec.ts";
import { formatUsbId, type SerialPortInfo, withoutControl } from "../ports/serial/serial_port_info.ts";
import { isWritable, specOfCandidate } from "./port_identity.ts";
import type { Report } from "./report.ts";
import { quoteWord } from "./shell_word.ts";

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
    data: { ports: ports.map((port) => toJson(port, ports)) },
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

function adviseOn(ports: readonly SerialPortInfo[]): string[] {
  const [first, ...others] = listCandidates(ports);
  if (first === undefined) return ["None is on USB: name one with --port."];
  if (others.length === 0) return [`Commands without --port use ${first.path}.`];
  const [byPath, byName] = [first.path, specOf(first, ports)].map(quoteWord);
  const start = `Several are on USB: name one with --port, as --port ${byPath}`;
  return (byName === byPath ? [`${start}.`] : [`${start} or`, `--port ${byName}.`]).map(withoutControl);
}

function toJson(port: SerialPortInfo, ports: readonly SerialPortInfo[]): Record<string, unknown> {
  const { path, serialNumber = null, manufacturer = null, product = null } = port;
  const [vendorId = null, productId = null] = formatUsbId(port)?.split(":") ?? [];
  return { path, vendorId, productId, serialNumber, manufacturer, product, port: specOf(port, ports) };
}

/** The name under which a port is found again wherever it is plugged in; its path where it has none of its own. */
function specOf(port: SerialPortInfo, ports: readonly SerialPortInfo[]): string {
  const spec = specOfCandidate(port);
  if (spec.kind !== "usb") return formatPortSpec(spec);
  const own = [spec, { ...spec, serialNumber: undefined }].find((name) =>
    isWritable(name) && matchUsbPorts(ports, name).length === 1
  );
  return own === undefined ? port.path : formatPortSpec(own);
}
