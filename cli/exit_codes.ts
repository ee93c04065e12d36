/**
 * What the exit code of the process says, and which error gives which.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";
import { DeviceError } from "./device_error.ts";
import { FileContentError } from "./file_content_error.ts";

/** The exit codes of `coreslot`, by what they mean. */
export const EXIT_CODES = {
  /** The command did what it says. */
  ok: 0,
  /** A fault in Coreslot itself. */
  internal: 1,
  /** The command line is wrong: an unknown command or flag, a missing or malformed value. */
  usage: 2,
  /** An input file is not what it has to be: damaged, truncated, another format. */
  malformed: 3,
  /** The input is well-formed, and the packaging checks or the layout refuse it. */
  refused: 4,
  /** An update or a signature is well-formed and not to be trusted. */
  unverified: 5,
  /** The file system refused: missing, not permitted, in the way, full. */
  files: 6,
  /** Nobody answers on the port, or whoever did has gone. */
  silent: 7,
  /** The device answers and says no, is not one that this may go onto, or does not hold what was written. */
  device: 8,
  /** The port cannot be opened: nobody there, taken, not permitted, or no port's name. */
  port: 9,
  /** Of several devices, as `--all` or `--port` names them, at least one failed. */
  some: 10,
  /** Interrupted from the keyboard: 128 and the number of the signal, as shells have it. */
  interrupted: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = typeof EXIT_CODES[keyof typeof EXIT_CODES];

/**
 * Exit codes by name of the error, not by class: the classes live in modules that only some commands load.
 */
const EXIT_CODES_BY_ERROR: Readonly<Record<string, ExitCode>> = {
  UsageError: EXIT_CODES.usage,
  BaseAddressRequiredError: EXIT_CODES.usage,
  ConfigError: EXIT_CODES.malformed,
  ImageFormatError: EXIT_CODES.malformed,
  OverlapError: EXIT_CODES.malformed,
  ContainerFormatError: EXIT_CODES.malformed,
  KeyError: EXIT_CODES.malformed,
  SignatureFormatError: EXIT_CODES.malformed,
  UnknownPartError: EXIT_CODES.refused,
  LayoutError: EXIT_CODES.refused,
  PlacementError: EXIT_CODES.refused,
  VerificationError: EXIT_CODES.unverified,
  FileError: EXIT_CODES.files,
  TraceFormatError: EXIT_CODES.malformed,
  FlashFileError: EXIT_CODES.malformed,
  LinkTimeoutError: EXIT_CODES.silent,
  AnswerTimeoutError: EXIT_CODES.silent,
  LinkClosedError: EXIT_CODES.silent,
  RefusedError: EXIT_CODES.device,
  UnexpectedBytesError: EXIT_CODES.device,
  UnexpectedAnswerError: EXIT_CODES.device,
  CanceledByPeerError: EXIT_CODES.device,
  ReadBackError: EXIT_CODES.device,
  NotErasedError: EXIT_CODES.device,
  BootRomError: EXIT_CODES.device,
  TransferError: EXIT_CODES.device,
  UpdateError: EXIT_CODES.device,
  CdcRefusedError: EXIT_CODES.device,
  OtherSetError: EXIT_CODES.device,
  UnknownRefusalError: EXIT_CODES.device,
  MalformedReplyError: EXIT_CODES.device,
  PathNotCleanError: EXIT_CODES.device,
  EndlessWorkError: EXIT_CODES.device,
  Cdc7Error: EXIT_CODES.device,
  Cdc7ImageError: EXIT_CODES.refused,
  RehearsalError: EXIT_CODES.unverified,
  PortError: EXIT_CODES.port,
  BootEntryError: EXIT_CODES.silent,
  SomeFailedError: EXIT_CODES.some,
  InterruptedError: EXIT_CODES.interrupted,
};

/** Codes of a `LayoutError` that are about the file's text; all others are about the layout that it describes. */
const MALFORMED_LAYOUT_CODES: ReadonlySet<string> = new Set([
  "too-large",
  "bad-json",
  "too-deep",
  "duplicate-key",
  "unknown-key",
  "missing-key",
  "bad-type",
  "bad-value",
]);

/**
 * Finds the exit code of an error.
 *
 * @param error Whatever was thrown.
 * @returns The code; `internal` for everything that is not an error about the input.
 */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof FileContentError || error instanceof DeviceError) return exitCodeOf(error.cause);
  if (!(error instanceof CoreslotError)) return EXIT_CODES.internal;
  if (error.name === "LayoutError" && MALFORMED_LAYOUT_CODES.has(error.code)) return EXIT_CODES.malformed;
  // Not a port's name at all, no sequence of steps: that is the command line's fault.
  if (error.code === "port-syntax" || error.code === "boot-entry-syntax") return EXIT_CODES.usage;
  return EXIT_CODES_BY_ERROR[error.name] ?? EXIT_CODES.internal;
}
