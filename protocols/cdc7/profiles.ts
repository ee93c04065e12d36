/**
 * What targets of this protocol do, their defects among it, as data.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { NACK_COUNT_MAX, PACKET_WITHIN_MS } from "./constants.ts";

/** How a target behaves. */
export interface Cdc7Profile {
  /** Name for lists and errors. */
  readonly name: string;
  /** How long it waits for a packet, in milliseconds. */
  readonly packetWithinMs: number;
  /** How often it says that a packet has not come. */
  readonly nackCountMax: number;
  /** Whether it acknowledges a packet before it writes it: the host then never hears of a write that failed. */
  readonly acknowledgesBeforeWrite: boolean;
  /** Whether it forgets that a write failed, but for that of the last packet. */
  readonly forgetsFailedWrites: boolean;
  /** Whether it takes a number of packets that do not fit, erases, and finds out behind the last sector. */
  readonly erasesBeforeSizeCheck: boolean;
  /** Whether a download that failed erases the application once more, before the error is sent. */
  readonly erasesAfterFailure: boolean;
}

/** The published target. */
export const BLACK_PILL: Cdc7Profile = {
  name: "black-pill",
  packetWithinMs: PACKET_WITHIN_MS,
  nackCountMax: NACK_COUNT_MAX,
  acknowledgesBeforeWrite: true,
  forgetsFailedWrites: true,
  erasesBeforeSizeCheck: true,
  erasesAfterFailure: true,
};

/** The same with what can be mended without changing a byte of the protocol. */
export const MENDED: Cdc7Profile = {
  ...BLACK_PILL,
  name: "mended",
  acknowledgesBeforeWrite: false,
  forgetsFailedWrites: false,
  erasesBeforeSizeCheck: false,
};

/** All of them. */
export const PROFILES: readonly Cdc7Profile[] = [BLACK_PILL, MENDED];
