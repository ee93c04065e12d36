/**
 * The host's synchronisation: from a fresh reset, and from any state that a broken conversation left.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { ACK, ANSWER_WITHIN_MS, NACK, QUIET_MS, SYNC, SYNC_WITHIN_MS } from "./constants.ts";

/**
 * How many bytes are sent at each try.
 *
 * One finds a ROM just out of reset, which says ACK, or one that waits for the second byte of a command, which says NACK.
 * To a ROM that waits for a command it is the first byte of one, and the second try gets the NACK. A ROM in the middle of
 * a frame that knows no pause has to be fed to the frame's end: 258 bytes end a Write Memory, 1,027 an Extended Erase of
 * 512 pages or an Extended Special. What is left of such a burst is taken for commands: 0x7F with itself is none.
 * `ours`.
 */
const TRIES: readonly number[] = [1, 1, 258, 1, 1, 1040, 1, 1, 1, 1];

/**
 * The first byte of a burst. Frames end with the XOR of their bytes, and equal bytes cancel each other: a ROM that waits
 * for an Erase would take 0x7F for 128 pages, every 0x7F for page 127, the last for the right checksum, and obey. This
 * one spoils the sum, also where a single bit of the frame was wrong before. `ours`.
 */
const SPOILER = 0x55;

/**
 * How often synchronisation is repeated because more than one answer came: answers that were held up somewhere come in a
 * crowd, and the first of them was not meant for the synchronisation byte.
 */
const LATE_ANSWERS_MAX = 3;

/** How the ROM was found: `fresh` out of a reset, `ready` in the middle of a session. */
export type SyncState = "fresh" | "ready";

/**
 * Makes sure that the ROM waits for a command, whatever it was doing.
 *
 * @param link The link. What had come is forgotten.
 * @returns How the ROM was found.
 * @throws {LinkTimeoutError} When nothing answers: after some 4 s at 115,200 baud.
 */
export function* synchronise(link: ByteLink): Procedure<SyncState> {
  for (const count of TRIES) {
    link.discardInput();
    link.send(feedOf(count), "synchronise");
    yield* link.flush();
    const answer = yield* hearAnswer(link);
    // How many bytes of a burst were left over when the frame ended is known only after the next single one.
    if (count === 1 && answer === ACK) return "fresh";
    if (count === 1 && answer === NACK) return "ready";
    if (answer !== undefined) yield* link.skipUntilQuiet(QUIET_MS, ANSWER_WITHIN_MS);
  }
  throw new LinkTimeoutError("answer to the synchronisation byte", TRIES.length * SYNC_WITHIN_MS);
}

/**
 * Gets a conversation that went wrong back into step: waits until the line is silent, then synchronises.
 *
 * Call it after a refusal, or a time-out of {@linkcode ANSWER_WITHIN_MS}: a ROM that knows a pause has forgotten half a
 * frame by then. One that does not is fed to the frame's end. The XOR at that end does not see everything: when a list of
 * pages has lost its last page and its checksum, and the two are equal, two synchronisation bytes take their place, and
 * page 127 is erased.
 *
 * @param link The link. What had come is forgotten.
 * @param escape Bytes that end what the ROM may be in the middle of, where synchronisation alone would not.
 * @returns How the ROM was found; `fresh` means that it has been reset.
 * @throws {LinkTimeoutError} When nothing answers, or the line never falls silent.
 */
export function* resynchronise(link: ByteLink, escape?: Bytes): Procedure<SyncState> {
  yield* link.skipUntilQuiet(QUIET_MS, ANSWER_WITHIN_MS);
  if (escape !== undefined) {
    link.send(escape, "escape");
    yield* link.flush();
    yield* hearAnswer(link);
    yield* link.skipUntilQuiet(QUIET_MS, ANSWER_WITHIN_MS);
  }
  for (let triesLeft = LATE_ANSWERS_MAX;; triesLeft--) {
    const state = yield* synchronise(link);
    const lateCount = yield* link.skipUntilQuiet(QUIET_MS, ANSWER_WITHIN_MS);
    if (lateCount === 0 || triesLeft === 0) return state;
  }
}

function feedOf(count: number): Bytes {
  const feed = new Uint8Array(count).fill(SYNC);
  if (count > 1) feed[0] = SPOILER;
  return feed;
}

/** Gives the byte that comes, or nothing. */
function* hearAnswer(link: ByteLink): Procedure<number | undefined> {
  try {
    return yield* link.readByte("answer to the synchronisation byte", SYNC_WITHIN_MS);
  } catch (error) {
    if (!(error instanceof LinkTimeoutError)) throw error;
    return undefined;
  }
}
