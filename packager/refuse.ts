/**
 * Errors about a field of an image header in an update, with its path and its offset in the file.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { headerOffset } from "./bundle.ts";
import { formatField, readFields } from "./field_table.ts";
import { HEADER_FIELDS } from "./header.ts";
import type { Update } from "./update.ts";
import { VerificationError, type VerificationErrorCode } from "./verification_error.ts";

/** What is wrong with a header. */
export interface Refusal {
  /** Why the update is refused. */
  readonly code: VerificationErrorCode;
  /** Name of the field at fault. */
  readonly name: keyof typeof HEADER_FIELDS;
  /** What would be accepted there: a value of the field, or words. */
  readonly expected: number | string;
  /**
   * What is there.
   *
   * @default {the value of the field}
   */
  readonly got?: string;
  /** What the reader can do about it: one sentence, no period. */
  readonly advice?: string;
}

/**
 * Makes the error about a header of an update.
 *
 * @param update The update.
 * @param index Index of the image in the file.
 * @param refusal What is wrong with it.
 * @returns The error, to be thrown.
 */
export function refuse(update: Update, index: number, refusal: Refusal): VerificationError {
  const { code, name, expected, advice } = refusal;
  const field = HEADER_FIELDS[name];
  const isBundle = update.kind === "bundle";
  return new VerificationError({
    code,
    field: `${isBundle ? `images[${index}]` : "header"}.${name}`,
    offset: (isBundle ? headerOffset(index) : 0) + field.offset,
    expected: typeof expected === "number" ? formatField(field, expected) : expected,
    got: refusal.got ?? formatField(field, readFields(HEADER_FIELDS, update.records[index]!)[name]),
    advice,
  });
}
