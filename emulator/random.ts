/**
 * Numbers that look random and are the same on every run from the same seed.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** 2^32 divided by the golden ratio: spreads seeds that differ by one over all bits. */
const GOLDEN_RATIO = 0x9e37_79b9;

/**
 * A small generator: Marsaglia's xorshift with 32 bits of state ("Xorshift RNGs", 2003), the state multiplied on output.
 *
 * For faults and garbage, never for keys.
 *
 * @example The same seed, the same numbers
 * ```ts
 * import { Random } from "@coreslot/coreslot/emulator";
 *
 * console.assert(new Random(7).below(100) === new Random(7).below(100));
 * ```
 */
export class Random {
  #state: number;

  /**
   * Starts from a seed.
   *
   * @param seed Any whole number; its low 32 bits count.
   */
  constructor(seed: number) {
    // The state 0 would stay 0.
    this.#state = Math.imul(seed ^ GOLDEN_RATIO, 0x85eb_ca6b) | 1;
    this.next();
  }

  /**
   * Gives the next number.
   *
   * @returns 0 to 0xFFFFFFFF.
   */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    const mixed = Math.imul(state, 0x2c1b_3c6d);
    return (mixed ^ mixed >>> 15) >>> 0;
  }

  /**
   * Gives a whole number below a limit.
   *
   * @param limit 1 to 2^32.
   * @returns 0 to `limit - 1`.
   */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /**
   * Gives a fraction.
   *
   * @returns 0 or more, below 1.
   */
  fraction(): number {
    return this.next() / 2 ** 32;
  }
}
