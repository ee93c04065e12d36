/**
 * A serial port of Windows and what may be asked of it besides reading and writing.
 *
 * @module
 */

import type { PortSignals } from "../../protocols/link/mod.ts";
import { PortError } from "../port_error.ts";
import { closedError, vanishedError } from "./gone.ts";
import { adviseOnPorts } from "./serial_port_info.ts";
import { complainAboutSettings, type LineSettings } from "./settings.ts";
import { INVALID_HANDLE, type Kernel32, loadKernel32, toWideString, WINDOWS_ERROR } from "./windows_api.ts";
import { decodeDcb, encodeDcb, type LineStates, makeDcb } from "./windows_dcb.ts";
import { listWindowsPorts } from "./windows_list.ts";
import { explainWindowsFailure } from "./windows_open_failure.ts";

/** `winnt.h`, `fileapi.h`: `GENERIC_READ | GENERIC_WRITE`, `OPEN_EXISTING`, `FILE_FLAG_OVERLAPPED`. */
const READ_AND_WRITE = 0xc000_0000;
const OPEN_EXISTING = 3;
const FILE_FLAG_OVERLAPPED = 0x4000_0000;

/** What `EscapeCommFunction` does: `winbase.h`. */
const SETRTS = 3;
const CLRRTS = 4;
const SETDTR = 5;
const CLRDTR = 6;

/** `PURGE_TXABORT | PURGE_RXABORT | PURGE_TXCLEAR | PURGE_RXCLEAR` of `winbase.h`. */
const PURGE_ALL = 0x1 | 0x2 | 0x4 | 0x8;

/**
 * `COMMTIMEOUTS`: a read ends when it has all the bytes that it asked for, or after a second; a write has no time limit.
 *
 * One byte is asked for, and then as many as are there. The other way, a read that ends with whatever is there as soon as
 * something is (twice `MAXDWORD`), is less of a read in some drivers: that of the CH340 was seen not to wait at all
 * (github.com/bugst/go-serial, pull request 200), and Wine 8 waits until the whole buffer is full. This one is what pySerial
 * has asked every driver for. Untried on any device.
 */
const TIMEOUTS = Uint32Array.of(0, 0, 1000, 0, 0);

/** What the driver is asked to hold while nobody reads: at 921,600 baud 0.7 s. */
const QUEUE_SIZE_BYTES = 65_536;

/** `COMSTAT`: 12 bytes, of which the last eight count what has come and what has not left. */
const COMSTAT_SIZE_WORDS = 3;
const INPUT_COUNT_INDEX = 1;
const OUTPUT_COUNT_INDEX = 2;

/** Errors of a driver that will not do what it is asked to; all others mean that the device is gone. */
const REFUSALS: ReadonlySet<number> = new Set([
  WINDOWS_ERROR.INVALID_FUNCTION,
  WINDOWS_ERROR.NOT_SUPPORTED,
  WINDOWS_ERROR.INVALID_PARAMETER,
]);

/** What a driver holds, in bytes. */
export interface QueueCounts {
  /** What has come and was not read. */
  readonly input: number;
  /** What was written and has not left. */
  readonly output: number;
}

/** An open port. It does not close itself: whoever opened it calls `close`. */
export class WindowsTerminal {
  /** Whether it has DTR and RTS. */
  readonly hasSignals: boolean;
  /** Its handle. */
  readonly handle: bigint;
  readonly #path: string;
  readonly #kernel32: Kernel32 = loadKernel32();
  #lines: LineStates;
  #isClosed = false;

  /**
   * Opens the port, for this program alone: Windows opens none for two.
   *
   * @param path For example `COM3`.
   * @param lines How DTR and RTS are to be when the port is set up.
   * @throws {PortError} When it cannot be opened, or is no serial port.
   */
  constructor(path: string, lines: LineStates) {
    this.#path = path;
    this.#lines = lines;
    // From COM10 on only this form names a port.
    const name = toWideString(`\\\\.\\${path}`);
    const { CreateFileW, GetLastError } = this.#kernel32.call;
    this.handle = CreateFileW(name, READ_AND_WRITE, 0, 0n, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, 0n);
    if (this.handle === INVALID_HANDLE) {
      const error = GetLastError();
      this.close();
      throw explainWindowsFailure(path, error);
    }
    this.hasSignals = this.#kernel32.call.GetCommModemStatus(this.handle, new Uint32Array(1)) !== 0;
    if (this.#kernel32.call.GetCommState(this.handle, makeDcb()) === 0) this.#refuse();
    // A driver may not know the first; then it holds what it holds.
    this.#kernel32.call.SetupComm(this.handle, QUEUE_SIZE_BYTES, QUEUE_SIZE_BYTES);
    if (this.#kernel32.call.SetCommTimeouts(this.handle, TIMEOUTS) === 0) this.#refuse();
  }

  /**
   * Counts what the driver holds.
   *
   * @returns How many bytes have come, and how many have not left; nothing when the device is gone.
   */
  countQueues(): QueueCounts | undefined {
    this.#throwIfClosed();
    const status = new Uint32Array(COMSTAT_SIZE_WORDS);
    if (this.#kernel32.call.ClearCommError(this.handle, new Uint32Array(1), status) === 0) return undefined;
    return { input: status[INPUT_COUNT_INDEX]!, output: status[OUTPUT_COUNT_INDEX]! };
  }

  /**
   * Sets rate and frame, and DTR and RTS as they were set last.
   *
   * @param settings Rate and frame.
   * @returns What the driver made of them.
   * @throws {PortError} When the driver cannot do that; code `port-settings`.
   */
  apply(settings: LineSettings): LineSettings {
    const { SetCommState, GetLastError } = this.#kernel32.call;
    const set = (wanted: LineSettings) => SetCommState(this.handle, encodeDcb(this.#readDcb(), wanted, this.#lines));
    let result = set(settings);
    // A driver without parity may refuse it, or ignore it; either way bytes go without it.
    if (result === 0 && settings.parity !== "none" && GetLastError() === WINDOWS_ERROR.INVALID_PARAMETER) {
      result = set({ ...settings, parity: "none" });
    }
    this.#demand(result, "set up");
    const actual = decodeDcb(this.#readDcb());
    const complaint = complainAboutSettings(settings, actual);
    if (complaint === undefined) return actual;
    const { state, advice } = complaint;
    throw new PortError({ code: "port-settings", message: `Cannot set up ${this.#path}: ${state}`, advice });
  }

  /**
   * Sets DTR and RTS, then the break.
   *
   * @param signals What to set; what is left out stays.
   * @throws {PortError} When the driver cannot, or the device went away.
   */
  setSignals(signals: PortSignals): void {
    this.#throwIfClosed();
    const { dtr = this.#lines.dtr, rts = this.#lines.rts } = signals;
    const { EscapeCommFunction, SetCommBreak, ClearCommBreak } = this.#kernel32.call;
    if (signals.dtr !== undefined || signals.rts !== undefined) {
      // Windows' own driver for USB tells the device about RTS when DTR is set next: pySerial's users found that out.
      this.#demand(EscapeCommFunction(this.handle, rts ? SETRTS : CLRRTS), "set the lines of");
      this.#demand(EscapeCommFunction(this.handle, dtr ? SETDTR : CLRDTR), "set the lines of");
      this.#lines = { dtr, rts };
    }
    if (signals.break === undefined) return;
    this.#demand((signals.break ? SetCommBreak : ClearCommBreak)(this.handle), "set the lines of");
  }

  /** Starts a read into memory that stays; what the system call gives. */
  startRead(address: bigint, sizeBytes: number, overlapped: bigint): number {
    return this.#kernel32.call.ReadFile(this.handle, address, sizeBytes, 0n, overlapped);
  }

  /** Starts a write from memory that stays; what the system call gives. */
  startWrite(address: bigint, sizeBytes: number, overlapped: bigint): number {
    return this.#kernel32.call.WriteFile(this.handle, address, sizeBytes, 0n, overlapped);
  }

  /** Ends all reads and writes that are under way, and drops what has not left. */
  cancel(): void {
    this.#kernel32.call.PurgeComm(this.handle, PURGE_ALL);
    this.#kernel32.call.CancelIoEx(this.handle, 0n);
  }

  /** Closes the port. */
  close(): void {
    if (this.handle !== INVALID_HANDLE) this.#kernel32.call.CloseHandle(this.handle);
    this.#isClosed = true;
    this.#kernel32[Symbol.dispose]();
  }

  #readDcb(): Uint8Array<ArrayBuffer> {
    this.#throwIfClosed();
    const dcb = makeDcb();
    if (this.#kernel32.call.GetCommState(this.handle, dcb) === 0) throw vanishedError(this.#path);
    return dcb;
  }

  #demand(result: number, verb: string): void {
    if (result !== 0) return;
    if (!REFUSALS.has(this.#kernel32.call.GetLastError())) throw vanishedError(this.#path);
    throw new PortError({
      code: "port-settings",
      message: `Cannot ${verb} ${this.#path}: the driver refuses`,
      advice: "Choose a rate and a frame that the adapter can do, such as 115200 and 8n1",
    });
  }

  #throwIfClosed(): void {
    if (this.#isClosed) throw closedError(this.#path);
  }

  #refuse(): never {
    const error = this.#kernel32.call.GetLastError();
    this.close();
    if (!REFUSALS.has(error)) throw explainWindowsFailure(this.#path, error);
    throw new PortError({
      code: "port-not-serial",
      message: `Cannot open ${this.#path}: it is not a serial port`,
      advice: adviseOnPorts(listWindowsPorts()),
    });
  }
}
