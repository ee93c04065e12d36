/**
 * How a serial port is set up, and what it may say about that.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** How characters are framed on the line. */
export interface Framing {
  /**
   * Bits of a character.
   *
   * @default {8}
   */
  readonly dataBits?: 7 | 8 | undefined;
  /**
   * The bit that makes the number of ones even or odd.
   *
   * @default {"none"}
   */
  readonly parity?: "none" | "even" | "odd" | undefined;
  /**
   * Stop bits.
   *
   * @default {1}
   */
  readonly stopBits?: 1 | 2 | undefined;
}

/** How to set up a serial port. */
export interface SerialOptions extends Framing {
  /**
   * Bits a second.
   *
   * @default {115200}
   */
  readonly baudRate?: number | undefined;
  /** Data Terminal Ready after opening; when left out, what the system makes of it: asserted. */
  readonly dtr?: boolean | undefined;
  /** Request To Send after opening; when left out, what the system makes of it: asserted. */
  readonly rts?: boolean | undefined;
}

/** A rate and a frame with nothing left open. */
export interface LineSettings extends Required<{ readonly [K in keyof Framing]: NonNullable<Framing[K]> }> {
  /** Bits a second. */
  readonly baudRate: number;
}

/** Something about a port that is not as asked for, and that one can live with. */
export interface PortNotice {
  /**
   * Stable name: `parity-refused` (bytes go without parity), `no-signals` (DTR, RTS and break do nothing here),
   * `no-baud-rate` and `no-framing` (neither can be changed on an open port here).
   */
  readonly code: "parity-refused" | "no-signals" | "no-baud-rate" | "no-framing";
  /** One sentence without a period. */
  readonly message: string;
}

/** The lowest that the system has a name for. */
export const BAUD_RATE_MIN = 50;

/** No driver does more; it keeps the number inside 32 bits. */
export const BAUD_RATE_MAX = 20_000_000;

/**
 * Tells whether a port may be asked for a rate.
 *
 * @param baudRate Bits a second.
 */
export function isBaudRate(baudRate: number): boolean {
  return Number.isInteger(baudRate) && baudRate >= BAUD_RATE_MIN && baudRate <= BAUD_RATE_MAX;
}

/**
 * Fills in what was left out.
 *
 * @param options What was asked for.
 * @returns A rate and a frame.
 * @throws {RangeError} When the rate is not a whole number from 50 to 20,000,000.
 */
export function toLineSettings(options: SerialOptions): LineSettings {
  const { baudRate = 115_200, dataBits = 8, parity = "none", stopBits = 1 } = options;
  if (!isBaudRate(baudRate)) {
    throw new RangeError(
      `Cannot use baud rate ${baudRate}: not a whole number from ${BAUD_RATE_MIN} to ${BAUD_RATE_MAX}`,
    );
  }
  return { baudRate, dataBits, parity, stopBits };
}

/** A rate this far off still works: five per cent of a bit time in ten bits, and the other end may be off as well. */
const BAUD_RATE_TOLERANCE = 0.025;

/** What is wrong with settings, and what to do about it. */
export interface Complaint {
  /** A clause. */
  readonly state: string;
  /** One sentence without a period. */
  readonly advice: string;
}

/**
 * Compares what a driver made of the settings with what was wanted. Parity is left to {@linkcode noticeParity}.
 *
 * @param wanted What was asked for.
 * @param actual What the driver says is set.
 * @returns What is wrong; `undefined` when the port can be used.
 */
export function complainAboutSettings(wanted: LineSettings, actual: LineSettings): Complaint | undefined {
  if (Math.abs(actual.baudRate - wanted.baudRate) > wanted.baudRate * BAUD_RATE_TOLERANCE) {
    return {
      state: `it cannot do ${wanted.baudRate} baud, and would use ${actual.baudRate}`,
      advice: "Choose a rate that the adapter can do, such as 115200",
    };
  }
  if (actual.dataBits !== wanted.dataBits || actual.stopBits !== wanted.stopBits) {
    return {
      state: `it cannot do the frame ${formatFraming(wanted)}, and would use ${formatFraming(actual)}`,
      advice: "Choose a frame that the adapter can do: 8n1 and 8e1 are what nearly all of them can",
    };
  }
  return undefined;
}

/**
 * Notices a driver that does no parity: pseudo-terminals never do, some drivers of cheap adapters neither.
 *
 * @param name What people call the port.
 * @param wanted What was asked for.
 * @param actual What the driver says is set.
 * @returns The notice, or none.
 */
export function noticeParity(name: string, wanted: LineSettings, actual: LineSettings): PortNotice[] {
  if (actual.parity === wanted.parity) return [];
  return [{ code: "parity-refused", message: `${name} cannot do ${wanted.parity} parity: bytes go without it` }];
}

/**
 * Notices a port that was to set lines that it does not have.
 *
 * @param name What people call the port.
 * @returns The notice.
 */
export function noSignalsNotice(name: string): PortNotice {
  return { code: "no-signals", message: `${name} has no DTR and RTS: they were left alone` };
}

const FRAMING_REGEXP = /^([78])([neo])([12])$/i;
const PARITIES = { n: "none", e: "even", o: "odd" } as const;

/**
 * Parses a frame as people write it.
 *
 * @param text For example `8E1`: data bits, parity (N, E or O), stop bits; in either case.
 * @returns The frame; `undefined` for any other text.
 *
 * @example The boot ROM's frame
 * ```ts
 * import { parseFraming } from "@coreslot/coreslot/ports";
 *
 * console.assert(parseFraming("8e1")?.parity === "even");
 * ```
 */
export function parseFraming(text: string): Required<Framing> | undefined {
  const [, dataBits, parity, stopBits] = FRAMING_REGEXP.exec(text) ?? [];
  if (parity === undefined) return undefined;
  return {
    dataBits: dataBits === "7" ? 7 : 8,
    parity: PARITIES[parity.toLowerCase() as keyof typeof PARITIES],
    stopBits: stopBits === "2" ? 2 : 1,
  };
}

/**
 * Formats a frame as {@linkcode parseFraming} takes it.
 *
 * @param framing The frame; what is left out is 8N1.
 * @returns For example `8e1`.
 *
 * @example The frame of everything that says nothing else
 * ```ts
 * import { formatFraming } from "@coreslot/coreslot/ports";
 *
 * console.assert(formatFraming({}) === "8n1");
 * ```
 */
export function formatFraming(framing: Framing): string {
  const { dataBits = 8, parity = "none", stopBits = 1 } = framing;
  return `${dataBits}${parity[0]}${stopBits}`;
}
