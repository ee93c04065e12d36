/**
 * `coreslot decode --protocol cdc7`: a captured conversation in words.
 *
 * @module
 */

import { formatHex } from "../../core/hex.ts";
import { decodeTrace, formatDecodedFrame } from "../../protocols/cdc7/decode.ts";
import type { TraceLine } from "../../protocols/link/trace.ts";
import type { DecodedTrace } from "./protocol.ts";

/**
 * Explains a trace.
 *
 * @param trace The trace.
 * @returns The frames.
 */
export function explainTrace(trace: readonly TraceLine[]): DecodedTrace {
  const frames = decodeTrace(trace);
  return {
    frames: frames.map((frame) => ({ ...frame, bytes: formatHex(frame.bytes) })),
    lines: (style) =>
      frames.map((frame) => frame.isRight ? formatDecodedFrame(frame) : style.bad(formatDecodedFrame(frame))),
  };
}
