/**
 * Real ports for the protocols: serial ports and TCP, which of them to use, and the way into a device's loader.
 *
 * {@linkcode parsePortSpec} reads what a user wrote and {@linkcode openPort} opens it; {@linkcode choosePort} is for a user
 * who wrote nothing, {@linkcode waitForPort} for a device that is not there yet, {@linkcode parseBootEntry} and
 * {@linkcode DeviceSession} for one that has to be brought into its loader first.
 *
 * Serial ports were tried with pseudo-terminals, on Linux and on Windows under Wine: real modem lines and macOS are untried.
 *
 * Runs in Deno.
 *
 * @module
 */

export * from "./baud_rates.ts";
export { type BootEntry, formatBootEntry, parseBootEntry } from "./boot_entry/boot_entry.ts";
export { BootEntryError } from "./boot_entry/boot_entry_error.ts";
export { BOOT_ENTRIES, type NamedBootEntry } from "./boot_entry/boot_entry_names.ts";
export type { BootStep } from "./boot_entry/boot_step.ts";
export { DeviceSession, type DeviceSessionOptions } from "./boot_entry/device_session.ts";
export { type BootEntryActions, runBootSteps } from "./boot_entry/run_boot_entry.ts";
export { choosePort, listCandidates } from "./choose_port.ts";
export type { Clock } from "./clock.ts";
export { type OpenPort, openPort } from "./open_port.ts";
export * from "./port_error.ts";
export {
  formatPortSpec,
  parsePortSpec,
  type PortSpec,
  type SerialPortSpec,
  type TcpPortSpec,
  type UsbPortSpec,
} from "./port_spec.ts";
export { listSerialPorts } from "./serial/list.ts";
export type { PathLook } from "./serial/path_look.ts";
export { openSerial, type SerialPort } from "./serial/serial_port.ts";
export { describePort, type SerialPortInfo } from "./serial/serial_port_info.ts";
export { formatFraming, type Framing, parseFraming, type PortNotice, type SerialOptions } from "./serial/settings.ts";
export * from "./tcp.ts";
export { type Lookout, waitForPort, type WaitForPortOptions } from "./wait_for_port.ts";
