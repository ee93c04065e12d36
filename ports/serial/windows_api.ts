/**
 * The functions of Windows that serial ports need, called directly.
 *
 * A handle is a number here, a `bigint`. `GetLastError` is asked in the statement after the call that failed: 200,000 failing
 * calls in a row, under Wine and with allocation in between, lost no error number.
 *
 * @module
 */

/** Handles are `isize`, addresses that outlive a call `usize`; `buffer` is memory that is used during the call only. */
const SYMBOLS = {
  CancelIoEx: { parameters: ["isize", "usize"], result: "i32" },
  ClearCommBreak: { parameters: ["isize"], result: "i32" },
  ClearCommError: { parameters: ["isize", "buffer", "buffer"], result: "i32" },
  CloseHandle: { parameters: ["isize"], result: "i32" },
  CreateFileW: { parameters: ["buffer", "u32", "u32", "usize", "u32", "u32", "isize"], result: "isize" },
  CreateIoCompletionPort: { parameters: ["isize", "isize", "usize", "u32"], result: "isize" },
  EscapeCommFunction: { parameters: ["isize", "u32"], result: "i32" },
  GetCommModemStatus: { parameters: ["isize", "buffer"], result: "i32" },
  GetCommState: { parameters: ["isize", "buffer"], result: "i32" },
  GetLastError: { parameters: [], result: "u32" },
  GetQueuedCompletionStatusEx: {
    parameters: ["isize", "buffer", "u32", "buffer", "u32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  PostQueuedCompletionStatus: { parameters: ["isize", "u32", "usize", "usize"], result: "i32" },
  PurgeComm: { parameters: ["isize", "u32"], result: "i32" },
  QueryDosDeviceW: { parameters: ["buffer", "buffer", "u32"], result: "u32" },
  ReadFile: { parameters: ["isize", "usize", "u32", "usize", "usize"], result: "i32" },
  SetCommBreak: { parameters: ["isize"], result: "i32" },
  SetCommState: { parameters: ["isize", "buffer"], result: "i32" },
  SetCommTimeouts: { parameters: ["isize", "buffer"], result: "i32" },
  SetFileCompletionNotificationModes: { parameters: ["isize", "u8"], result: "i32" },
  SetupComm: { parameters: ["isize", "u32", "u32"], result: "i32" },
  WriteFile: { parameters: ["isize", "usize", "u32", "usize", "usize"], result: "i32" },
} as const;

/** The functions of `kernel32.dll`. */
export interface Kernel32 extends Disposable {
  /** The functions. */
  readonly call: Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;
}

/** `winerror.h`: numbers of errors that mean something here. */
export const WINDOWS_ERROR = {
  INVALID_FUNCTION: 1,
  FILE_NOT_FOUND: 2,
  PATH_NOT_FOUND: 3,
  ACCESS_DENIED: 5,
  SHARING_VIOLATION: 32,
  NOT_SUPPORTED: 50,
  DEV_NOT_EXIST: 55,
  INVALID_PARAMETER: 87,
  BUSY: 170,
  NO_SUCH_DEVICE: 433,
  IO_PENDING: 997,
  DEVICE_NOT_CONNECTED: 1167,
  DEVICE_REMOVED: 1617,
} as const;

/** `INVALID_HANDLE_VALUE` of `handleapi.h`. */
export const INVALID_HANDLE = -1n;

/**
 * Loads the functions. Needs `--allow-ffi`.
 *
 * @returns The functions; whoever loads them disposes of them.
 */
export function loadKernel32(): Kernel32 {
  const library = Deno.dlopen("kernel32.dll", SYMBOLS);
  return { call: library.symbols, [Symbol.dispose]: () => library.close() };
}

/**
 * Makes a string as Windows has them.
 *
 * @param text The text.
 * @returns Its UTF-16 code units, and a zero.
 */
export function toWideString(text: string): Uint16Array<ArrayBuffer> {
  return Uint16Array.from([...text].flatMap((letter) => letter.split("")).concat("\0"), (unit) => unit.charCodeAt(0));
}

/**
 * Takes the text out of what Windows wrote.
 *
 * @param units UTF-16 code units, up to a zero or to the end.
 * @returns The text.
 */
export function fromWideString(units: Uint16Array): string {
  const end = units.indexOf(0);
  return new TextDecoder("utf-16le").decode(units.subarray(0, end < 0 ? units.length : end));
}
