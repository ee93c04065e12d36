/**
 * Why an update may not go onto a device as it is now.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../core/mod.ts";

/** What stands against an update. */
export type UpdateErrorCode =
  /** Slot B holds a set that the loader has to copy to slot A first. */
  | "repair-first"
  /** The device runs a set with a higher security counter, so its loader would refuse this one. */
  | "counter-too-low"
  /** The device holds a set of another product. */
  | "wrong-product"
  /** The device is another part than the update is for. */
  | "wrong-part"
  /** The update is not the whole set: the file is one image of several. */
  | "incomplete-set"
  /** The device holds firmware whose slots are elsewhere: staging would erase what nobody has looked at. */
  | "other-layout"
  /** The update's slots are not where this part can have them. */
  | "wrong-slots"
  /** The device starts another set although it has taken this one. */
  | "other-set";

/** Thrown before anything is erased, when an update may not go onto a device; `other-set` at the end. */
export class UpdateError extends CoreslotError {
  /** What stands against it. */
  declare readonly code: UpdateErrorCode;

  /**
   * Makes the error.
   *
   * @param code What stands against the update.
   * @param state What is the case, as a clause.
   * @param advice What to do.
   */
  constructor(code: UpdateErrorCode, state: string, advice: string) {
    super({ code, message: `Cannot stage the update: ${state}`, advice });
  }
}
