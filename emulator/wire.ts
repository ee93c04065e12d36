/**
 * The wire between a host and a target: a serial line behind an adapter, with noise and faults.
 *
 * The adapter is at the host's end. A frame that the host sends waits `latencyMs`, then for the next multiple of
 * `quantumMs`, then takes its bytes' time on the line. A byte that the target sends takes its time on the line, waits
 * `latencyMs`, then for the next multiple of `quantumMs`. A USB full-speed bus has a quantum of 1 ms, an FTDI chip one of
 * 16 ms towards the host unless it is set otherwise.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Fault } from "./faults.ts";
import { type Lane, Line } from "./line.ts";
import { Random } from "./random.ts";
import { FRAME_BITS, misread, type UartFrame } from "./uart_frame.ts";
import { type Noise, WireFaults } from "./wire_faults.ts";

/** What a wire is like. */
export interface WireOptions {
  /**
   * Bits a second; `Infinity` for a wire that takes no time.
   *
   * @default {Infinity}
   */
  readonly baudRate?: number | undefined;
  /**
   * How the target frames a byte.
   *
   * @default {"8E1"}
   */
  readonly frame?: UartFrame | undefined;
  /**
   * How the host frames a byte, when it differs.
   *
   * @default {frame}
   */
  readonly hostFrame?: UartFrame | undefined;
  /**
   * How long the adapter holds bytes back each way, in milliseconds.
   *
   * @default {0}
   */
  readonly latencyMs?: number | undefined;
  /**
   * The adapter works at multiples of this only, in milliseconds; 0 for at any time.
   *
   * @default {0}
   */
  readonly quantumMs?: number | undefined;
  /**
   * How likely a bit is inverted, 0 to 1.
   *
   * @default {0}
   */
  readonly bitErrorRate?: number | undefined;
}

/** What happens on a wire in one run. */
export interface WireEvents {
  /** Faults; those that are not the wire's are left out. */
  readonly faults: readonly Fault[];
  /** Where noise and garbage come from. */
  readonly seed: number;
}

/** Both directions of a wire. */
export interface Wire {
  /** From host to target. */
  readonly toTarget: Lane;
  /** From target to host. */
  readonly toHost: Lane;
}

/**
 * Gives the time of one byte on the line.
 *
 * @param wire What the wire is like.
 * @returns Milliseconds; 0 for a wire that takes no time.
 *
 * @example 11 bits at 115,200 baud
 * ```ts
 * import { byteTimeMs } from "@coreslot/coreslot/emulator";
 *
 * console.assert(byteTimeMs({ baudRate: 115_200 }) === 11_000 / 115_200);
 * ```
 */
export function byteTimeMs(wire: WireOptions): number {
  const { baudRate = Infinity, frame = "8E1" } = wire;
  return FRAME_BITS[frame] * 1000 / baudRate;
}

/**
 * Lays a wire.
 *
 * @param options What it is like.
 * @param events What happens on it.
 * @returns Both directions, with nothing on them.
 * @throws {RangeError} When a rate, a time or a likelihood is none.
 */
export function layWire(options: WireOptions, events: WireEvents): Wire {
  const { frame = "8E1", hostFrame = frame, latencyMs = 0, quantumMs = 0, bitErrorRate = 0 } = options;
  const byteMs = byteTimeMs(options);
  if (!(byteMs >= 0) || !(latencyMs >= 0) || !(quantumMs >= 0)) {
    throw new RangeError("Cannot lay the wire: baud rate, latency and quantum have to be positive");
  }
  if (!(bitErrorRate >= 0 && bitErrorRate <= 1)) {
    throw new RangeError(`Cannot lay the wire: bitErrorRate ${bitErrorRate} is not from 0 to 1`);
  }
  const { faults, seed } = events;
  const noise = (nth: number): Noise => ({ bitErrorRate, seed: seed * 2 + nth });
  const random = frame === hostFrame ? undefined : new Random(seed);
  const misreader = (sender: UartFrame) =>
    random === undefined ? undefined : (bytes: Uint8Array) => misread(bytes, { sender, random });
  return {
    toTarget: new Line({
      byteMs,
      departureMs: latencyMs,
      arrivalMs: 0,
      quantumMs,
      quantumEnd: "departure",
      faults: new WireFaults("h2t", faults, noise(0)),
      misread: misreader(hostFrame),
    }),
    toHost: new Line({
      byteMs,
      departureMs: 0,
      arrivalMs: latencyMs,
      quantumMs,
      quantumEnd: "arrival",
      faults: new WireFaults("t2h", faults, noise(1)),
      misread: misreader(frame),
    }),
  };
}
