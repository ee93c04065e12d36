/**
 * A port that cannot be opened.
 *
 * @module
 */

import { CoreslotError } from "../core/mod.ts";

/**
 * A port that cannot be opened. Codes: `port-syntax` (not a port's name), `port-unreachable` (nobody there),
 * `port-unavailable` (taken, or not to be had).
 */
export class PortError extends CoreslotError {}
