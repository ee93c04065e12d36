/**
 * How fast a sweep is, for its tally. What it reads is printed, never compared.
 *
 * @module
 */

/** Counts from the moment it is made. */
export class Stopwatch {
  readonly #startMs = performance.now();

  /** How many a second that many were until now. */
  perSecond(count: number): number {
    return Math.round(count * 1000 / (performance.now() - this.#startMs));
  }
}
