/**
 * Serial ports of this computer.
 *
 * Runs in Deno.
 *
 * @module
 */

import type { Port, PortSignals } from "../../protocols/link/mod.ts";
import { SYSTEM_CLOCK } from "../clock.ts";
import type { Framing, PortNotice, SerialOptions } from "./settings.ts";

/** An open serial port. */
export interface SerialPort extends Port {
  /** What is not as asked for. It grows when a later call finds something. */
  readonly notices: readonly PortNotice[];
  /** Settles when the last byte written has left the computer. */
  drain(): Promise<void>;
  /** Sets DTR, RTS and break; left out where there are none, as on a pseudo-terminal. */
  setSignals?(signals: PortSignals): Promise<void>;
  /** Changes the rate without closing, once everything written has left. */
  setBaudRate(baudRate: number): Promise<void>;
  /** Changes the frame without closing, once everything written has left; left out where that cannot be done. */
  setFraming?(framing: Framing): Promise<void>;
}

/**
 * Opens a serial port, and keeps other programs from it. Needs `--allow-ffi`.
 *
 * Opening asserts DTR and RTS, as every system does. The readable stream fails with a `PortError` of code `port-vanished`
 * as soon as the device goes away. Tried on Linux, and on Windows under Wine, with pseudo-terminals; on macOS untried, and
 * there the permissions to read and to see the environment are needed as well.
 *
 * @param path For example `/dev/ttyACM0`, `/dev/cu.usbmodem1` or `COM3`.
 * @param options Rate, frame, and what DTR and RTS are set to.
 * @returns The open port.
 * @throws {PortError} When it cannot be opened; the code says why.
 * @throws {RangeError} When the rate is none.
 *
 * @example The boot ROM's frame
 * ```ts
 * import { openSerial } from "@coreslot/coreslot/ports";
 *
 * async function openDevice() {
 *   return await openSerial("/dev/ttyUSB0", { baudRate: 115200, parity: "even" });
 * }
 *
 * console.assert(typeof openDevice === "function");
 * ```
 */
export async function openSerial(path: string, options: SerialOptions = {}): Promise<SerialPort> {
  // Each system's code is loaded on that system only.
  if (Deno.build.os === "windows") {
    const { openWindowsPort } = await import("./windows_port.ts");
    return openWindowsPort(path, options, SYSTEM_CLOCK);
  }
  if (Deno.build.os === "darwin") {
    const { openBindingPort } = await import("./binding_port.ts");
    return await openBindingPort(path, options, SYSTEM_CLOCK);
  }
  const { openLinuxPort } = await import("./linux_port.ts");
  return openLinuxPort(path, options, SYSTEM_CLOCK);
}
