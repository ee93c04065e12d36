/**
 * How a UART frames a byte, and what comes of it when the two ends do not agree.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";
import type { Random } from "./random.ts";

/** Eight data bits, even parity or none, one stop bit. */
export type UartFrame = "8E1" | "8N1";

/** Bits of a byte on the wire: start, data, parity, stop. */
export const FRAME_BITS: Readonly<Record<UartFrame, number>> = { "8E1": 11, "8N1": 10 };

/**
 * Gives what a receiver makes of a frame that was sent with another format.
 *
 * An 8N1 byte read as 8E1: its stop bit, which is 1, stands where the parity is expected, and what follows stands where
 * the stop bit is expected. So a byte with an odd number of ones comes through when the line is idle behind it, one with
 * an even number is a parity error, and bytes back to back are garbage. An 8E1 byte read as 8N1: its parity stands where
 * the stop bit is expected; so a byte with an odd number of ones comes through, any other is a framing error.
 *
 * @param bytes Bytes sent back to back.
 * @param options The sender's format, and where garbage comes from.
 * @returns What the receiver's software reads; bytes with an error flag are lost.
 */
export function misread(bytes: Uint8Array, options: { readonly sender: UartFrame; readonly random: Random }): Bytes {
  const { sender, random } = options;
  if (sender === "8E1") return Uint8Array.from(bytes).filter(hasOddParity);
  if (bytes.length === 1) return Uint8Array.from(bytes).filter(hasOddParity);
  // Out of step, about every second byte has a parity or a framing error.
  return Uint8Array.from(bytes, () => random.below(256)).filter(hasOddParity);
}

function hasOddParity(byte: number): boolean {
  let folded = byte ^ byte >> 4;
  folded ^= folded >> 2;
  folded ^= folded >> 1;
  return (folded & 1) === 1;
}
