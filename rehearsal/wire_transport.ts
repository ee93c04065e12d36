/**
 * What the transports over a wire have in common: a simulation of host, wire and device.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { SimulationError } from "../emulator/error.ts";
import type { Fault } from "../emulator/faults.ts";
import { reportWell } from "../emulator/loader/mod.ts";
import type { Firmware } from "../emulator/run_device.ts";
import { Simulation } from "../emulator/simulation.ts";
import type { SimulationOptions } from "../emulator/simulation_options.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { Connection, SessionResult } from "./transport.ts";

/** Longer than any copy of 2 MiB takes. */
const SETTLE_WITHIN_MS = 600_000;

/** What a transport over a wire is made of. */
export interface WireSetup {
  /** What the chip runs, told when an application starts. */
  readonly firmware: (onStart: () => void) => Firmware;
  /** The wire. */
  readonly line: Pick<SimulationOptions, "usb" | "wire" | "receiverDepthBytes">;
  /** Makes the host's procedure; `nth` counts sessions of this connection. */
  readonly host: (link: ByteLink, nth: number) => Procedure<unknown>;
  /** What is done to the device after the host was; gives the time that it takes until an application starts. */
  readonly afterwards?: (() => { readonly durationMs: number; readonly hasStarted: boolean }) | undefined;
}

/**
 * Lays a wire to a device that waits for a host.
 *
 * @param device The device.
 * @param setup What is at both ends of the wire.
 * @returns The connection.
 */
export function connectByWire(device: RehearsalDevice, setup: WireSetup): Connection {
  const { firmware, line, host, afterwards } = setup;
  let beganMs = 0;
  let startedMs: number | undefined;
  let frameOffsets: number[] = [];
  let sentBytes = 0;
  let sessionCount = 0;
  const runs = firmware(() => {
    startedMs = device.nowMs() - beganMs;
    reportWell(device.chip);
  });
  const simulation = new Simulation({
    chip: device.chip,
    firmware: (link, boot) => {
      device.nowMs = () => link.nowMs;
      return runs(link, boot);
    },
    ...line,
    trace: ({ direction, bytes }, role) => {
      if (role !== "host" || direction !== "out") return;
      frameOffsets.push(sentBytes);
      sentBytes += bytes.length;
    },
  });
  const run = (faults: readonly Fault[]): SessionResult => {
    beganMs = simulation.nowMs;
    startedMs = undefined;
    frameOffsets = [];
    sentBytes = 0;
    const nth = sessionCount++;
    const options = { faults, settleWithinMs: SETTLE_WITHIN_MS };
    const { outcome, settledMs, bytesToTarget, bytesToHost } = simulation.run((link) => host(link, nth), options);
    const error = outcome.kind === "failed" ? outcome.error : undefined;
    let durationMs = settledMs;
    if (error === undefined && afterwards !== undefined) {
      device.nowMs = () => beganMs + settledMs;
      const rest = afterwards();
      durationMs += rest.durationMs;
      if (rest.hasStarted) startedMs = durationMs;
    }
    return { error, startedMs, durationMs, bytesToTarget, bytesToHost, frameOffsets };
  };
  return { run: (faults) => withinLimits(() => run(faults)) };
}

/** A session that never ends is one that failed. */
function withinLimits(run: () => SessionResult): SessionResult {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    return { error, startedMs: undefined, durationMs: 0, bytesToTarget: 0, bytesToHost: 0, frameOffsets: [] };
  }
}
