/**
 * Whether macOS has a port.
 *
 * Untried there; the functions are those of every Unix, and were tried on Linux.
 *
 * @module
 */

import { loadLibc, toCString } from "./libc.ts";
import type { PathLook } from "./path_look.ts";

const SYMBOLS = {
  access: { parameters: ["buffer", "i32"], result: "i32" },
  realpath: { parameters: ["buffer", "buffer"], result: "pointer" },
} as const;

/** More than `PATH_MAX` of `sys/syslimits.h` on macOS, which is 1024, and that of Linux, 4096. */
const PATH_SIZE_BYTES_MAX = 4097;
/** `unistd.h`: `R_OK | W_OK`. */
const R_OK_AND_W_OK = 6;

/**
 * Looks whether macOS has a port. All names of a port are looked at as they are: `/dev/tty.usbmodem1` is in no list, and
 * neither is a link.
 *
 * @param path The device, or a link to it.
 * @returns What there is; `undefined` when nothing is.
 */
export function lookAtMacPort(path: string): PathLook | undefined {
  using libc = loadLibc(SYMBOLS);
  const resolved = new Uint8Array(PATH_SIZE_BYTES_MAX);
  if (libc.call.realpath(toCString(path), resolved) === null) return undefined;
  const identity = new TextDecoder().decode(resolved.subarray(0, resolved.indexOf(0)));
  return { identity, isUsable: libc.call.access(toCString(path), R_OK_AND_W_OK) === 0 };
}
