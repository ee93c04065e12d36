/**
 * What is known of a serial port before it is opened.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** A serial port of this computer. */
export interface SerialPortInfo {
  /** What {@linkcode openSerial} takes. */
  readonly path: string;
  /** Who made it, as USB numbers them; only ports on USB have one. */
  readonly vendorId?: number | undefined;
  /** Which product of theirs. */
  readonly productId?: number | undefined;
  /** Its own serial number, where it has one. */
  readonly serialNumber?: string | undefined;
  /** Its maker, in words. */
  readonly manufacturer?: string | undefined;
  /** What its maker calls it. */
  readonly product?: string | undefined;
}

/**
 * Takes control characters out of a text: what a device says of itself must not drive a terminal.
 *
 * @param text The text.
 * @returns The text, with `?` in their place.
 */
export function withoutControl(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
}

/**
 * Formats the identity of a port on USB.
 *
 * @param port The port.
 * @returns For example `0483:5740`; `undefined` when it is not on USB.
 */
export function formatUsbId(port: SerialPortInfo): string | undefined {
  const { vendorId, productId } = port;
  if (vendorId === undefined || productId === undefined) return undefined;
  return [vendorId, productId].map((id) => id.toString(16).padStart(4, "0")).join(":");
}

/**
 * Describes a port in a line.
 *
 * @param port The port.
 * @returns For example `/dev/ttyACM0 (0483:5740, STMicroelectronics, serial number 207B35A1)`.
 *
 * @example A port that is not on USB
 * ```ts
 * import { describePort } from "@coreslot/coreslot/ports";
 *
 * console.assert(describePort({ path: "COM1" }) === "COM1");
 * ```
 */
export function describePort(port: SerialPortInfo): string {
  const { path, manufacturer, product, serialNumber } = port;
  const facts = [
    formatUsbId(port),
    manufacturer,
    product,
    serialNumber === undefined ? undefined : `serial number ${serialNumber}`,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? path : `${path} (${facts.join(", ")})`;
}

/**
 * Says which ports there are, to someone who named none of them.
 *
 * @param ports All ports.
 * @returns One sentence without a period.
 */
export function adviseOnPorts(ports: readonly SerialPortInfo[]): string {
  if (ports.length === 0) return "No serial port is connected: check cable and power";
  return `Ports that are there: ${ports.map(describePort).join("; ")}`;
}
