/**
 * How the loader says no.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../../core/mod.ts";
import type { SlotProblem } from "../../packager/slots/mod.ts";

/**
 * Why the loader refuses. Before anything in flash was changed:
 *
 * | code | what was asked |
 * | --- | --- |
 * | `bad-bundle` | a file that is no bundle, is cut wrong, or ends early or late |
 * | `bad-header` | a header that breaks a rule of FORMAT.md, section 3 |
 * | `bad-set` | headers that are not one whole set, or whose set id is not theirs |
 * | `wrong-part` | an update for another chip or erased value |
 * | `wrong-layout` | an update for other cores, addresses or slot sizes |
 * | `wrong-product` | an update for another product |
 * | `counter-too-low` | an update older than what runs, or than the loader takes |
 * | `unknown-key` | an update signed by a key that the loader does not hold |
 * | `bad-signature` | an update with a signature that does not verify |
 * | `repair-first` | to erase B while the copy of B to A is due |
 * | `option-bytes` | anything while the option bytes are not as the layout plans them |
 * | `not-begun`, `bad-image`, `bad-offset`, `incomplete` | a step that does not follow the last one |
 * | `clone-differs` | a copy of a payload that slot A does not hold |
 * | `nothing-to-boot` | to start what is not there |
 *
 * Afterwards; B is not committed then:
 *
 * | code | what happened |
 * | --- | --- |
 * | `flash-failed` | flash did not take what was written |
 * | `flash-protected` | flash is write-protected |
 * | `verify-failed` | what stands in flash, or the metadata, has not the digest of its header |
 * | `install-failed` | the copy to A failed; B is as it was |
 */
export type LoaderErrorCode =
  | "bad-bundle"
  | "bad-header"
  | "bad-set"
  | "wrong-part"
  | "wrong-layout"
  | "wrong-product"
  | "counter-too-low"
  | "unknown-key"
  | "bad-signature"
  | "repair-first"
  | "option-bytes"
  | "not-begun"
  | "bad-image"
  | "bad-offset"
  | "incomplete"
  | "clone-differs"
  | "nothing-to-boot"
  | "flash-failed"
  | "flash-protected"
  | "verify-failed"
  | "install-failed";

/** What the loader refused, or could not do. */
export class LoaderError extends CoreslotError {
  /** Why. */
  declare readonly code: LoaderErrorCode;
  /** Index of the image at fault; `undefined` when it is none or all. */
  readonly image: number | undefined;

  /**
   * Says what, and why.
   *
   * @param code Why.
   * @param message What, in words.
   * @param image Index of the image at fault.
   */
  constructor(code: LoaderErrorCode, message: string, image?: number) {
    super({ code, message });
    this.image = image;
  }
}

/** What the codes of judging headers are to a host: it can do the same about all that share one. */
const CODES: Readonly<Partial<Record<SlotProblem["code"], LoaderErrorCode>>> = {
  "set-mismatch": "bad-set",
  "duplicate-core": "bad-set",
  "slot-overlap": "bad-set",
  "bad-count": "bad-set",
  "bad-set-id": "bad-set",
  "wrong-part": "wrong-part",
  "wrong-cores": "wrong-layout",
  "wrong-address": "wrong-layout",
  "wrong-product": "wrong-product",
  "low-counter": "counter-too-low",
  "unsigned": "bad-signature",
  "unknown-key": "unknown-key",
  "wrong-signature-kind": "unknown-key",
  "bad-signature": "bad-signature",
};

/**
 * Makes the error of headers that are refused.
 *
 * @param problem What is wrong with them.
 * @param image Index of the image at fault.
 * @returns The error, to be thrown.
 */
export function refuseHeaders({ code, text }: SlotProblem, image?: number): LoaderError {
  return new LoaderError(CODES[code] ?? "bad-header", `Cannot take the update: ${text}`, image);
}
