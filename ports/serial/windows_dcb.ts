/**
 * `DCB` of Windows: how a serial port is set up.
 *
 * @module
 */

import type { LineSettings } from "./settings.ts";

/** Size of `DCB` in `winbase.h`; its first word says so. */
export const DCB_SIZE_BYTES = 28;

/** Offsets of the members that are used here. */
const LENGTH_OFFSET = 0;
const BAUD_RATE_OFFSET = 4;
const FLAGS_OFFSET = 8;
const DATA_BITS_OFFSET = 18;
const PARITY_OFFSET = 19;
const STOP_BITS_OFFSET = 20;
const XON_CHAR_OFFSET = 21;
const XOFF_CHAR_OFFSET = 22;

/** Bits of the flags. Those left out stay 0: no flow control, no characters replaced, and an error ends no reading. */
const F_BINARY = 1 << 0;
const F_PARITY = 1 << 1;
const F_DTR_CONTROL_ENABLE = 1 << 4;
const F_RTS_CONTROL_ENABLE = 1 << 12;

/** The numbers of `winbase.h`, by index: `NOPARITY` and so on; `ONESTOPBIT` is 0, `TWOSTOPBITS` is 2. */
const PARITIES = ["none", "odd", "even"] as const;
const TWO_STOP_BITS = 2;

/** `SetCommState` refuses two that are equal, even where nothing uses them. */
const XON = 0x11;
const XOFF = 0x13;

/** DTR and RTS. Setting a `DCB` sets both, so that every one has to say how they are. */
export interface LineStates {
  /** Data Terminal Ready. */
  readonly dtr: boolean;
  /** Request To Send. */
  readonly rts: boolean;
}

/**
 * Makes an empty `DCB`.
 *
 * @returns One that says how long it is.
 */
export function makeDcb(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(DCB_SIZE_BYTES);
  new DataView(bytes.buffer).setUint32(LENGTH_OFFSET, DCB_SIZE_BYTES, true);
  return bytes;
}

/**
 * Changes rate, frame and lines.
 *
 * @param bytes What the driver has set, a `DCB`; it is left alone.
 * @param settings Rate and frame.
 * @param lines DTR and RTS.
 * @returns A `DCB` to set.
 */
export function encodeDcb(
  bytes: Uint8Array<ArrayBuffer>,
  settings: LineSettings,
  lines: LineStates,
): Uint8Array<ArrayBuffer> {
  const dcb = bytes.slice();
  const view = new DataView(dcb.buffer);
  const flags = F_BINARY | (settings.parity === "none" ? 0 : F_PARITY) |
    (lines.dtr ? F_DTR_CONTROL_ENABLE : 0) | (lines.rts ? F_RTS_CONTROL_ENABLE : 0);
  view.setUint32(BAUD_RATE_OFFSET, settings.baudRate, true);
  view.setUint32(FLAGS_OFFSET, flags, true);
  dcb[DATA_BITS_OFFSET] = settings.dataBits;
  dcb[PARITY_OFFSET] = PARITIES.indexOf(settings.parity);
  dcb[STOP_BITS_OFFSET] = settings.stopBits === 2 ? TWO_STOP_BITS : 0;
  dcb[XON_CHAR_OFFSET] = XON;
  dcb[XOFF_CHAR_OFFSET] = XOFF;
  return dcb;
}

/**
 * Reads rate and frame.
 *
 * @param bytes A `DCB`.
 * @returns Rate and frame; mark and space parity, which nothing here sets, count as none.
 */
export function decodeDcb(bytes: Uint8Array<ArrayBuffer>): LineSettings {
  return {
    baudRate: new DataView(bytes.buffer).getUint32(BAUD_RATE_OFFSET, true),
    dataBits: bytes[DATA_BITS_OFFSET] === 7 ? 7 : 8,
    parity: PARITIES[bytes[PARITY_OFFSET]!] ?? "none",
    stopBits: bytes[STOP_BITS_OFFSET] === TWO_STOP_BITS ? 2 : 1,
  };
}
