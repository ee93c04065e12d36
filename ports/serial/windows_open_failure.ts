/**
 * Why a serial port of Windows cannot be opened, and what to do about it.
 *
 * @module
 */

import { PortError } from "../port_error.ts";
import { adviseOnPorts } from "./serial_port_info.ts";
import { WINDOWS_ERROR } from "./windows_api.ts";
import { listWindowsPorts } from "./windows_list.ts";

const ABSENT = ["port-absent", "there is no such port"] as const;
/** A port whose device has gone while somebody has it open keeps its name. */
const GONE = ["port-absent", "no device is behind it"] as const;
/** A port is opened for one program; to every other one access is denied. */
const BUSY = ["port-busy", "another program has it open"] as const;

/** What the number of an error means: a code, and a state. */
const MEANINGS: ReadonlyMap<number, readonly [code: string, state: string]> = new Map<
  number,
  readonly [string, string]
>([
  [WINDOWS_ERROR.FILE_NOT_FOUND, ABSENT],
  [WINDOWS_ERROR.PATH_NOT_FOUND, ABSENT],
  [WINDOWS_ERROR.DEV_NOT_EXIST, GONE],
  [WINDOWS_ERROR.NO_SUCH_DEVICE, GONE],
  [WINDOWS_ERROR.DEVICE_NOT_CONNECTED, GONE],
  [WINDOWS_ERROR.DEVICE_REMOVED, GONE],
  [WINDOWS_ERROR.ACCESS_DENIED, BUSY],
  [WINDOWS_ERROR.SHARING_VIOLATION, BUSY],
  [WINDOWS_ERROR.BUSY, BUSY],
]);

/**
 * Makes our error of one that Windows reports.
 *
 * @param path The port.
 * @param error Number of the error.
 * @returns The error.
 */
export function explainWindowsFailure(path: string, error: number): PortError {
  const [code, state] = MEANINGS.get(error) ?? ["port-unavailable", `Windows reports error ${error}`];
  const advice = code === "port-busy" ? "Close that program first" : adviseOnPorts(listWindowsPorts());
  return new PortError({ code, message: `Cannot open ${path}: ${state}`, advice });
}
