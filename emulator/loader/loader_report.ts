/**
 * What a loader did after a reset.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { SetJudgement } from "../../packager/slots/mod.ts";
import type { BootReason } from "../../protocols/cdc/constants.ts";
import type { LoaderError } from "./loader_error.ts";

/** A copy from B to A that the loader made, or tried to. */
export interface CopyReport {
  /** Why it was due. */
  readonly reason: "repair" | "unfinished" | "install";
  /** What went wrong; `undefined` when A was verified afterwards. */
  readonly error: LoaderError | undefined;
}

/** What a loader did after a reset. */
export interface LoaderReport {
  /** Whether it starts the application, or stays. */
  readonly action: "boot" | "stay";
  /** Why it stays; `undefined` when it does not. */
  readonly reason: BootReason | undefined;
  /** What it copied, in order. */
  readonly copies: readonly CopyReport[];
  /** The set in the slots A, verified in depth; it is what runs. */
  readonly a: SetJudgement;
  /** How often this set was started before without saying that it is well. */
  readonly bootAttempts: number;
}
