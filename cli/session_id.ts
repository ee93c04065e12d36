/**
 * Session numbers: chance, where it is allowed to be.
 *
 * @module
 */

/** What the CDC protocol takes for the first of a few sessions. */
const SESSION_ID_MAX = 4_294_967_000;

/**
 * Draws the number of a session, so that replies to an older one are not taken for its own.
 *
 * @returns 1 to 4294967000.
 */
export function drawSessionId(): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return 1 + drawn % SESSION_ID_MAX;
}
