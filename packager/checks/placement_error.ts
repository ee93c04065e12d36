/**
 * What keeps an image, or a set of images, from being packed.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../../core/errors.ts";
import type { CoreTag } from "../../core/parts/part.ts";

/**
 * What keeps an image out of its slot.
 *
 * Of where it stands: `nothing-in-slot`, `wrong-slot` (it stands in a slot of another core, or in slot B), `in-loader`,
 * `in-ram` and `outside-slot` (some of its bytes do), `too-large`. Of what it is: `blank`, `no-vector-table`,
 * `bad-stack-pointer`, `bad-reset-vector`, `wrong-core` (the vector table is made for another core). Of the set:
 * `missing-core`, `unknown-core`, `duplicate-core`.
 */
export type PlacementCode =
  | "nothing-in-slot"
  | "wrong-slot"
  | "in-loader"
  | "in-ram"
  | "outside-slot"
  | "too-large"
  | "blank"
  | "no-vector-table"
  | "bad-stack-pointer"
  | "bad-reset-vector"
  | "wrong-core"
  | "missing-core"
  | "unknown-core"
  | "duplicate-core";

/** One thing that keeps an image out of its slot. */
export interface Finding {
  /** What it is, for programs. */
  readonly code: PlacementCode;
  /** What it is, for people: a clause without period. */
  readonly state: string;
  /** First address that it is about, where there is one. */
  readonly addressStart?: number | undefined;
  /** One past the last address that it is about. */
  readonly addressEnd?: number | undefined;
}

/** An image, or a set of images, that the packaging checks refuse. */
export class PlacementError extends CoreslotError {
  /** What is wrong; of several things, the first. */
  declare readonly code: PlacementCode;
  /** The core that the image was given for; `null` when the set as a whole is wrong. */
  readonly core: CoreTag | null;
  /** All that is wrong, at least one. */
  readonly findings: readonly Finding[];

  /**
   * Puts the findings into one message.
   *
   * @param findings At least one; the first gives the code.
   * @param options Core, layout and advice.
   */
  constructor(findings: readonly [Finding, ...Finding[]], options: PlacementErrorOptions) {
    const subject = options.core === null ? "the images" : `the ${options.core} image`;
    const states = findings.map(({ state }) => state).join("; ");
    super({
      code: findings[0].code,
      message: `Cannot place ${subject} in the layout ${options.layoutName}: ${states}`,
      advice: options.advice,
    });
    this.core = options.core;
    this.findings = findings;
  }
}

/** What a {@linkcode PlacementError} is about. */
export interface PlacementErrorOptions {
  /** The core that the image was given for; `null` when the set as a whole is wrong. */
  readonly core: CoreTag | null;
  /** Name of the layout. */
  readonly layoutName: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
}
