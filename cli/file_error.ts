/**
 * What the file system refuses, in words.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";

/** What went wrong with a file. */
export type FileErrorCode =
  /** Nothing stands at the path. */
  | "not-found"
  /** The folder of an output does not exist. */
  | "folder-not-found"
  /** A directory stands where a file is wanted, or the reverse. */
  | "wrong-kind"
  /** The operating system does not permit it. */
  | "permission-denied"
  /** `deno run` was not given the permission. */
  | "deno-permission-missing"
  /** An input is larger than any such file can sensibly be. */
  | "too-large"
  /** A name that came from elsewhere is not to be trusted. */
  | "unsafe-name"
  /** An output exists and may not be replaced. */
  | "exists"
  /** Anything else: the disk is full, the device failed. */
  | "io-failed";

/** What is done to a file. */
export type FileOperation = "read" | "write";

/** A file that could not be read or written. */
export class FileError extends CoreslotError {
  declare readonly code: FileErrorCode;
  /** What was tried. */
  readonly operation: FileOperation;
  /** The path as the user gave it. */
  readonly path: string;

  /**
   * Builds the message out of operation, path and state.
   *
   * @param operation What was tried.
   * @param path The path as the user gave it.
   * @param reason Code, state, advice and cause.
   */
  constructor(
    operation: FileOperation,
    path: string,
    reason: { code: FileErrorCode; state: string; advice?: string; cause?: unknown },
  ) {
    const { code, state, advice, cause } = reason;
    super({ code, message: `Cannot ${operation} ${path}: ${state}`, advice, cause });
    this.operation = operation;
    this.path = path;
  }
}

/**
 * Puts an error of the runtime into words.
 *
 * @param operation What was tried.
 * @param path The path as the user gave it.
 * @param cause What the runtime threw.
 * @returns A {@linkcode FileError}; anything that no file operation throws is given back as it is.
 */
export function toFileError(operation: FileOperation, path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof CoreslotError) return cause;
  const fail = (code: FileErrorCode, state: string, advice?: string) =>
    new FileError(operation, path, { code, state, cause, ...(advice === undefined ? {} : { advice }) });
  if (cause instanceof Deno.errors.NotFound) {
    return operation === "read"
      ? fail("not-found", "there is no such file", "Check the path; it is relative to the current folder")
      : fail("folder-not-found", "its folder does not exist", "Create the folder first");
  }
  if (cause instanceof Deno.errors.NotCapable) {
    return fail("deno-permission-missing", `Deno has no permission to ${operation} it`, permissionAdvice(operation));
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return fail("permission-denied", "the operating system does not permit it", "Check who owns it and its mode");
  }
  if (cause instanceof Deno.errors.IsADirectory) return fail("wrong-kind", "it is a directory", "Name a file");
  if (cause instanceof Deno.errors.NotADirectory) {
    return fail("wrong-kind", "a part of its path is a file, not a folder", "Check the path");
  }
  return fail("io-failed", withoutOperatingSystemCode(cause.message));
}

function permissionAdvice(operation: FileOperation): string {
  return operation === "read"
    ? "Add --allow-read to deno run, with the file's path to permit no more than that"
    : "Add --allow-read and --allow-write to deno run, with the path of the output's folder to permit no more than that";
}

/** `No space left on device (os error 28): write 'x'` is enough without what stands behind it. */
function withoutOperatingSystemCode(message: string): string {
  return message.replace(/ \(os error \d+\).*$/s, "");
}
