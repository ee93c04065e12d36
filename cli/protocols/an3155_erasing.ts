/**
 * What to do about a boot ROM that was left while it erases: it goes on, and answers nobody until it is done.
 *
 * @module
 */

import type { Part } from "../../core/parts/part.ts";
import type { Sector } from "../../core/parts/sectors.ts";
import { eraseTimeUs, massEraseTimeUs } from "../../protocols/an3155/times.ts";

/** What is erased. */
export interface Erasing {
  /** The part. */
  readonly part: Part;
  /** The sectors. */
  readonly sectors: readonly Sector[];
  /** Whether one command erases the whole flash. */
  readonly isMassErase: boolean;
}

/**
 * Says how to go on after an erase that was broken off.
 *
 * @param erasing What is erased.
 * @returns A clause: how long to wait, by the longest time of the datasheet, and what to run then.
 */
export function adviseWhileErasing({ part, sectors, isMassErase }: Erasing): string {
  const timeOf = isMassErase ? massEraseTimeUs : eraseTimeUs;
  const longestUs = Math.max(...part.flash.timings.map((timing) => timeOf(timing, sectors, "maximumUs")));
  const seconds = Math.max(1, Math.ceil(longestUs / 1_000_000));
  return `The device may go on erasing for up to ${seconds} s, in which it answers nobody: then run the same command ` +
    `again, or at once with --retry ${seconds}`;
}
