/**
 * `struct termios`: how a terminal is set up, as macOS has it, and Linux, where what is for macOS is tried.
 *
 * @module
 */

import type { LineSettings } from "./settings.ts";

/** A frame with nothing left open. */
type FullFraming = Omit<LineSettings, "baudRate">;

/** Where the word of the frame is, and what its bits mean. */
interface TermiosFormat {
  readonly sizeBytes: number;
  readonly flagsOffset: number;
  readonly sizeMask: number;
  readonly sevenBits: number;
  readonly eightBits: number;
  readonly twoStopBits: number;
  readonly parity: number;
  readonly odd: number;
}

/** `bits/termios.h` of glibc, for processors of 64 bits by Intel and ARM. */
const LINUX: TermiosFormat = {
  sizeBytes: 60,
  flagsOffset: 8,
  sizeMask: 0x30,
  sevenBits: 0x20,
  eightBits: 0x30,
  twoStopBits: 0x40,
  parity: 0x100,
  odd: 0x200,
};

/**
 * `sys/termios.h` of macOS, where `tcflag_t` is an `unsigned long`: four words of 64 bits, 20 control characters, and two
 * rates. The bits are in the lower half of their word. Untried.
 */
export const MACOS: TermiosFormat = {
  sizeBytes: 72,
  flagsOffset: 16,
  sizeMask: 0x300,
  sevenBits: 0x200,
  eightBits: 0x300,
  twoStopBits: 0x400,
  parity: 0x1000,
  odd: 0x2000,
};

/** The format of the system that this runs on. */
const HERE = Deno.build.os === "darwin" ? MACOS : LINUX;

/** Size of the structure, in bytes. */
export const TERMIOS_SIZE_BYTES = HERE.sizeBytes;

/**
 * Changes the frame.
 *
 * @param bytes The structure; it is left alone.
 * @param framing The frame.
 * @param format The system's.
 * @returns The structure with that frame.
 */
export function encodeFraming(
  bytes: Uint8Array<ArrayBuffer>,
  framing: FullFraming,
  format: TermiosFormat = HERE,
): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  const { flagsOffset, sizeMask, sevenBits, eightBits, twoStopBits, parity, odd } = format;
  const others = view.getUint32(flagsOffset, true) & ~(sizeMask | twoStopBits | parity | odd);
  const flags = others | (framing.dataBits === 7 ? sevenBits : eightBits) |
    (framing.stopBits === 2 ? twoStopBits : 0) |
    (framing.parity === "none" ? 0 : parity) | (framing.parity === "odd" ? odd : 0);
  view.setUint32(flagsOffset, flags, true);
  return changed;
}

/**
 * Reads the frame.
 *
 * @param bytes The structure.
 * @param format The system's.
 * @returns The frame; five and six bits, which nothing here sets, count as eight.
 */
export function decodeFraming(bytes: Uint8Array<ArrayBuffer>, format: TermiosFormat = HERE): FullFraming {
  const flags = new DataView(bytes.buffer).getUint32(format.flagsOffset, true);
  const oddOrEven = (flags & format.odd) !== 0 ? "odd" : "even";
  return {
    dataBits: (flags & format.sizeMask) === format.sevenBits ? 7 : 8,
    parity: (flags & format.parity) === 0 ? "none" : oddOrEven,
    stopBits: (flags & format.twoStopBits) === 0 ? 1 : 2,
  };
}
