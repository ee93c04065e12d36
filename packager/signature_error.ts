/**
 * What reading a signature made elsewhere throws.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError, type CoreslotErrorOptions } from "../core/errors.ts";

/**
 * What is wrong with a signature.
 *
 * | code | the signature |
 * | --- | --- |
 * | `bad-length` | has neither 64 bytes nor the form of DER |
 * | `bad-der` | is not the one DER encoding of two numbers |
 * | `out-of-range` | holds a number that no signature holds |
 */
export type SignatureFormatErrorCode = "bad-length" | "bad-der" | "out-of-range";

/** What a {@linkcode SignatureFormatError} is made of. */
export interface SignatureFormatErrorOptions extends CoreslotErrorOptions {
  /** What is wrong with the signature. */
  readonly code: SignatureFormatErrorCode;
}

/** A signature made elsewhere that is in no form we read. */
export class SignatureFormatError extends CoreslotError {
  /** What is wrong with the signature. */
  declare readonly code: SignatureFormatErrorCode;

  /**
   * Keeps the options in fields.
   *
   * @param options Code, message, advice and cause.
   */
  constructor(options: SignatureFormatErrorOptions) {
    super(options);
  }
}
