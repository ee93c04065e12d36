/**
 * A full-speed USB bus between a host and a virtual COM port: packets, a device that makes its host wait, and transfers
 * that end with a short packet.
 *
 * A bus frame lasts 1 ms and has room for 19 bulk packets of 64 bytes (USB 2.0, table 5-9). What the host sends is a
 * transfer that begins with the next bus frame, or behind the one before it. A device whose receiver is full answers NAK,
 * and the host sends the packet again, so that its write waits; nothing is lost.
 *
 * What the device sends reaches the program on the host when its read is complete: with a packet of less than 64 bytes, or
 * when the buffer is full. A transfer of exactly 64 bytes, without an empty packet behind it, stays where it is until more
 * comes.
 *
 * Both directions are counted by themselves, as if they did not share the 19 packets.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** What a bus is like. */
export interface UsbOptions {
  /**
   * Bytes that the device's receiver holds while its CPU is busy; a packet that does not fit has to wait.
   *
   * @default {64}
   */
  readonly bufferBytes?: number | undefined;
  /**
   * Whether the device's stack sends an empty packet behind a transfer that is a multiple of 64 bytes.
   *
   * @default {false}
   */
  readonly sendsEmptyPackets?: boolean | undefined;
  /**
   * Bytes that a read on the host waits for when no short packet comes, a multiple of 64.
   *
   * @default {4096}
   */
  readonly hostReadBytes?: number | undefined;
}
