/**
 * Frames as bytes: a header of 8 bytes, a body, a CRC-32 over both; all that in COBS, then a zero.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 1 | type |
 * | 1 | 1 | argument of a command, status of a reply |
 * | 2 | 2 | sequence number |
 * | 4 | 4 | session number |
 * | 8 | n | body |
 * | 8 + n | 4 | CRC-32 of everything before it |
 *
 * Everything is little endian.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, crc32 } from "../../core/mod.ts";
import { encodeCobs } from "./cobs.ts";
import { CRC_BYTES, FRAME_HEADER_BYTES, PACKET_BYTES, REPLY_BIT, REPLY_HEADER_BYTES } from "./constants.ts";

/** A frame either way. */
export interface Frame {
  /** Type, 0 to 255. */
  readonly type: number;
  /** Argument of a command, or status of a reply, 0 to 255. */
  readonly argument: number;
  /** Sequence number, 0 to 65535; in a reply that of the frame answered. */
  readonly sequence: number;
  /** Session number, 0 to 4294967295. */
  readonly session: number;
  /** The body. */
  readonly body: Bytes;
}

/** A frame from the device. */
export interface Reply extends Frame {
  /** The sequence number that the device takes next: everything before it has been dealt with. */
  readonly next: number;
  /** The last sequence number that the host may send. */
  readonly limit: number;
}

/** Distance between two sequence numbers that counts as forward: half of what there are. */
const HALF_WAY = 0x8000;

/** Options of {@linkcode encodeFrame}. */
export interface EncodeFrameOptions {
  /**
   * Whether a delimiter stands before the frame, which ends whatever the other end has half received.
   *
   * @default {false}
   */
  readonly isFenced?: boolean | undefined;
}

/**
 * Encodes a frame with its delimiter.
 *
 * @param frame The frame.
 * @param options Whether to begin with a delimiter, too.
 * @returns Fresh bytes. A second delimiter follows where there would otherwise be a multiple of 64 bytes: a USB transfer
 *   that ends with a full packet needs an empty one behind it, and stacks forget it.
 */
export function encodeFrame(frame: Frame, options: EncodeFrameOptions = {}): Bytes {
  const crcAt = FRAME_HEADER_BYTES + frame.body.length;
  const bytes = new Uint8Array(crcAt + CRC_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = frame.type;
  bytes[1] = frame.argument;
  view.setUint16(2, frame.sequence, true);
  view.setUint32(4, frame.session, true);
  bytes.set(frame.body, FRAME_HEADER_BYTES);
  view.setUint32(crcAt, crc32(bytes.subarray(0, crcAt)), true);
  const encoded = encodeCobs(bytes);
  const start = options.isFenced === true ? 1 : 0;
  const sizeBytes = start + encoded.length + 1;
  const framed = new Uint8Array(sizeBytes % PACKET_BYTES === 0 ? sizeBytes + 1 : sizeBytes);
  framed.set(encoded, start);
  return framed;
}

/**
 * Decodes a frame that is out of its COBS.
 *
 * @param bytes Header, body and CRC. The result shares them.
 * @returns The frame; nothing when it is too short or its CRC is wrong.
 */
export function decodeFrame(bytes: Bytes): Frame | undefined {
  const crcAt = bytes.length - CRC_BYTES;
  if (crcAt < FRAME_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(crcAt, true) !== crc32(bytes.subarray(0, crcAt))) return undefined;
  return {
    type: bytes[0]!,
    argument: bytes[1]!,
    sequence: view.getUint16(2, true),
    session: view.getUint32(4, true),
    body: bytes.subarray(FRAME_HEADER_BYTES, crcAt),
  };
}

/**
 * Encodes a reply with its delimiter.
 *
 * @param reply The reply, its type that of the frame answered.
 * @returns Fresh bytes.
 */
export function encodeReply(reply: Reply): Bytes {
  const headBytes = REPLY_HEADER_BYTES - FRAME_HEADER_BYTES;
  const body = new Uint8Array(headBytes + reply.body.length);
  const view = viewOf(body);
  view.setUint16(0, reply.next, true);
  view.setUint16(2, reply.limit, true);
  body.set(reply.body, headBytes);
  return encodeFrame({ ...reply, type: reply.type | REPLY_BIT, body });
}

/**
 * Decodes a reply.
 *
 * @param frame A frame from the device.
 * @returns The reply, its type that of the frame answered; nothing when it is none.
 */
export function decodeReply(frame: Frame): Reply | undefined {
  const headBytes = REPLY_HEADER_BYTES - FRAME_HEADER_BYTES;
  if ((frame.type & REPLY_BIT) === 0 || frame.body.length < headBytes) return undefined;
  const view = viewOf(frame.body);
  return {
    ...frame,
    type: frame.type & ~REPLY_BIT,
    next: view.getUint16(0, true),
    limit: view.getUint16(2, true),
    body: frame.body.subarray(headBytes),
  };
}

/**
 * Gives the sequence number that comes some places behind another.
 *
 * @param sequence 0 to 65535.
 * @param count How many places.
 * @returns 0 to 65535.
 */
export function addToSequence(sequence: number, count: number): number {
  return (sequence + count) & 0xffff;
}

/**
 * Gives how far one sequence number is ahead of another.
 *
 * @param sequence 0 to 65535.
 * @param from 0 to 65535.
 * @returns -32768 to 32767; negative when it is behind.
 */
export function sequenceDistance(sequence: number, from: number): number {
  const distance = (sequence - from) & 0xffff;
  return distance < HALF_WAY ? distance : distance - 2 * HALF_WAY;
}

/**
 * Gives a view of bytes that may begin inside their buffer.
 *
 * @param bytes The bytes.
 * @returns A view of just these.
 */
export function viewOf(bytes: Bytes): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
