/**
 * Both directions of a USB bus, and the receiver of the device on it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/mod.ts";
import type { Lane } from "./line.ts";
import type { Receiver } from "./uart.ts";
import type { UsbOptions } from "./usb.ts";
import { UsbLane } from "./usb_lane.ts";
import type { Wire, WireEvents } from "./wire.ts";
import { WireFaults } from "./wire_faults.ts";

/** What a program's read holds: that of Windows' usbser by default, the largest of the common ones (unverified). */
const HOST_READ_BYTES_DEFAULT = 4096;

/**
 * Lays a bus.
 *
 * @param options What it is like.
 * @param events What happens on it; noise there is none: a packet has a CRC.
 * @returns Both directions, with nothing on them.
 */
export function layUsb(options: UsbOptions, events: WireEvents): Wire {
  const { sendsEmptyPackets = false, hostReadBytes = HOST_READ_BYTES_DEFAULT } = options;
  const { faults } = events;
  return {
    toTarget: new UsbLane({ faults: new WireFaults("h2t", faults), read: undefined }),
    toHost: new UsbLane({
      faults: new WireFaults("t2h", faults),
      read: { sizeBytes: hostReadBytes, seesEmptyPackets: sendsEmptyPackets },
    }),
  };
}

/** The device's receiver: what it cannot hold waits on the bus. */
export class UsbReceiver implements Receiver {
  /** A packet comes as a whole. */
  readonly isPacketed = true;
  /** Nothing is lost. */
  readonly overrunCount = 0;
  readonly #bufferBytes: number;
  #held: Bytes[] = [];
  #heldCount = 0;

  /**
   * Makes an empty receiver.
   *
   * @param options What the bus is like.
   */
  constructor(options: UsbOptions) {
    this.#bufferBytes = options.bufferBytes ?? 64;
  }

  /** Bytes that wait for the CPU. */
  get heldCount(): number {
    return this.#heldCount;
  }

  /**
   * Takes what came while nobody read, as far as it fits; the rest is sent again.
   *
   * @param lane The direction it came on.
   * @param atMs The time until which nobody read.
   */
  absorb(lane: Lane, atMs: number): void {
    const arrivedCount = lane.countUntil(atMs);
    const count = Math.min(arrivedCount, Math.max(0, this.#bufferBytes - this.#heldCount));
    if (count > 0) {
      this.#held.push(Uint8Array.from(lane.take(count)));
      this.#heldCount += count;
    }
    if (count < arrivedCount) lane.postpone?.(atMs);
  }

  /**
   * Tells whether it has taken all that came by a time while nobody read.
   *
   * @param lane The direction it came on.
   * @param atMs The time.
   * @returns `false` when the host's write has to wait.
   */
  hasAccepted(lane: Lane, atMs: number): boolean {
    this.absorb(lane, atMs);
    return lane.pendingCount === 0;
  }

  /**
   * Hands over what waits for the CPU.
   *
   * @param count How many bytes at most.
   * @returns The bytes, in order.
   */
  take(count: number): Bytes {
    const all = concatBytes(this.#held);
    const taken = all.subarray(0, count);
    this.#held = taken.length < all.length ? [all.subarray(count)] : [];
    this.#heldCount = all.length - taken.length;
    return taken;
  }

  /** Forgets what it holds. */
  clear(): void {
    this.#held = [];
    this.#heldCount = 0;
  }
}
