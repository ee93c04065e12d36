/**
 * An error about what a file holds, together with the file's path.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";

/** Readers know bytes, not paths: this adds the path to what they throw. */
export class FileContentError extends CoreslotError {
  declare readonly cause: CoreslotError;
  /** The path as the user gave it. */
  readonly path: string;

  /**
   * Takes code and advice from the error underneath.
   *
   * @param path The path as the user gave it.
   * @param cause What the reader threw.
   */
  constructor(path: string, cause: CoreslotError) {
    super({ code: cause.code, message: `${path}: ${cause.message}`, advice: cause.advice, cause });
    this.path = path;
  }

  /**
   * Gives the fields of the error underneath, and the path.
   *
   * @returns A plain object.
   */
  override toJSON(): Record<string, unknown> {
    return { ...this.cause.toJSON(), message: this.message, path: this.path };
  }
}

/**
 * Runs a reader and adds the file's path to what it throws.
 *
 * @param path The path as the user gave it.
 * @param read The reader.
 * @returns What the reader returns.
 * @throws {FileContentError} When the reader throws a {@linkcode CoreslotError}.
 */
export async function inFile<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof CoreslotError ? new FileContentError(path, error) : error;
  }
}
