/**
 * Lists of faults for the CDC protocol, and a device that stalls.
 *
 * @module
 */

import type { Direction, Fault, SimulationResult } from "../../emulator/mod.ts";
import type { CdcDevice, Step } from "../../protocols/cdc/device.ts";

/** How late a stalled byte comes: later than a hello is repeated, earlier than a session is given up. */
const STALL_MS = 2500;

const WAYS: readonly (readonly [Direction, "bytesToTarget" | "bytesToHost"])[] = [
  ["h2t", "bytesToTarget"],
  ["t2h", "bytesToHost"],
];

/** Each byte both ways dropped, doubled, late, and with one of its bits flipped: a CRC-32 finds every single bit alike. */
export function* listByteFaults(
  space: SimulationResult<unknown>,
  everyBytes = 1,
): Generator<readonly Fault[], void, void> {
  for (const [direction, count] of WAYS) {
    for (let byteIndex = 0; byteIndex < space[count]; byteIndex += everyBytes) {
      const place = { direction, byteIndex };
      yield [{ kind: "drop", ...place }];
      yield [{ kind: "duplicate", ...place }];
      yield [{ kind: "stall", ...place, stallMs: STALL_MS }];
      yield [{ kind: "flip", ...place, bit: byteIndex % 8 }];
    }
  }
}

/** The cable gone, or the reset pin pulled, at each so many bytes both ways. */
export function* listCableFaults(
  space: SimulationResult<unknown>,
  kind: "unplug" | "reset",
  everyBytes: number,
): Generator<readonly Fault[], void, void> {
  for (const [direction, count] of WAYS) {
    for (let byteIndex = 0; byteIndex < space[count]; byteIndex += everyBytes) yield [{ kind, direction, byteIndex }];
  }
}

/** A device whose flash takes its longest time in one step. */
export class StallingDevice implements CdcDevice {
  readonly describe: CdcDevice["describe"];
  readonly report: CdcDevice["report"];
  readonly abort: CdcDevice["abort"];
  readonly #device: CdcDevice;
  readonly #stall: { readonly step: number; readonly durationMs: number };
  /** Steps so far. */
  stepCount = 0;

  constructor(device: CdcDevice, stall: { readonly step: number; readonly durationMs: number }) {
    this.#device = device;
    this.#stall = stall;
    this.describe = () => device.describe();
    this.report = () => device.report();
    this.abort = () => device.abort();
  }

  begin(...args: Parameters<CdcDevice["begin"]>): ReturnType<CdcDevice["begin"]> {
    return this.#slow(this.#device.begin(...args));
  }

  compare(...args: Parameters<CdcDevice["compare"]>): ReturnType<CdcDevice["compare"]> {
    return this.#slow(this.#device.compare(...args));
  }

  write(...args: Parameters<CdcDevice["write"]>): ReturnType<CdcDevice["write"]> {
    return this.#slow(this.#device.write(...args));
  }

  clone(...args: Parameters<CdcDevice["clone"]>): ReturnType<CdcDevice["clone"]> {
    return this.#slow(this.#device.clone(...args));
  }

  finish(): ReturnType<CdcDevice["finish"]> {
    return this.#slow(this.#device.finish());
  }

  install(): ReturnType<CdcDevice["install"]> {
    return this.#slow(this.#device.install());
  }

  #slow<T>(step: Step<T>): Step<T> {
    const isSlow = this.stepCount++ === this.#stall.step;
    return isSlow ? { ...step, busyMs: step.busyMs + this.#stall.durationMs } : step;
  }
}
