/**
 * What a captured conversation says, in words.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, formatHex } from "../../core/mod.ts";
import type { TraceLine } from "../link/mod.ts";
import { decodeCobs } from "./cobs.ts";
import { DELIMITER } from "./constants.ts";
import { describeCommand, describeReply } from "./decode_words.ts";
import { decodeFrame, decodeReply } from "./frames.ts";

/** Bytes of a frame that {@linkcode formatDecodedFrame} shows; of longer ones the first. */
const SHOWN_BYTES = 8;

/** A frame of a captured conversation, explained. */
export interface DecodedFrame {
  /** When its first byte went over the wire, in milliseconds, as the trace has it. */
  readonly atMs: number;
  /** `>` from host to device, `<` from device to host, `x` for bytes that were dropped unread. */
  readonly mark: TraceLine["mark"];
  /** The bytes, as they were on the wire. */
  readonly bytes: Bytes;
  /** What it is. */
  readonly kind: "command" | "reply" | "garbage" | "dropped";
  /** Whether it is as the protocol has it: a refusal is not, and neither is a damaged frame. */
  readonly isRight: boolean;
  /** What it says, in words. */
  readonly text: string;
}

/**
 * Explains a captured conversation. Any bytes whatever give a result.
 *
 * @param lines The trace, as `parseTrace` gives it.
 * @returns The frames, in the order in which they ended.
 *
 * @example A command
 * ```ts
 * import { parseTrace } from "@coreslot/coreslot/link";
 * import { decodeTrace } from "@coreslot/coreslot/cdc";
 *
 * const [frame] = decodeTrace(parseTrace("0 > 02 07 02 01 09 04 03 02 01 cf 7e ae 6c 00\n"));
 * console.assert(frame?.text === "1 status");
 * ```
 */
export function decodeTrace(lines: readonly TraceLine[]): DecodedFrame[] {
  const frames: DecodedFrame[] = [];
  const open = new Map<TraceLine["mark"], { atMs: number; parts: Bytes[] }>();
  for (const { atMs, mark, bytes } of lines) {
    if (mark === "x") {
      frames.push({ atMs, mark, bytes, kind: "dropped", isRight: true, text: "dropped unread" });
      continue;
    }
    for (let start = 0; start < bytes.length;) {
      const delimiterAt = bytes.indexOf(DELIMITER, start);
      const end = delimiterAt < 0 ? bytes.length : delimiterAt + 1;
      const whole = open.get(mark) ?? { atMs, parts: [] };
      whole.parts.push(bytes.slice(start, end));
      open.set(mark, whole);
      if (delimiterAt >= 0) {
        open.delete(mark);
        frames.push(...explain({ mark, atMs: whole.atMs, bytes: concatBytes(whole.parts) }));
      }
      start = end;
    }
  }
  for (const [mark, { atMs, parts }] of open) {
    frames.push({
      mark,
      atMs,
      bytes: concatBytes(parts),
      kind: "garbage",
      isRight: false,
      text: "a frame without an end",
    });
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

/** Explains what ended at a delimiter; nothing about a delimiter alone. */
function explain(line: Pick<DecodedFrame, "mark" | "atMs" | "bytes">): readonly DecodedFrame[] {
  if (line.bytes.length === 1) return [];
  const decoded = decodeCobs(line.bytes.subarray(0, -1));
  const frame = decoded && decodeFrame(decoded);
  if (frame === undefined) {
    const text = decoded === undefined ? "no frame: broken stuffing" : "no frame: wrong CRC";
    return [{ ...line, kind: "garbage", isRight: false, text }];
  }
  const reply = decodeReply(frame);
  if (reply === undefined) return [{ ...line, kind: "command", isRight: true, text: describeCommand(frame) }];
  return [{ ...line, kind: "reply", ...describeReply(reply) }];
}
