/**
 * Restarting a device: it hears nothing for a while, and listens for a moment only.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type CdcSession, openSession } from "../protocols/cdc/mod.ts";
import { runUntil } from "../protocols/cdc/patience.ts";
import { type ByteLink, type Procedure, ProtocolError } from "../protocols/link/mod.ts";

/** How often it is greeted: it may listen for as short a time, and a greeting of 300 bytes is no load. */
const GREET_EVERY_MS = 250;

/** How long to try: verifying 2 MiB at each reset takes a slow chip some seconds. */
const GREET_WITHIN_MS = 10_000;

/**
 * Greets a device until it answers.
 *
 * @param link The host's end of the wire.
 * @param drawSessionId Gives the number of a session.
 * @returns The session; `undefined` when it did not answer within 10 s.
 * @throws {LinkClosedError} When the port goes away meanwhile, as over USB it does.
 */
export function* greetRestarted(link: ByteLink, drawSessionId: () => number): Procedure<CdcSession | undefined> {
  const deadlineMs = link.nowMs + GREET_WITHIN_MS;
  while (link.nowMs < deadlineMs) {
    const greeting = openSession(link, { sessionId: drawSessionId() });
    const answered = yield* runUntil(link, link.nowMs + GREET_EVERY_MS, greeting);
    if (answered !== undefined) return answered.value;
  }
  return undefined;
}

/**
 * Resets a device, or leaves it as it is when that fails.
 *
 * @param link The host's end of the wire.
 * @param sessionId Number of the session.
 */
export function* resetQuietly(link: ByteLink, sessionId: number): Procedure<void> {
  try {
    const session = yield* openSession(link, { sessionId });
    yield* session.reset();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}
