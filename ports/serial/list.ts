/**
 * Which serial ports there are.
 *
 * Runs in Deno.
 *
 * @module
 */

import type { SerialPortInfo } from "./serial_port_info.ts";

/**
 * Lists the serial ports of this computer. Needs `--allow-ffi`.
 *
 * Tried on Linux, and on Windows under Wine, with a device that is in the registry only; on macOS untried, and there the
 * permissions to read and to see the environment are needed as well.
 *
 * @returns The ports, by path; pseudo-terminals are none of them.
 *
 * @example Naming every port
 * ```ts
 * import { describePort, listSerialPorts } from "@coreslot/coreslot/ports";
 *
 * async function describePorts() {
 *   return (await listSerialPorts()).map(describePort);
 * }
 *
 * console.assert(typeof describePorts === "function");
 * ```
 */
export async function listSerialPorts(): Promise<readonly SerialPortInfo[]> {
  // Each system's code is loaded on that system only.
  if (Deno.build.os === "windows") {
    const { listWindowsPorts } = await import("./windows_list.ts");
    return listWindowsPorts();
  }
  if (Deno.build.os === "darwin") {
    const { listBindingPorts } = await import("./binding_port.ts");
    return await listBindingPorts();
  }
  const { LinuxFiles } = await import("./linux_files.ts");
  const { listLinuxPorts } = await import("./linux_list.ts");
  using files = new LinuxFiles();
  return listLinuxPorts(files);
}
