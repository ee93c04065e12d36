/**
 * What a captured conversation says, in words.
 *
 * Packets have no mark of their own: what the host sends between the reply to a download and its result is cut into packets
 * of 64 bytes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, formatHex } from "../../core/mod.ts";
import type { TraceLine } from "../link/mod.ts";
import {
  COMMAND_BYTES,
  COMMAND_NAMES,
  COMMANDS,
  ERROR_CODES,
  ERROR_NAMES,
  PACKET_BYTES,
  REPLY_BYTES,
} from "./constants.ts";
import { decodeReply } from "./frames.ts";

/** Bytes of a frame that {@linkcode formatDecodedFrame} shows; of longer ones the first. */
const SHOWN_BYTES = 8;

/** A frame of a captured conversation, explained. */
export interface DecodedFrame {
  /** When its first byte went over the wire, in milliseconds, as the trace has it. */
  readonly atMs: number;
  /** `>` from host to target, `<` from target to host, `x` for bytes that were dropped unread. */
  readonly mark: TraceLine["mark"];
  /** The bytes. */
  readonly bytes: Bytes;
  /** What it is. */
  readonly kind: "command" | "packet" | "reply" | "garbage" | "dropped";
  /** Whether it is as the protocol has it: an error and a packet that is missing are not. */
  readonly isRight: boolean;
  /** What it says, in words. */
  readonly text: string;
}

/** Bytes of one direction that belong to no frame yet. */
interface Open {
  atMs: number;
  bytes: number[];
}

/**
 * Explains a captured conversation. Any bytes whatever give a result.
 *
 * @param lines The trace, as `parseTrace` gives it.
 * @returns The frames, in the order in which they ended.
 *
 * @example A download of one packet
 * ```ts
 * import { parseTrace } from "@coreslot/coreslot/link";
 * import { decodeTrace } from "@coreslot/coreslot/cdc7";
 *
 * const frames = decodeTrace(parseTrace("0 > 80 01 00 78 56 34 12\n1 < 10 80 00\n"));
 * console.assert(frames[0]?.text === "download of 1 packets, checksum 0x12345678");
 * ```
 */
export function decodeTrace(lines: readonly TraceLine[]): DecodedFrame[] {
  const frames: DecodedFrame[] = [];
  const open: Record<">" | "<", Open> = { ">": { atMs: 0, bytes: [] }, "<": { atMs: 0, bytes: [] } };
  let takesPackets = false;
  for (const { atMs, mark, bytes } of lines) {
    if (mark === "x") {
      frames.push({ atMs, mark, bytes, kind: "dropped", isRight: true, text: "dropped unread" });
      continue;
    }
    for (const byte of bytes) {
      const frame = open[mark];
      if (frame.bytes.length === 0) frame.atMs = atMs;
      frame.bytes.push(byte);
      const sizeBytes = mark === "<" ? REPLY_BYTES : takesPackets ? PACKET_BYTES : COMMAND_BYTES;
      if (frame.bytes.length < sizeBytes) continue;
      const whole = { atMs: frame.atMs, mark, bytes: Uint8Array.from(frame.bytes) };
      const explained = mark === "<" ? explainReply(whole.bytes) : explainHost(whole.bytes, takesPackets);
      frames.push({ ...whole, ...explained });
      if (mark === "<") takesPackets = isDownloading(whole.bytes, takesPackets);
      frame.bytes = [];
    }
  }
  for (const mark of [">", "<"] as const) {
    const { atMs, bytes } = open[mark];
    if (bytes.length === 0) continue;
    const text = "a frame without an end";
    frames.push({ atMs, mark, bytes: Uint8Array.from(bytes), kind: "garbage", isRight: false, text });
  }
  return frames;
}

/**
 * Formats a frame as a line: time, direction, first bytes, words.
 *
 * @param frame The frame.
 * @returns The line, without a line break.
 */
export function formatDecodedFrame(frame: DecodedFrame): string {
  const { atMs, mark, bytes, kind, isRight, text } = frame;
  const shown = formatHex(bytes.subarray(0, SHOWN_BYTES), " ") + (bytes.length > SHOWN_BYTES ? " .." : "");
  const indent = kind === "command" ? "" : "  ";
  return `${atMs.toFixed(3).padStart(12)} ${mark} ${shown.padEnd(28)} ${isRight ? "" : "! "}${indent}${text}`;
}

type Explanation = Pick<DecodedFrame, "kind" | "isRight" | "text">;

function explainHost(bytes: Bytes, isPacket: boolean): Explanation {
  if (isPacket) return { kind: "packet", isRight: true, text: `packet of ${bytes.length} bytes` };
  const name = COMMAND_NAMES.get(bytes[0]!);
  if (name === undefined) return { kind: "garbage", isRight: false, text: "seven bytes that are no command" };
  if (name !== "download") return { kind: "command", isRight: true, text: name };
  const view = new DataView(bytes.buffer);
  const checksum = view.getUint32(3, true).toString(16).toUpperCase().padStart(8, "0");
  const text = `download of ${view.getUint16(1, true)} packets, checksum 0x${checksum}`;
  return { kind: "command", isRight: true, text };
}

function explainReply(bytes: Bytes): Explanation {
  const reply = decodeReply(bytes);
  switch (reply.kind) {
    case "ack":
      return { kind: "reply", isRight: true, text: `ACK of ${COMMAND_NAMES.get(reply.command)}` };
    case "packet-ack":
      return { kind: "reply", isRight: true, text: `ACK of packet ${reply.packet}` };
    case "packet-nack":
      return { kind: "reply", isRight: false, text: `packet ${reply.packet} is missing` };
    case "error":
      return { kind: "reply", isRight: false, text: `error: ${ERROR_NAMES.get(reply.code)}` };
    case "none":
      return { kind: "garbage", isRight: false, text: "three bytes that are no reply" };
  }
}

/** Packets follow the ACK of a download, up to its result. */
function isDownloading(bytes: Bytes, was: boolean): boolean {
  const reply = decodeReply(bytes);
  if (reply.kind === "ack") return reply.command === COMMANDS.download;
  return was && !(reply.kind === "error" && reply.code !== ERROR_CODES["invalid-command"]);
}
