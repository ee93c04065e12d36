/**
 * Why there is nothing to rehearse.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../core/mod.ts";

/** Why there is nothing to rehearse. */
export type RehearsalErrorCode =
  /** The device does not take the update, without any fault. */
  | "refused"
  /** The release before is for another product. */
  | "other-product"
  /** A fault that the update has no place for, or that is neither a power cut nor one of the wire. */
  | "bad-fault"
  /** Points failed, or a control was not caught: thrown by whoever must not go on without a proof. */
  | "not-proven";

/** Thrown before a point is tried, or for a report that proves nothing. */
export class RehearsalError extends CoreslotError {
  /** Why. */
  declare readonly code: RehearsalErrorCode;

  /**
   * Makes the error.
   *
   * @param code Why.
   * @param state What is the case, as a clause.
   * @param details What to do about it, and what is behind it.
   */
  constructor(
    code: RehearsalErrorCode,
    state: string,
    details: { readonly advice?: string; readonly cause?: unknown } = {},
  ) {
    super({ code, message: `Cannot rehearse the update: ${state}`, ...details });
  }
}
