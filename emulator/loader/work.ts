/**
 * Work of the loader, told in the order in which it is done, one flash operation or a few small ones at a time.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { WorkProgress } from "../../protocols/cdc/device.ts";

/**
 * Something that takes a while. It yields between steps, with how far it is; whoever runs it may look at a port then, or
 * drop it: every point at which it yields is one at which the power may go away too.
 *
 * @typeParam T What it ends with.
 */
export type Work<T> = Generator<WorkProgress, T, void>;

/**
 * Does work to its end at once.
 *
 * @typeParam T What it ends with.
 * @param work The work.
 * @returns What it ended with.
 */
export function finishWork<T>(work: Work<T>): T {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}
