/**
 * Reading up to a silence: the rest of a block, and whatever is left of a damaged one.
 *
 * Source: "XMODEM/YMODEM Protocol Reference", 18 June 1988, chapters 7.3.2 and 7.4.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { BYTE_WITHIN_MS, PURGE_WITHIN_MS, QUIET_MS } from "./constants.ts";

/** Enough for a farewell: ten CAN and ten backspaces, as lrzsz sends them. */
const KEPT_BYTES = 20;

/** What passed before a silence. */
export interface Passed {
  /** The last bytes, twenty at most. */
  readonly last: Bytes;
  /** Whether all of it may be ASCII text. */
  readonly isText: boolean;
}

/** Nothing passed. */
export const NOTHING_PASSED: Passed = { last: new Uint8Array(0), isText: true };

/**
 * Tells whether bytes may be ASCII text. A block never is: of its number and the complement one has the highest bit.
 *
 * @param bytes The bytes.
 * @returns `false` when one of them has the highest bit set.
 */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

/**
 * Reads until the line has been silent for a second.
 *
 * @param link The line.
 * @returns What passed.
 * @throws {LinkTimeoutError} When it never falls silent.
 */
export function* readUntilQuiet(link: ByteLink): Procedure<Passed> {
  const giveUpMs = link.nowMs + PURGE_WITHIN_MS;
  let passed = NOTHING_PASSED;
  while (link.nowMs < giveUpMs) {
    try {
      const bytes = yield* link.read(Math.max(link.unreadCount, 1), "silence", QUIET_MS);
      const last = concatBytes([passed.last, bytes]).slice(-KEPT_BYTES);
      passed = { last, isText: passed.isText && isText(bytes) };
    } catch (error) {
      if (error instanceof LinkTimeoutError) return passed;
      throw error;
    }
  }
  throw new LinkTimeoutError(`silence of ${QUIET_MS} ms`, PURGE_WITHIN_MS);
}

/**
 * Reads a number of bytes for as long as they keep coming. The line is looked at once a second, so a pause of less than
 * that never hurts, and one of two seconds always does.
 *
 * @param link The line.
 * @param count How many bytes.
 * @returns The bytes; fewer when the line fell silent.
 */
export function* readSteadily(link: ByteLink, count: number): Procedure<Bytes> {
  let seenCount = 0;
  while (true) {
    try {
      return yield* link.read(count, "rest of the block", BYTE_WITHIN_MS);
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
      const { unreadCount } = link;
      if (unreadCount === seenCount) return yield* link.read(unreadCount, "part of a block", 0);
      seenCount = unreadCount;
    }
  }
}
