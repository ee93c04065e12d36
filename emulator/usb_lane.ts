/**
 * One direction of a USB bus: packets in the slots of 1 ms frames.
 *
 * Times are numbers of slots, divided once, so that they equal the closed form to the last bit.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/mod.ts";
import type { Lane } from "./line.ts";
import type { DisturbedPiece, WireFaults } from "./wire_faults.ts";

/** Payload of a full-speed bulk packet (USB 2.0, section 5.8.3). */
export const USB_PACKET_BYTES = 64;

/** Bulk packets of 64 bytes in a full-speed frame of 1 ms (USB 2.0, table 5-9). */
export const USB_PACKETS_PER_MS = 19;

/** When a read is complete. */
export interface UsbRead {
  /** Bytes after which it is, whatever the packets. */
  readonly sizeBytes: number;
  /** Whether an empty packet follows a transfer that ends with a full one. */
  readonly seesEmptyPackets: boolean;
}

/** How a direction behaves. */
export interface UsbLaneOptions {
  /** What happens to the bytes. */
  readonly faults: WireFaults;
  /** When a read is complete; left out where each packet is handed over by itself. */
  readonly read: UsbRead | undefined;
}

/** Bytes that are handed over at once. */
interface Chunk {
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

/** Packets on their way. */
export class UsbLane implements Lane {
  readonly #options: UsbLaneOptions;
  #chunks: Chunk[] = [];
  #pendingCount = 0;
  /** The first slot that is free, counted from time 0. */
  #slot = 0;
  /** What came since the last read was complete. */
  #unread: Bytes[] = [];
  #unreadCount = 0;
  #sentCount = 0;
  #frameCount = 0;
  #unpluggedAtMs = Infinity;
  #resetAtMs = Infinity;

  /**
   * Makes a direction with nothing on its way.
   *
   * @param options How it behaves.
   */
  constructor(options: UsbLaneOptions) {
    this.#options = options;
  }

  /** Bytes sent so far, lost ones included. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Transfers sent so far. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /** Bytes on their way. Those that wait for a read to be complete are not. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  /** When the last packet has been sent, in milliseconds. */
  get clearAtMs(): number {
    return this.#slot / USB_PACKETS_PER_MS;
  }

  /** When a fault takes the cable away, in milliseconds. */
  get unpluggedAtMs(): number {
    return this.#unpluggedAtMs;
  }

  /** When a fault pulls the reset pin, in milliseconds. */
  get resetAtMs(): number {
    return this.#resetAtMs;
  }

  /** Forgets the reset, which has happened. */
  clearReset(): void {
    this.#resetAtMs = Infinity;
  }

  /**
   * Sends a transfer, from the next bus frame on or behind what is on its way.
   *
   * @param frame The bytes; kept until they have arrived.
   * @param nowMs The time.
   */
  send(frame: Bytes, nowMs: number): void {
    this.#slot = Math.max(this.#slot, Math.ceil(nowMs) * USB_PACKETS_PER_MS);
    this.#sentCount += frame.length;
    this.#frameCount++;
    const pieces = this.#options.faults.disturb(frame);
    if (pieces === undefined) this.#sendPackets(frame);
    else this.#sendPieces(pieces);
  }

  /**
   * Tells when a byte arrives.
   *
   * @param nth Which of the bytes on their way, 0 for the next one.
   * @returns The time in milliseconds.
   */
  arrivalMs(nth: number): number {
    let left = nth;
    for (const { bytes, atMs } of this.#chunks) {
      if (left < bytes.length) return atMs;
      left -= bytes.length;
    }
    return Infinity;
  }

  /**
   * Counts the bytes that arrive by a time.
   *
   * @param atMs The time; a byte that arrives just then counts.
   * @returns How many.
   */
  countUntil(atMs: number): number {
    let count = 0;
    for (const chunk of this.#chunks) {
      if (chunk.atMs > atMs) break;
      count += chunk.bytes.length;
    }
    return count;
  }

  /**
   * Takes bytes.
   *
   * @param count How many, no more than are on their way.
   * @returns The bytes; not to be modified.
   */
  take(count: number): Uint8Array {
    this.#pendingCount -= count;
    const taken: Uint8Array[] = [];
    let left = count;
    let whole = 0;
    while (left > 0) {
      const { bytes, atMs } = this.#chunks[whole]!;
      taken.push(bytes.subarray(0, left));
      if (left < bytes.length) this.#chunks[whole] = { bytes: bytes.subarray(left), atMs };
      else whole++;
      left -= Math.min(left, bytes.length);
    }
    this.#chunks.splice(0, whole);
    return taken.length === 1 ? taken[0]! : concatBytes(taken);
  }

  /**
   * Loses what arrives after a time.
   *
   * @param atMs The time.
   */
  loseAfter(atMs: number): void {
    this.#chunks = this.#chunks.filter((chunk) => chunk.atMs <= atMs);
    this.#pendingCount = this.#chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#unread = [];
    this.#unreadCount = 0;
    this.#unpluggedAtMs = Math.min(this.#unpluggedAtMs, atMs);
  }

  /**
   * Sends again what the device did not take, and behind it what is still to come: from the next bus frame on.
   *
   * @param atMs The time.
   */
  postpone(atMs: number): void {
    let slot = (Math.floor(atMs) + 1) * USB_PACKETS_PER_MS;
    this.#chunks = this.#chunks.map(({ bytes }) => ({ bytes, atMs: ++slot / USB_PACKETS_PER_MS }));
    this.#slot = Math.max(this.#slot, slot);
  }

  #sendPieces(pieces: readonly DisturbedPiece[]): void {
    for (const { stallMs, bytes, event } of pieces) {
      this.#slot += Math.ceil(stallMs * USB_PACKETS_PER_MS);
      const atMs = (this.#slot + 1) / USB_PACKETS_PER_MS;
      if (event === "unplug") this.#unpluggedAtMs = Math.min(this.#unpluggedAtMs, atMs);
      if (event === "reset") this.#resetAtMs = Math.min(this.#resetAtMs, atMs);
      if (bytes.length > 0) this.#sendPackets(bytes);
    }
  }

  #sendPackets(bytes: Bytes): void {
    const { read } = this.#options;
    for (let offset = 0; offset < bytes.length; offset += USB_PACKET_BYTES) {
      const packet = bytes.subarray(offset, offset + USB_PACKET_BYTES);
      const atMs = ++this.#slot / USB_PACKETS_PER_MS;
      if (read === undefined) this.#handOver(packet, atMs);
      else this.#addToRead(packet, { read, atMs });
    }
    if (read?.seesEmptyPackets && this.#unreadCount > 0) this.#completeRead(++this.#slot / USB_PACKETS_PER_MS);
  }

  #addToRead(packet: Bytes, options: { readonly read: UsbRead; readonly atMs: number }): void {
    this.#unread.push(packet);
    this.#unreadCount += packet.length;
    const isComplete = packet.length < USB_PACKET_BYTES || this.#unreadCount >= options.read.sizeBytes;
    if (isComplete) this.#completeRead(options.atMs);
  }

  #completeRead(atMs: number): void {
    const bytes = concatBytes(this.#unread);
    this.#unread = [];
    this.#unreadCount = 0;
    this.#handOver(bytes, atMs);
  }

  #handOver(bytes: Uint8Array, atMs: number): void {
    if (atMs >= this.#unpluggedAtMs) return;
    this.#chunks.push({ bytes, atMs });
    this.#pendingCount += bytes.length;
  }
}
