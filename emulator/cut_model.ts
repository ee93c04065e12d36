/**
 * What a flash operation leaves behind when power goes away in its middle.
 *
 * | model | a program unit | an erase (sector, bank or all) |
 * |---|---|---|
 * | 0 `atomic` | nothing was done | nothing was done |
 * | 1 `half` | half of its bytes are there, the others read erased | half reads erased, the other half as before |
 * | 2 `garbage` | reads garbage | as 1, and the unit at the cut reads garbage |
 * | 3 `unreadable` | reads as an ECC error | the erased half and the unit at the cut read as an ECC error |
 * | 4 `blank-refusing` | reads erased | as 1, and the unit at the cut reads erased |
 * | 5 `marginal` | reads right a few times, then as an ECC error | the same of the erased half and the unit at the cut |
 * | 6 `fading` | reads erased a few times, then as an ECC error | what was there reads on a few times, then as an ECC error |
 *
 * Under every model but 0 the torn unit, or the whole sector, refuses to be programmed until it has been erased again.
 * `half` says which half an erase reached, or which half of a unit was programmed; the unit at the cut is the first one
 * on the other side. On flash without an ECC model 3 is model 2, and models 5 and 6 end in garbage.
 *
 * Model 6 is an operation that had hardly begun. Unverified: no document of ST says what a reader finds then.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Number of a cut model. */
export type CutModel = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** Names of the models, by number. */
export const CUT_MODEL_NAMES: readonly string[] = [
  "atomic",
  "half",
  "garbage",
  "unreadable",
  "blank-refusing",
  "marginal",
  "fading",
];

/** How often a marginal or fading unit can be read: once for a verify and once for the decision at the next reset. */
export const MARGINAL_READS_DEFAULT = 2;

/** What is left behind. */
export interface Cut {
  /** Number of the model. */
  readonly model: CutModel;
  /**
   * Which half was done.
   *
   * @default {"low"}
   */
  readonly half?: "low" | "high" | undefined;
  /**
   * How often a marginal or fading unit can be read, 0 to 200.
   *
   * @default {2}
   */
  readonly reads?: number | undefined;
}
