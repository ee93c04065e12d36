/**
 * Which sectors one erase command takes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Sector } from "../../core/parts/mod.ts";
import { SYNC } from "./constants.ts";

/**
 * Divides sectors among erase commands.
 *
 * A sector whose number has the byte 0x7F goes alone. Should the wire lose that byte out of a longer list, a ROM without
 * a time-out waits for one byte more; the synchronisation byte would complete the list, with the right checksum and other
 * numbers. In a list of one it takes the place of what was lost.
 *
 * @param sectors The sectors, in the order in which they are to be erased.
 * @param countMax How many one command carries.
 * @returns The sectors of each command.
 */
export function chunkSectors(sectors: readonly Sector[], countMax: number): readonly (readonly Sector[])[] {
  const chunks: Sector[][] = [];
  let isOpen = false;
  for (const sector of sectors) {
    const isAlone = (sector.index & 0xff) === SYNC || sector.index >>> 8 === SYNC;
    const last = chunks.at(-1);
    if (isOpen && !isAlone && last !== undefined && last.length < countMax) last.push(sector);
    else chunks.push([sector]);
    isOpen = !isAlone;
  }
  return chunks;
}
