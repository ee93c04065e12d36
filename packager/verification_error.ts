/**
 * What verifying a well-formed update throws.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";

/**
 * Why an update is not to be trusted, or not for this device.
 *
 * | code | the update |
 * | --- | --- |
 * | `unsigned` | carries zeros in place of its signatures |
 * | `missing-signature` | was given signatures for some of its images only |
 * | `unknown-key` | was signed by a key that is not among the given ones |
 * | `wrong-signature-kind` | claims another kind of signature than its key makes |
 * | `incomplete-set` | is one image of a set of several |
 * | `bad-set-id` | carries a set id that its headers do not give |
 * | `bad-signature` | carries a signature that the key did not make of this header |
 * | `bad-digest` | carries a payload that its header does not describe |
 * | `bad-metadata-digest` | carries metadata that its headers do not bind |
 * | `wrong-part` | is for another part, or another erased value |
 * | `wrong-cores` | has images for other cores than the layout, or in another order |
 * | `wrong-address` | has a slot where the layout has none |
 */
export type VerificationErrorCode =
  | "unsigned"
  | "missing-signature"
  | "unknown-key"
  | "wrong-signature-kind"
  | "incomplete-set"
  | "bad-set-id"
  | "bad-signature"
  | "bad-digest"
  | "bad-metadata-digest"
  | "wrong-part"
  | "wrong-cores"
  | "wrong-address";

/** What a {@linkcode VerificationError} is made of. */
export interface VerificationErrorOptions {
  /** Why the update is refused. */
  readonly code: VerificationErrorCode;
  /** Path of the field at fault: `images[1].signature`. */
  readonly field: string;
  /** Offset of the field in the file, in bytes. */
  readonly offset: number;
  /** What would be accepted there. */
  readonly expected: number | string;
  /** What is there. */
  readonly got: number | string;
  /** What the reader can do about it: one sentence, no period. */
  readonly advice?: string | undefined;
}

/** A well-formed update that is not to be trusted, or not for this device. */
export class VerificationError extends CoreslotError {
  /** Why the update is refused. */
  declare readonly code: VerificationErrorCode;
  /** Path of the field at fault: `images[1].signature`. */
  readonly field: string;
  /** Offset of the field in the file, in bytes. */
  readonly offset: number;
  /** What would be accepted there. */
  readonly expected: number | string;
  /** What is there. */
  readonly got: number | string;

  /**
   * Keeps the options in fields and writes the message.
   *
   * @param options Code, place, what would be accepted and what is there.
   */
  constructor(options: VerificationErrorOptions) {
    const { code, field, offset, expected, got, advice } = options;
    super({ code, message: `Cannot verify ${field} at offset ${offset}: expected ${expected}, got ${got}`, advice });
    this.field = field;
    this.offset = offset;
    this.expected = expected;
    this.got = got;
  }
}
