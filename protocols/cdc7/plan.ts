/**
 * What a download costs on the wire, as a closed form.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { COMMAND_BYTES, PACKET_BYTES, REPLY_BYTES } from "./constants.ts";
import type { PaddingOptions } from "./frames.ts";

/** The cost of a download. */
export interface Cdc7Plan {
  /** Packets. */
  readonly packetCount: number;
  /** Bytes from the host: 7, and 64 for each packet. */
  readonly bytesOut: number;
  /** Bytes from the target: 3 for each packet, and 3 each for the command and the result. */
  readonly bytesIn: number;
  /** How often the host sends and waits: nothing is sent ahead. The result follows the last packet by itself. */
  readonly roundTrips: number;
}

/**
 * Foretells what a download costs.
 *
 * @param payloadBytes Size of the application, 1 or more.
 * @param options How it is padded.
 * @returns The cost, on a line without faults.
 *
 * @example Every packet is a round trip
 * ```ts
 * import { planCdc7 } from "@coreslot/coreslot/cdc7";
 *
 * const { packetCount, roundTrips } = planCdc7(64 * 1024);
 * console.assert(packetCount === 1024 && roundTrips === 1025);
 * ```
 */
export function planCdc7(payloadBytes: number, options: Pick<PaddingOptions, "alwaysPads"> = {}): Cdc7Plan {
  const packetCount = options.alwaysPads === true
    ? Math.floor(payloadBytes / PACKET_BYTES) + 1
    : Math.ceil(payloadBytes / PACKET_BYTES);
  return {
    packetCount,
    bytesOut: COMMAND_BYTES + PACKET_BYTES * packetCount,
    bytesIn: REPLY_BYTES * (packetCount + 2),
    roundTrips: packetCount + 1,
  };
}
