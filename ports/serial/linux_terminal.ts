/**
 * A terminal device of Linux and what may be asked of it besides reading and writing.
 *
 * @module
 */

import type { PortSignals } from "../../protocols/link/mod.ts";
import { PortError } from "../port_error.ts";
import { closedError, vanishedError } from "./gone.ts";
import { ERRNO, type Libc, loadLibc, toCString } from "./libc.ts";
import { explainOpenFailure } from "./linux_open_failure.ts";
import { complainAboutSettings, type Complaint, type LineSettings } from "./settings.ts";
import { decodeTermios2, encodeTermios2, TCGETS2, TCSETS2, TERMIOS2_SIZE_BYTES } from "./termios2.ts";

const SYMBOLS = {
  close: { parameters: ["i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
} as const;

/** `O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC` of `asm-generic/fcntl.h`. */
const OPEN_FLAGS = 0o2 | 0o400 | 0o4000 | 0o2000000;

/** `LOCK_EX | LOCK_NB`: what other programs for serial ports look at, and all that keeps out one that root runs. */
const LOCK_FLAGS = 2 | 4;

/** `asm-generic/ioctls.h`. */
const TIOCEXCL = 0x540cn;
const TIOCNXCL = 0x540dn;
const TIOCMGET = 0x5415n;
const TIOCMSET = 0x5418n;
const TIOCGSERIAL = 0x541en;
const TIOCSSERIAL = 0x541fn;
const TIOCSBRK = 0x5427n;
const TIOCCBRK = 0x5428n;

/** `asm-generic/termios.h`. */
const TIOCM_DTR = 0x002;
const TIOCM_RTS = 0x004;

/** `struct serial_struct` of `linux/serial.h`: size, offset of the flags, and `ASYNC_LOW_LATENCY` of `linux/tty_flags.h`. */
const SERIAL_STRUCT = { sizeBytes: 72, flagsOffset: 16, lowLatency: 0x2000 };

const REFUSAL: Complaint = {
  state: "the driver refuses",
  advice: "Choose a rate and a frame that the adapter can do, such as 115200 and 8n1",
};

/** Lines to set; those that are left out, or undefined, stay as they are. */
export type SignalChange = { readonly [K in keyof PortSignals]: PortSignals[K] | undefined };

/** An open terminal. It does not close itself: whoever opened it calls `close`. */
export class LinuxTerminal {
  /** Its descriptor. */
  readonly fd: number;
  /** Whether it has DTR and RTS. */
  readonly hasSignals: boolean;
  readonly #path: string;
  readonly #libc: Libc<typeof SYMBOLS> = loadLibc(SYMBOLS);
  #isExclusive = false;
  #isClosed = false;

  /**
   * Opens the device.
   *
   * @param path The device.
   * @throws {PortError} When it cannot be opened, or is no terminal.
   */
  constructor(path: string) {
    this.#path = path;
    this.fd = this.#libc.call.open(toCString(path), OPEN_FLAGS);
    if (this.fd < 0) this.#refuse();
    if (!this.#ioctl(TCGETS2, new Uint8Array(TERMIOS2_SIZE_BYTES))) this.#refuse();
    this.hasSignals = this.#ioctl(TIOCMGET, new Uint8Array(4));
  }

  /**
   * Keeps other programs away: by a lock those that look at one, and on a real port the others as well.
   *
   * On a pseudo-terminal, whose maker may have it open too, exclusive use would outlive a program that is killed.
   *
   * @throws {PortError} When another program has it; code `port-busy`.
   */
  lock(): void {
    if (this.#libc.call.flock(this.fd, LOCK_FLAGS) !== 0) throw explainOpenFailure(this.#path, ERRNO.EBUSY);
    // Tried on a pseudo-terminal only, before it was left to real ports.
    if (this.hasSignals) this.#isExclusive = this.#ioctl(TIOCEXCL, null);
  }

  /** Rate and frame as the driver has them now. */
  get settings(): LineSettings {
    return decodeTermios2(this.#readTermios());
  }

  /**
   * Sets rate and frame.
   *
   * @param settings Rate and frame.
   * @returns What the driver made of them.
   * @throws {PortError} When the driver cannot do that; code `port-settings`.
   */
  apply(settings: LineSettings): LineSettings {
    const isTaken = this.#ioctl(TCSETS2, encodeTermios2(this.#readTermios(), settings));
    if (!isTaken && this.#libc.errno() !== ERRNO.EINVAL) throw vanishedError(this.#path);
    const actual = this.settings;
    const complaint = isTaken ? complainAboutSettings(settings, actual) : REFUSAL;
    if (complaint === undefined) return actual;
    const { state, advice } = complaint;
    throw new PortError({ code: "port-settings", message: `Cannot set up ${this.#path}: ${state}`, advice });
  }

  /** Has the driver of an FTDI adapter hand over bytes at once, and not every 16 ms. Others do so anyway. */
  lowerLatency(): void {
    // Untried: no adapter was at hand.
    const bytes = new Uint8Array(SERIAL_STRUCT.sizeBytes);
    if (!this.#ioctl(TIOCGSERIAL, bytes)) return;
    const view = new DataView(bytes.buffer);
    const flags = view.getInt32(SERIAL_STRUCT.flagsOffset, true);
    view.setInt32(SERIAL_STRUCT.flagsOffset, flags | SERIAL_STRUCT.lowLatency, true);
    this.#ioctl(TIOCSSERIAL, bytes);
  }

  /**
   * Sets DTR and RTS in one call, so that circuits which combine them see no state in between, then the break.
   *
   * @param signals What to set; what is left out stays.
   * @throws {PortError} When the driver cannot, or the device went away.
   */
  setSignals(signals: SignalChange): void {
    const lines = new Int32Array(1);
    if (signals.dtr !== undefined || signals.rts !== undefined) {
      this.#demand(this.#ioctl(TIOCMGET, lines));
      lines[0] = changeLines(lines[0]!, signals);
      this.#demand(this.#ioctl(TIOCMSET, lines));
    }
    if (signals.break !== undefined) this.#demand(this.#ioctl(signals.break ? TIOCSBRK : TIOCCBRK, null));
  }

  /** Closes the device. */
  close(): void {
    if (this.fd >= 0) {
      // It would last for as long as somebody has the port open, from before us.
      if (this.#isExclusive) this.#ioctl(TIOCNXCL, null);
      this.#libc.call.close(this.fd);
    }
    this.#isClosed = true;
    this.#libc[Symbol.dispose]();
  }

  #readTermios(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(TERMIOS2_SIZE_BYTES);
    if (!this.#ioctl(TCGETS2, bytes)) throw vanishedError(this.#path);
    return bytes;
  }

  #ioctl(request: bigint, argument: Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer> | null): boolean {
    if (this.#isClosed) throw closedError(this.#path);
    return this.#libc.call.ioctl(this.fd, request, argument) === 0;
  }

  #refuse(): never {
    const errno = this.#libc.errno();
    this.close();
    throw explainOpenFailure(this.#path, errno);
  }

  #demand(isDone: boolean): void {
    if (isDone) return;
    const errno = this.#libc.errno();
    if (errno !== ERRNO.ENOTTY && errno !== ERRNO.EINVAL) throw vanishedError(this.#path);
    throw new PortError({
      code: "port-settings",
      message: `Cannot set the lines of ${this.#path}: the driver knows no such line`,
      advice: "Put the device into its loader by hand",
    });
  }
}

/**
 * Changes the state of the lines as the kernel has it.
 *
 * @param bits The state.
 * @param signals What to set; what is left out stays.
 * @returns The state to set.
 */
export function changeLines(bits: number, { dtr, rts }: SignalChange): number {
  return withBit(withBit(bits, TIOCM_DTR, dtr), TIOCM_RTS, rts);
}

function withBit(bits: number, bit: number, isSet: boolean | undefined): number {
  if (isSet === undefined) return bits;
  return isSet ? bits | bit : bits & ~bit;
}
