/**
 * What a captured conversation says, in words.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatHex } from "../../core/mod.ts";
import type { TraceLine } from "../link/mod.ts";
import { NACK, SYNC } from "./constants.ts";
import { COMMAND_DECODERS } from "./decode_command.ts";
import { type DecodedFrame, Decoder } from "./decoder.ts";
import { formatCommand } from "./frames.ts";

export type { DecodedFrame } from "./decoder.ts";

/** Bytes of a frame that {@linkcode formatDecodedFrame} shows; of longer ones the first. */
const SHOWN_BYTES = 8;

/**
 * Explains a captured conversation. Any bytes whatever give a result.
 *
 * @param lines The trace, as `parseTrace` gives it.
 * @returns The frames, in the order in which they were meant: an answer follows its frame, even where the host had sent
 *   more by then.
 *
 * @example The beginning of every session
 * ```ts
 * import { parseTrace } from "@coreslot/coreslot/link";
 * import { decodeTrace } from "@coreslot/coreslot/an3155";
 *
 * const frames = decodeTrace(parseTrace("0 > 7f\n1 < 79\n2 > 02 fd\n3 < 79 01 04 13 79\n"));
 * console.assert(frames[0]?.text === "synchronise");
 * console.assert(frames.some(({ text }) => text === "product id 0x413"));
 * ```
 */
export function decodeTrace(lines: readonly TraceLine[]): DecodedFrame[] {
  const decoder = new Decoder(lines);
  while (decoder.reader.nextMark !== undefined) decodeNext(decoder);
  return decoder.frames;
}

/**
 * Formats a frame as a line: time, direction, first bytes, words.
 *
 * @param frame The frame.
 * @returns The line, without a line break.
 *
 * @example A command
 * ```ts
 * import { parseTrace } from "@coreslot/coreslot/link";
 * import { decodeTrace, formatDecodedFrame } from "@coreslot/coreslot/an3155";
 *
 * const [frame] = decodeTrace(parseTrace("0 > 31 ce\n"));
 * console.assert(frame && formatDecodedFrame(frame).endsWith("> 31 ce                        Write Memory"));
 * ```
 */
export function formatDecodedFrame(frame: DecodedFrame): string {
  const { atMs, mark, bytes, kind, isRight, text } = frame;
  const shown = formatHex(bytes.subarray(0, SHOWN_BYTES), " ") + (bytes.length > SHOWN_BYTES ? " .." : "");
  const indent = kind === "command" || kind === "sync" ? "" : "  ";
  return `${atMs.toFixed(3).padStart(12)} ${mark} ${shown.padEnd(28)} ${isRight ? "" : "! "}${indent}${text}`;
}

function decodeNext(decoder: Decoder): void {
  const { reader } = decoder;
  if (reader.nextMark === "x") decoder.add(reader.takeRun(), { mark: "x", kind: "dropped", text: "dropped unread" });
  else if (reader.nextMark === "<") {
    const text = reader.nextByte === NACK ? "NACK that nobody waited for" : "bytes that nobody waited for";
    decoder.add(reader.takeRun(), { mark: "<", kind: "garbage", text, isRight: false });
  } else if (reader.nextByte === SYNC) decodeSync(decoder);
  else decodeCommand(decoder);
}

function decodeSync(decoder: Decoder): void {
  decoder.command = undefined;
  decoder.add(decoder.reader.takeHost(1), { mark: ">", kind: "sync", text: "synchronise" });
  decoder.expectAck("synchronisation");
}

function decodeCommand(decoder: Decoder): void {
  const frame = decoder.reader.takeHost(2);
  const [code, complement] = frame.bytes;
  decoder.command = undefined;
  if (code === undefined || complement === undefined) {
    decoder.add(frame, { mark: ">", kind: "garbage", text: "half a command", isRight: false });
    return;
  }
  if ((code ^ complement) !== 0xff) {
    decoder.add(frame, {
      mark: ">",
      kind: "garbage",
      text: "no command: not a byte and its complement",
      isRight: false,
    });
    decoder.expectAck("the two bytes");
    return;
  }
  decoder.command = formatCommand(code);
  decoder.add(frame, { mark: ">", kind: "command", text: decoder.command });
  if (decoder.expectAck("command")) COMMAND_DECODERS.get(code)?.(decoder);
}
