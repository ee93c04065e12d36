/**
 * A record or file has one size only: what is missing and what is too much are both errors.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { ContainerFormatError } from "./container_error.ts";
import type { Place } from "./field_table.ts";

/**
 * Checks the size of a record or file.
 *
 * @param bytes What is there.
 * @param sizeBytes How long it must be.
 * @param place What to call it in errors, and its offset in the caller's bytes.
 * @throws {ContainerFormatError} `truncated` or `trailing-bytes`, at the first byte missing or too much.
 */
export function checkExtent(bytes: Uint8Array, sizeBytes: number, place: Place): void {
  if (bytes.length === sizeBytes) return;
  const isShort = bytes.length < sizeBytes;
  throw new ContainerFormatError({
    code: isShort ? "truncated" : "trailing-bytes",
    field: place.path,
    offset: place.offset + Math.min(bytes.length, sizeBytes),
    expected: `${sizeBytes} bytes`,
    got: `${bytes.length}`,
    advice: isShort ? "The file is cut short: fetch it again" : "Something was appended to the file: fetch it again",
  });
}
