/**
 * The C library of Linux and macOS, called directly.
 *
 * Deno lets a program open what is in `/dev`, `/sys` and `/proc` with `--allow-all` only; this needs `--allow-ffi`.
 *
 * @module
 */

import { PortError } from "../port_error.ts";

/** Numbers of errors that mean something here, the same on Linux and macOS unless said otherwise. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENXIO: 6,
  EACCES: 13,
  EBUSY: 16,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENOTTY: 25,
} as const;

/** Where the library is, the function that says where the number of the last error is, and the number of EAGAIN. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, readonly [path: string, errnoFunction: string, again: number]>> =
  {
    linux: ["libc.so.6", "__errno_location", 11],
    // Untried.
    darwin: ["/usr/lib/libSystem.B.dylib", "__error", 35],
  };

/** Functions of the C library, and the error of the last call. */
export interface Libc<S extends Deno.ForeignLibraryInterface> extends Disposable {
  /** The functions. */
  readonly call: Deno.StaticForeignLibraryInterface<S>;
  /** The number that EAGAIN has here. */
  readonly again: number;
  /** Tells the number of the error of the call right before, when that was not one that runs beside us. */
  errno(): number;
}

/**
 * Loads functions of the C library. Needs `--allow-ffi`.
 *
 * @typeParam S Names and types of the functions.
 * @param symbols Names and types of the functions.
 * @returns The functions; whoever loads them disposes of them.
 * @throws {PortError} When this is neither Linux nor macOS, or the library does not load; code `port-unsupported`.
 */
export function loadLibc<const S extends Deno.ForeignLibraryInterface>(symbols: S): Libc<S> {
  const [path, errnoFunction, again] = LIBRARIES[Deno.build.os] ?? [];
  if (path === undefined) {
    throw new PortError({
      code: "port-unsupported",
      message: `Cannot use serial ports: ${Deno.build.os} is not supported`,
      advice: "Use Linux, macOS or Windows, or a port over TCP",
    });
  }
  const library = load(path, symbols);
  const errorLibrary = load(path, { locate: { name: errnoFunction!, parameters: [], result: "pointer" } });
  return {
    call: library.symbols,
    again: again!,
    errno: () => new Deno.UnsafePointerView(errorLibrary.symbols.locate()!).getInt32(),
    [Symbol.dispose]: () => {
      library.close();
      errorLibrary.close();
    },
  };
}

function load<const S extends Deno.ForeignLibraryInterface>(path: string, symbols: S): Deno.DynamicLibrary<S> {
  try {
    return Deno.dlopen(path, symbols);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new PortError({
      code: "port-unsupported",
      message: `Cannot use serial ports: ${path} does not load`,
      advice: "Give Deno --allow-ffi without a path: with one it looks for the C library in the current folder",
      cause,
    });
  }
}

/**
 * Makes a string as C has them.
 *
 * @param text The text.
 * @returns Its bytes, and a zero.
 */
export function toCString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
