/**
 * `coreslot decode` for XMODEM and YMODEM: a captured transfer in words.
 *
 * @module
 */

import { formatHex } from "../../core/hex.ts";
import type { TraceLine } from "../../protocols/link/trace.ts";
import { decodeTrace as decodeXmodem, formatDecodedFrame } from "../../protocols/xmodem/decode.ts";
import { decodeTrace as decodeYmodem } from "../../protocols/ymodem/decode.ts";
import type { DecodedTrace } from "./protocol.ts";

/**
 * Explains a trace.
 *
 * @param protocol Which of the two.
 * @param trace The trace.
 * @returns The frames.
 */
export function explainTransfer(protocol: "xmodem" | "ymodem", trace: readonly TraceLine[]): DecodedTrace {
  const frames = protocol === "xmodem" ? decodeXmodem(trace) : decodeYmodem(trace);
  return {
    frames: frames.map((frame) => ({ ...frame, bytes: formatHex(frame.bytes) })),
    lines: (style) =>
      frames.map((frame) => frame.isRight ? formatDecodedFrame(frame) : style.bad(formatDecodedFrame(frame))),
  };
}
