/**
 * Whether Windows has a port.
 *
 * @module
 */

import type { PathLook } from "./path_look.ts";
import { fromWideString, loadKernel32, toWideString } from "./windows_api.ts";

/** Names of drivers' devices are shorter. */
const TEXT_SIZE_UNITS = 1024;

/**
 * Looks whether Windows has a port, in any class of devices or in none.
 *
 * @param path For example `COM3`.
 * @returns What there is; `undefined` when nothing is.
 */
export function lookAtWindowsPort(path: string): PathLook | undefined {
  using kernel32 = loadKernel32();
  const name = new Uint16Array(TEXT_SIZE_UNITS);
  if (kernel32.call.QueryDosDeviceW(toWideString(path), name, name.length) === 0) return undefined;
  // The driver's name for it: another device may have another one, and the same device has another one when it comes back
  // while somebody still has it open.
  return { identity: fromWideString(name), isUsable: true };
}
