/**
 * What a simulation is made of, what limits it, and what comes of it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { LinkRole, Outcome, TraceEntry } from "../protocols/link/mod.ts";
import type { BootReport } from "./boot.ts";
import type { Fault } from "./faults.ts";
import type { RunDeviceOptions } from "./run_device.ts";
import type { Stm32 } from "./stm32.ts";
import type { UsbOptions } from "./usb.ts";
import type { WireOptions } from "./wire.ts";

/** More than any session here takes: 2 MiB byte by byte, there and back, are 8 million steps. */
export const MAX_STEPS_DEFAULT = 20_000_000;

/** A day. 2 MiB at 1,200 baud take 5 hours. */
export const MAX_MS_DEFAULT = 86_400_000;

/** Longer than the longest operation in the part table, the mass erase of an F4 in 32 s. */
export const SETTLE_WITHIN_MS_DEFAULT = 60_000;

/** What a {@linkcode Simulation} is made of. */
export interface SimulationOptions extends RunDeviceOptions {
  /** The chip at the far end. */
  readonly chip: Stm32;
  /**
   * What the wire is like.
   *
   * @default {a wire that takes no time}
   */
  readonly wire?: WireOptions | undefined;
  /**
   * A full-speed USB bus in place of `wire` and `receiverDepthBytes`.
   *
   * @default {none}
   */
  readonly usb?: UsbOptions | undefined;
  /**
   * How many bytes the target's receiver holds while its CPU is busy: 1 for a UART, `Infinity` for a host that waits.
   *
   * @default {1}
   */
  readonly receiverDepthBytes?: number | undefined;
  /**
   * `chunks` hands over as many bytes at once as the procedure waits for, at the time of the last one; `bytes` hands over
   * each byte at its own time. The results are the same, the first is faster.
   *
   * @default {"chunks"}
   */
  readonly delivery?: "chunks" | "bytes" | undefined;
  /** Called with every frame that either end sent, read or dropped. */
  readonly trace?: ((entry: TraceEntry, role: LinkRole) => void) | undefined;
}

/** Options of {@linkcode Simulation.run}. */
export interface SimulationRunOptions {
  /**
   * What goes wrong.
   *
   * @default {[]}
   */
  readonly faults?: readonly Fault[] | undefined;
  /**
   * Where noise and garbage on the wire come from.
   *
   * @default {1}
   */
  readonly seed?: number | undefined;
  /**
   * How many events the run may take.
   *
   * @default {20000000}
   */
  readonly maxSteps?: number | undefined;
  /**
   * How long the run may take, in milliseconds of virtual time.
   *
   * @default {86400000}
   */
  readonly maxMs?: number | undefined;
  /**
   * How long the device may go on after the host has ended, in milliseconds of virtual time. A device that resets again
   * and again never settles; that is no error.
   *
   * @default {60000}
   */
  readonly settleWithinMs?: number | undefined;
}

/** What came of a run. */
export interface SimulationResult<T> {
  /** How the host's procedure ended. */
  readonly outcome: Outcome<T>;
  /** How long the host's procedure took, in milliseconds. */
  readonly hostMs: number;
  /** How long it took until the target had dealt with everything sent, or was given up, in milliseconds. */
  readonly settledMs: number;
  /** Whether it had dealt with everything. */
  readonly isSettled: boolean;
  /** Bytes that the host sent. */
  readonly bytesToTarget: number;
  /** Bytes that the target sent. */
  readonly bytesToHost: number;
  /** Frames that the host sent. */
  readonly framesToTarget: number;
  /** Frames that the target sent. */
  readonly framesToHost: number;
  /** How often the host sent something and then got something. */
  readonly roundTrips: number;
  /** Bytes that the target's receiver lost because nobody read them. */
  readonly overruns: number;
  /** Flash operations. */
  readonly flashOperations: number;
  /** What the chip started after resets, jumps and power cuts in this run. */
  readonly boots: readonly BootReport[];
  /** Events. */
  readonly steps: number;
}
