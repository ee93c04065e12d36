/**
 * What the binding cannot do on macOS with a port that is open: change its frame, and keep other programs away.
 *
 * Untried there; tried on Linux, with its numbers.
 *
 * @module
 */

import { PortError } from "../port_error.ts";
import { vanishedError } from "./gone.ts";
import { ERRNO, type Libc, loadLibc } from "./libc.ts";
import { complainAboutSettings, type LineSettings } from "./settings.ts";
import { decodeFraming, encodeFraming, TERMIOS_SIZE_BYTES } from "./termios.ts";

const SYMBOLS = {
  // Its further arguments are variadic, and would be elsewhere than those of other functions on ARM; these two are not.
  ioctl: { parameters: ["i32", "u64"], result: "i32" },
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  tcsetattr: { parameters: ["i32", "i32", "buffer"], result: "i32" },
} as const;

/** `TIOCEXCL` and `TIOCNXCL`: `sys/ttycom.h` of macOS, `asm-generic/ioctls.h` of Linux. */
const [TIOCEXCL, TIOCNXCL] = Deno.build.os === "darwin" ? [0x2000_740dn, 0x2000_740en] : [0x540cn, 0x540dn];

/** `TCSANOW` of `termios.h`. */
const TCSANOW = 0;

/** The frame of an open port, and who may open it too. */
export class MacLine implements Disposable {
  readonly #libc: Libc<typeof SYMBOLS> = loadLibc(SYMBOLS);
  readonly #fd: number;
  readonly #path: string;

  /**
   * Takes a port that is open.
   *
   * @param fd Its descriptor, which somebody else closes.
   * @param path What people call it.
   */
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  /**
   * Keeps other programs away, or lets them in again: what the binding does, a lock, stops only those that look at one.
   *
   * @param isExclusive Whether to keep them away.
   */
  setExclusive(isExclusive: boolean): void {
    this.#libc.call.ioctl(this.#fd, isExclusive ? TIOCEXCL : TIOCNXCL);
  }

  /**
   * Compares what the driver has set with what was wanted. The rate is the binding's.
   *
   * @param wanted What was asked for.
   * @returns What is set.
   * @throws {PortError} When the port cannot be used like that; code `port-settings`.
   */
  check(wanted: LineSettings): LineSettings {
    const actual = { ...decodeFraming(this.#readTermios()), baudRate: wanted.baudRate };
    const complaint = complainAboutSettings(wanted, actual);
    if (complaint === undefined) return actual;
    throw this.#refusal(complaint.state, complaint.advice);
  }

  /**
   * Sets the frame. A rate that `termios` has no name for has to be set again afterwards.
   *
   * @param wanted The frame.
   * @returns What the driver made of it.
   * @throws {PortError} When the driver cannot do that; code `port-settings`.
   */
  apply(wanted: LineSettings): LineSettings {
    const isTaken = this.#libc.call.tcsetattr(this.#fd, TCSANOW, encodeFraming(this.#readTermios(), wanted)) === 0;
    if (isTaken) return this.check(wanted);
    // Linux says so too when there was nothing but parity to change, and it was not taken.
    if (this.#libc.errno() !== ERRNO.EINVAL) throw vanishedError(this.#path);
    const actual = this.check(wanted);
    if (actual.parity !== wanted.parity) return actual;
    throw this.#refusal("the driver refuses", "Choose a frame that the adapter can do, such as 8n1");
  }

  /** Lets go of the C library. */
  [Symbol.dispose](): void {
    this.#libc[Symbol.dispose]();
  }

  #readTermios(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(TERMIOS_SIZE_BYTES);
    if (this.#libc.call.tcgetattr(this.#fd, bytes) !== 0) throw vanishedError(this.#path);
    return bytes;
  }

  #refusal(state: string, advice: string): PortError {
    return new PortError({ code: "port-settings", message: `Cannot set up ${this.#path}: ${state}`, advice });
  }
}
