/**
 * Commands and replies as bytes.
 *
 * | frame | bytes |
 * | --- | --- |
 * | execute, erase | identifier, six zeros |
 * | download | `80`, number of packets in 2 bytes, checksum in 4, low byte first |
 * | reply to a command | `10`, identifier, `00` |
 * | reply to a packet | `30` or `40`, its number in 2 bytes, low byte first |
 * | error | `50`, code, `00` |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, crc32Stm32 } from "../../core/mod.ts";
import {
  COMMAND_BYTES,
  COMMAND_NAMES,
  type CommandName,
  COMMANDS,
  ERROR_NAMES,
  PACKET_BYTES,
  PACKET_COUNT_MAX,
  REPLIES,
} from "./constants.ts";

/** A reply. */
export type Reply =
  | { readonly kind: "ack"; readonly command: number }
  | { readonly kind: "packet-ack" | "packet-nack"; readonly packet: number }
  | { readonly kind: "error"; readonly code: number }
  | { readonly kind: "none" };

/**
 * Encodes a command without arguments.
 *
 * @param name The command.
 * @returns Seven fresh bytes.
 */
export function encodeCommand(name: Exclude<CommandName, "download">): Bytes {
  const frame = new Uint8Array(COMMAND_BYTES);
  frame[0] = COMMANDS[name];
  return frame;
}

/**
 * Encodes a download.
 *
 * @param packetCount Number of packets, 1 to 65535.
 * @param checksum Checksum over all of them, as the CRC unit of an STM32 gives it.
 * @returns Seven fresh bytes.
 * @throws {RangeError} When there are too many packets, or none.
 */
export function encodeDownload(packetCount: number, checksum: number): Bytes {
  if (!(Number.isInteger(packetCount) && packetCount >= 1 && packetCount <= PACKET_COUNT_MAX)) {
    throw new RangeError(`Cannot download ${packetCount} packets: 1 to ${PACKET_COUNT_MAX} can be told`);
  }
  const frame = new Uint8Array(COMMAND_BYTES);
  const view = new DataView(frame.buffer);
  frame[0] = COMMANDS.download;
  view.setUint16(1, packetCount, true);
  view.setUint32(3, checksum, true);
  return frame;
}

/**
 * Encodes a reply.
 *
 * @param reply The reply.
 * @returns Three fresh bytes.
 */
export function encodeReply(reply: Exclude<Reply, { readonly kind: "none" }>): Bytes {
  switch (reply.kind) {
    case "ack":
      return Uint8Array.of(REPLIES.ack, reply.command, 0);
    case "packet-ack":
      return Uint8Array.of(REPLIES.packetAck, reply.packet & 0xff, reply.packet >> 8);
    case "packet-nack":
      return Uint8Array.of(REPLIES.packetNack, reply.packet & 0xff, reply.packet >> 8);
    case "error":
      return Uint8Array.of(REPLIES.error, reply.code, 0);
  }
}

/**
 * Decodes a reply.
 *
 * @param bytes Three bytes.
 * @returns The reply; `none` when it is none.
 */
export function decodeReply(bytes: Bytes): Reply {
  const [kind, low = 0, high = 0] = bytes;
  if (kind === REPLIES.packetAck) return { kind: "packet-ack", packet: low | high << 8 };
  if (kind === REPLIES.packetNack) return { kind: "packet-nack", packet: low | high << 8 };
  if (high !== 0) return { kind: "none" };
  if (kind === REPLIES.ack && COMMAND_NAMES.has(low)) return { kind: "ack", command: low };
  if (kind === REPLIES.error && ERROR_NAMES.has(low)) return { kind: "error", code: low };
  return { kind: "none" };
}

/** How a payload is filled up to whole packets. */
export interface PaddingOptions {
  /**
   * What fills the last packet.
   *
   * @default {0xff}
   */
  readonly fill?: number | undefined;
  /**
   * Whether a payload of whole packets gets one more, as the Python host does.
   *
   * @default {false}
   */
  readonly alwaysPads?: boolean | undefined;
}

/**
 * Fills a payload up to whole packets.
 *
 * @param payload The payload.
 * @param options How.
 * @returns Fresh bytes.
 */
export function padPayload(payload: Bytes, options: PaddingOptions = {}): Bytes {
  const { fill = 0xff, alwaysPads = false } = options;
  const packetCount = alwaysPads
    ? Math.floor(payload.length / PACKET_BYTES) + 1
    : Math.ceil(payload.length / PACKET_BYTES);
  const padded = new Uint8Array(packetCount * PACKET_BYTES).fill(fill);
  padded.set(payload);
  return padded;
}

/**
 * Gives the checksum that a target makes of packets with its CRC unit.
 *
 * @param padded Whole packets.
 * @returns 0 to 0xFFFFFFFF.
 */
export function checksumOf(padded: Bytes): number {
  return crc32Stm32(padded, 0);
}
