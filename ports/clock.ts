/**
 * The clock of the ports: the one file here that knows timers.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** The longest that a timer takes, 24 days; one that is set for longer rings at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** A clock that can wait. */
export interface Clock {
  /** Tells the time, in milliseconds since some moment; it never goes back. */
  nowMs(): number;
  /**
   * Waits.
   *
   * @param ms How long, in milliseconds.
   * @param signal Ends the wait early; the promise then rejects with the signal's reason.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The system's clock. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, Math.min(ms, TIMER_MAX_MS));
      signal?.addEventListener("abort", stop, { once: true });
    }),
};
