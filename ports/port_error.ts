/**
 * A port that cannot be used.
 *
 * @module
 */

import { CoreslotError } from "../core/mod.ts";

/**
 * A port that cannot be used. Codes:
 *
 * - `port-syntax`: not a port's name
 * - `port-absent`: no such port, or no port at all; `port-ambiguous`: several to choose from
 * - `port-permission`: the system does not let this user open it; `port-busy`: another program has it
 * - `port-not-serial`: something else than a serial port; `port-settings`: a rate or frame that it cannot do
 * - `port-vanished`: the device went away; `port-closed`: closed by ourselves
 * - `port-unreachable`: nobody listens there; `port-unavailable`: not to be had, for a reason that the message gives
 * - `port-wait`: did not appear in time; `port-unsupported`: no serial ports on this system
 */
export class PortError extends CoreslotError {}
