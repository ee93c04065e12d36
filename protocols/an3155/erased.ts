/**
 * Looking whether an erase has erased: a ROM may acknowledge one that write protection forbids.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Sector } from "../../core/parts/mod.ts";
import type { Procedure } from "../link/mod.ts";
import type { SectorBlocks } from "./blocks.ts";
import { NotErasedError } from "./error.ts";
import type { Session } from "./session.ts";
import type { FlashRange } from "./stages.ts";

/** How much is looked at in a sector: a flash word of an H7, the largest program unit. All pages are larger. */
const PROBE_SIZE_BYTES = 32;

/**
 * Gives the first bytes of every sector that is erased and of which nothing is read back otherwise.
 *
 * @param sectors The sectors that are erased.
 * @param held The sectors with blocks, all of which are read back.
 * @returns Ranges of 32 bytes, ascending as the sectors are.
 */
export function probesBeside(sectors: readonly Sector[], held: readonly SectorBlocks[]): FlashRange[] {
  const indexes = new Set(held.map(({ sector }) => sector.index));
  return sectors.filter(({ index }) => !indexes.has(index)).map(({ addressStart }) => ({
    addressStart,
    addressEnd: addressStart + PROBE_SIZE_BYTES,
  }));
}

/**
 * Reads ranges that were erased; twice where one is not blank, for the bytes on the wire have no checksum.
 *
 * @param session The session.
 * @param ranges The ranges, each no longer than the part's ROM reads at once.
 * @throws {NotErasedError} When one holds something.
 * @throws {ProtocolError} When the line fails for good.
 */
export function* assertErased(session: Session, ranges: Iterable<FlashRange>): Procedure<void> {
  const { line, part } = session;
  for (const { addressStart, addressEnd } of ranges) {
    for (let triesLeft = 1;; triesLeft--) {
      const bytes = yield* line.read(addressStart, addressEnd - addressStart);
      const at = bytes.findIndex((byte) => byte !== part.flash.programUnit.erasedByte);
      if (at < 0) break;
      if (triesLeft === 0) throw new NotErasedError(addressStart + at, bytes[at]!);
    }
  }
}
