/**
 * What to do about a boot ROM that was left while it erases: it goes on, and answers nobody until it is done.
 *
 * @module
 */

import type { Part } from "../../core/parts/part.ts";
import type { Sector } from "../../core/parts/sectors.ts";
import { eraseTimeUs, massEraseTimeUs } from "../../protocols/an3155/times.ts";

/**
 * Says how to go on after an erase that was broken off.
 *
 * @param part The part.
 * @param sectors What is erased.
 * @param isAll Whether that is a mass erase.
 * @returns A clause: how long to wait, by the longest time of the datasheet, and what to run then.
 */
export function adviseWhileErasing(part: Part, sectors: readonly Sector[], isAll: boolean): string {
  const timeOf = isAll ? massEraseTimeUs : eraseTimeUs;
  const longestUs = Math.max(...part.flash.timings.map((timing) => timeOf(timing, sectors, "maximumUs")));
  const seconds = Math.max(1, Math.ceil(longestUs / 1_000_000));
  return `The device may go on erasing for up to ${seconds} s, in which it answers nobody: then run the same command ` +
    `again, or at once with --retry ${seconds}`;
}
