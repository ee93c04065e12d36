/**
 * `struct termios2` of Linux: how a terminal is set up, with any rate at all.
 *
 * Source: Linux 6.1, `include/uapi/asm-generic/termbits.h` and `ioctls.h`, which x86-64 and AArch64 use as they are; Deno
 * runs on no others.
 *
 * @module
 */

import type { LineSettings } from "./settings.ts";

/** `ioctl` that reads the structure. */
export const TCGETS2 = 0x802c_542an;
/** `ioctl` that writes it at once. */
export const TCSETS2 = 0x402c_542bn;
/** Size of the structure. */
export const TERMIOS2_SIZE_BYTES = 44;

/** Offsets into the structure. */
const OFFSETS = { iflag: 0, oflag: 4, cflag: 8, lflag: 12, cc: 17, ispeed: 36, ospeed: 40 };
const VTIME = 5;
const VMIN = 6;

const IGNBRK = 0x0001;
const IGNPAR = 0x0004;
const INPCK = 0x0010;

const CS7 = 0x0020;
const CS8 = 0x0030;
const CSTOPB = 0x0040;
const CREAD = 0x0080;
const PARENB = 0x0100;
const PARODD = 0x0200;
const HUPCL = 0x0400;
const CLOCAL = 0x0800;
/** The rate is the number in the structure, not one of a list. */
const BOTHER = 0x1000;

/**
 * Makes a structure raw: eight-bit bytes in and out, nothing read into them, no flow control.
 *
 * A break is ignored and so is a byte whose frame or parity is wrong: a lost byte makes the protocol try again, a wrong
 * one would be taken for data where a protocol has no checksum, as AN3155 has none when it reads memory.
 *
 * @param before The structure as the terminal has it. What happens to DTR and RTS at the end stays as it is there.
 * @param settings Rate and frame.
 * @returns The structure to write.
 */
export function encodeTermios2(before: Uint8Array<ArrayBuffer>, settings: LineSettings): Uint8Array<ArrayBuffer> {
  const bytes = before.slice();
  const view = new DataView(bytes.buffer);
  const { baudRate, dataBits, parity, stopBits } = settings;
  const kept = view.getUint32(OFFSETS.cflag, true) & HUPCL;
  view.setUint32(OFFSETS.iflag, IGNBRK | IGNPAR | (parity === "none" ? 0 : INPCK), true);
  view.setUint32(OFFSETS.oflag, 0, true);
  view.setUint32(OFFSETS.lflag, 0, true);
  view.setUint32(
    OFFSETS.cflag,
    kept | BOTHER | CREAD | CLOCAL | (dataBits === 8 ? CS8 : CS7) | (stopBits === 2 ? CSTOPB : 0) |
      { none: 0, even: PARENB, odd: PARENB | PARODD }[parity],
    true,
  );
  // A read waits for one byte and then takes all that are there.
  bytes[OFFSETS.cc + VMIN] = 1;
  bytes[OFFSETS.cc + VTIME] = 0;
  view.setUint32(OFFSETS.ispeed, baudRate, true);
  view.setUint32(OFFSETS.ospeed, baudRate, true);
  return bytes;
}

/**
 * Reads rate and frame from a structure. A driver that cannot do what it was told changes the structure and says nothing.
 *
 * @param bytes The structure.
 * @returns Rate and frame.
 */
export function decodeTermios2(bytes: Uint8Array<ArrayBuffer>): LineSettings {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const cflag = view.getUint32(OFFSETS.cflag, true);
  const parity = (cflag & PARENB) === 0 ? "none" : (cflag & PARODD) === 0 ? "even" : "odd";
  return {
    baudRate: view.getUint32(OFFSETS.ospeed, true),
    dataBits: (cflag & CS8) === CS8 ? 8 : 7,
    parity,
    stopBits: (cflag & CSTOPB) === 0 ? 1 : 2,
  };
}
