/**
 * A host and a device on a wire, in virtual time.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, Engine, type LinkRole, type Procedure, type TraceEntry } from "../protocols/link/mod.ts";
import { SimulationError } from "./error.ts";
import { EventLoop } from "./event_loop.ts";
import { runDevice } from "./run_device.ts";
import {
  MAX_MS_DEFAULT,
  MAX_STEPS_DEFAULT,
  SETTLE_WITHIN_MS_DEFAULT,
  type SimulationOptions,
  type SimulationResult,
  type SimulationRunOptions,
} from "./simulation_options.ts";
import { type Receiver, Uart } from "./uart.ts";
import { layUsb, UsbReceiver } from "./usb_bus.ts";
import { layWire } from "./wire.ts";

/** How many steps are written down once a limit is reached: a livelock shows itself in them. */
const LOGGED_STEPS = 40;

/**
 * A device that lives on between runs, and hosts that come and go: each run is a host that is plugged in anew.
 *
 * For one host and one run there is {@linkcode simulate}.
 */
export class Simulation {
  readonly #options: SimulationOptions;
  readonly #uart: Receiver;
  #target: Engine<never> | undefined;
  #nowMs = 0;

  /**
   * Prepares a device. What it runs starts with the first run, so that a fault can hit its first operation.
   *
   * @param options The chip, what it runs, and the wire.
   */
  constructor(options: SimulationOptions) {
    this.#options = options;
    const { usb, receiverDepthBytes = 1 } = options;
    this.#uart = usb === undefined ? new Uart(receiverDepthBytes) : new UsbReceiver(usb);
  }

  /** The time, in milliseconds. It goes on from one run to the next. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /**
   * Plugs a host in and runs it to its end, and the device until it has dealt with everything sent.
   *
   * @typeParam T What the host's procedure ends with.
   * @param start Makes the host's procedure.
   * @param options What goes wrong, and how long it may take.
   * @returns What came of it. An error of the host is in the outcome.
   * @throws {SimulationError} When the run goes past a limit, or both ends wait for ever.
   * @throws Whatever the target throws, except a power loss: that is a mistake in the target.
   */
  run<T>(start: (link: ByteLink) => Procedure<T>, options: SimulationRunOptions = {}): SimulationResult<T> {
    const { chip, usb } = this.#options;
    const { faults = [], seed = 1 } = options;
    const startMs = this.#nowMs;
    const events = { faults, seed };
    const wire = usb === undefined ? layWire(this.#options.wire ?? {}, events) : layUsb(usb, events);
    const before = {
      operations: chip.flash.operations.count,
      boots: chip.boots.length,
      overruns: this.#uart.overrunCount,
    };
    chip.arm(faults);
    const host = new Engine(start, { nowMs: startMs, trace: this.#traceOf("host") });
    const loop = new EventLoop({
      host,
      target: this.#target ?? this.#startTarget(startMs),
      resetTarget: (nowMs) => this.#resetTarget(nowMs),
      wire,
      uart: this.#uart,
      isByteByByte: this.#options.delivery === "bytes",
      nowMs: startMs,
    });
    const { steps, hostEndMs } = turn(loop, host, options);
    this.#target = loop.target;
    this.#nowMs = loop.nowMs;
    return {
      outcome: host.outcome!,
      hostMs: hostEndMs - startMs,
      settledMs: loop.nowMs - startMs,
      isSettled: loop.isSettled,
      bytesToTarget: wire.toTarget.sentCount,
      bytesToHost: wire.toHost.sentCount,
      framesToTarget: wire.toTarget.frameCount,
      framesToHost: wire.toHost.frameCount,
      roundTrips: loop.roundTrips,
      overruns: this.#uart.overrunCount - before.overruns,
      flashOperations: chip.flash.operations.count - before.operations,
      boots: chip.boots.slice(before.boots),
      steps,
    };
  }

  #startTarget(nowMs: number): Engine<never> {
    const { chip } = this.#options;
    return new Engine((link) => runDevice(link, chip, this.#options), { nowMs, trace: this.#traceOf("target") });
  }

  #resetTarget(nowMs: number): Engine<never> {
    this.#options.chip.reset("pin-reset");
    return this.#startTarget(nowMs);
  }

  #traceOf(role: LinkRole): ((entry: TraceEntry) => void) | undefined {
    const { trace } = this.#options;
    return trace && ((entry) => trace(entry, role));
  }
}

/** Options of {@linkcode simulate}. */
export interface SimulateOptions<T> extends SimulationOptions, SimulationRunOptions {
  /** Makes the host's procedure. */
  readonly host: (link: ByteLink) => Procedure<T>;
}

/**
 * Runs a host against a device, from its start until both are done.
 *
 * @typeParam T What the host's procedure ends with.
 * @param options Host, chip, wire, faults and limits.
 * @returns What came of it. An error of the host is in the outcome.
 * @throws {SimulationError} When the run goes past a limit, or both ends wait for ever.
 *
 * @example A byte there and back takes two byte times
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { simulate, Stm32 } from "@coreslot/coreslot/emulator";
 *
 * const result = simulate({
 *   host: function* (link) {
 *     link.send(Uint8Array.of(0x7f));
 *     return yield* link.readByte("echo", 1000);
 *   },
 *   chip: new Stm32(findPart("stm32f407")),
 *   firmware: function* (link) {
 *     while (true) link.send(yield* link.read(1, "byte", Infinity));
 *   },
 *   wire: { baudRate: 11_000 },
 * });
 * console.assert(result.outcome.kind === "done" && result.outcome.value === 0x7f);
 * console.assert(result.hostMs === 2);
 * ```
 */
export function simulate<T>(options: SimulateOptions<T>): SimulationResult<T> {
  return new Simulation(options).run(options.host, options);
}

/** Turns the loop until host and target are done. */
function turn(
  loop: EventLoop,
  host: Engine<unknown>,
  options: SimulationRunOptions,
): { readonly steps: number; readonly hostEndMs: number } {
  const {
    maxSteps = MAX_STEPS_DEFAULT,
    maxMs = MAX_MS_DEFAULT,
    settleWithinMs = SETTLE_WITHIN_MS_DEFAULT,
  } = options;
  const giveUpMs = loop.nowMs + maxMs;
  let hostEndMs: number | undefined;
  for (let steps = 0;; steps++) {
    loop.pump();
    if (host.outcome !== undefined) {
      hostEndMs ??= loop.nowMs;
      if (loop.isSettled || loop.nowMs > hostEndMs + settleWithinMs) return { steps, hostEndMs };
    }
    if (steps >= maxSteps || loop.nowMs > giveUpMs) breakOff(loop, { steps, maxSteps, maxMs });
    if (loop.step() === "none") {
      if (hostEndMs !== undefined) return { steps, hostEndMs };
      throw new SimulationError("stuck", "both ends wait for ever", { atMs: loop.nowMs, lastLines: [] });
    }
    const { outcome } = loop.target;
    if (outcome?.kind === "failed") throw outcome.error;
  }
}

/** Goes on for a few steps, to see what goes on, and gives up. */
function breakOff(
  loop: EventLoop,
  limits: { readonly steps: number; readonly maxSteps: number; readonly maxMs: number },
): never {
  const atMs = loop.nowMs;
  const lastLines: string[] = [];
  loop.logTo(lastLines);
  for (let step = 0; step < LOGGED_STEPS; step++) {
    loop.pump();
    if (loop.step() === "none") break;
  }
  const isTooLong = limits.steps < limits.maxSteps;
  throw new SimulationError(
    isTooLong ? "too-long" : "too-many-steps",
    isTooLong ? `it takes more than ${limits.maxMs} ms` : `it takes more than ${limits.maxSteps} steps`,
    { atMs, lastLines },
  );
}
