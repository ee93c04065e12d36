/**
 * What can be wrong with a layout.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../../core/errors.ts";

/**
 * What is wrong with a layout.
 *
 * Of the text: `too-large` (longer than the limit), `bad-json` (not JSON), `too-deep` (nested deeper than a layout can
 * be), `duplicate-key`, `unknown-key`, `missing-key`, `bad-type` and `bad-value`. Of the names: `unknown-layout`,
 * `unknown-part` and `unknown-bank-mode`. Of the geometry: `loader-not-first` (the loader is not where the part starts),
 * `not-on-sector` (a loader or slot does not begin, or the loader does not end, where a sector does), `bad-size` (not
 * whole program units, or too small), `outside-flash`, `across-hole`, `overlap` (two areas share a sector),
 * `not-protectable` (write protection of the loader would reach into a slot), `bad-boot-address` and `bad-alignment` (the
 * hardware, or the vector table, cannot start there). Of the cores: `missing-core`, `unknown-core`, `duplicate-core`. And
 * `bad-policy`: slot B is where the policy does not allow it.
 */
export type LayoutErrorCode =
  | "too-large"
  | "bad-json"
  | "too-deep"
  | "duplicate-key"
  | "unknown-key"
  | "missing-key"
  | "bad-type"
  | "bad-value"
  | "unknown-layout"
  | "unknown-part"
  | "unknown-bank-mode"
  | "loader-not-first"
  | "not-on-sector"
  | "bad-size"
  | "outside-flash"
  | "across-hole"
  | "overlap"
  | "not-protectable"
  | "bad-boot-address"
  | "bad-alignment"
  | "missing-core"
  | "unknown-core"
  | "duplicate-core"
  | "bad-policy";

/** One thing that is wrong with a layout. */
export interface LayoutProblem {
  /** What is wrong, for programs. */
  readonly code: LayoutErrorCode;
  /** Where: `slots[1].addressB`; empty for the whole layout. */
  readonly path: string;
  /** What is wrong, for people: a clause whose subject is what stands at the path. */
  readonly state: string;
  /** What would be right, where that can be said shortly. */
  readonly expected?: string | undefined;
  /** What was found. */
  readonly got?: string | undefined;
}

/** A layout that cannot be used. */
export class LayoutError extends CoreslotError {
  /** What is wrong; of several things, the first. */
  declare readonly code: LayoutErrorCode;
  /** Where: `slots[1].addressB`; empty for the whole layout. */
  readonly path: string;
  /** What would be right, where that can be said shortly. */
  readonly expected: string | undefined;
  /** What was found. */
  readonly got: string | undefined;
  /** All that is wrong, at least one. */
  readonly problems: readonly LayoutProblem[];

  /**
   * Puts the problems into one message.
   *
   * @param problems At least one; the first gives code, path, expected and got.
   * @param options Message, advice and cause.
   */
  constructor(problems: readonly [LayoutProblem, ...LayoutProblem[]], options: LayoutErrorOptions = {}) {
    const [{ code, path, expected, got }] = problems;
    const message = `Cannot use the layout: ${problems.map(formatProblem).join("; ")}`;
    super({ message, ...options, code });
    this.path = path;
    this.expected = expected;
    this.got = got;
    this.problems = problems;
  }
}

/** What a {@linkcode LayoutError} can carry besides its problems. */
export interface LayoutErrorOptions {
  /**
   * The message.
   *
   * @default {one that lists the problems}
   */
  readonly message?: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

function formatProblem({ path, state, expected, got }: LayoutProblem): string {
  const wanted = expected === undefined ? "" : `, expected ${expected}`;
  const found = got === undefined ? "" : `, got ${got}`;
  return `${path === "" ? "it" : path} ${state}${wanted}${found}`;
}
