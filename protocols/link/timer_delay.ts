/**
 * What a timer can be set to.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** The longest that a timer takes, 24 days; one that is set for longer rings at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Gives the delay to set a timer to.
 *
 * @param atMs When it has to ring at the latest.
 * @param nowMs The same clock's time now.
 * @returns Milliseconds, 0 for what is over; no more than a timer takes.
 */
export function delayUntil(atMs: number, nowMs: number): number {
  return Math.min(Math.max(0, atMs - nowMs), TIMER_MAX_MS);
}
