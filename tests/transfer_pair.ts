/**
 * Two ends of a file transfer on a simulated wire: byte times, latency and faults, and no chip at either end.
 *
 * @module
 */

import { EventLoop } from "../emulator/event_loop.ts";
import type { Fault } from "../emulator/faults.ts";
import { Uart } from "../emulator/uart.ts";
import { layWire, type WireOptions } from "../emulator/wire.ts";
import {
  type ByteLink,
  Engine,
  type LinkRole,
  type Outcome,
  type Procedure,
  type TraceEntry,
} from "../protocols/link/mod.ts";

export type { Fault } from "../emulator/faults.ts";

/** A session that goes past this does not end by itself: ten tries of ten seconds in each of two phases are 200 s. */
const MAX_MS = 1_200_000;
const MAX_STEPS = 5_000_000;

/** What two ends are joined by, and what goes wrong. */
export interface PairOptions {
  /**
   * What the wire is like.
   *
   * @default {no time at all}
   */
  readonly wire?: WireOptions;
  /**
   * What goes wrong. `h2t` is from the first end to the second.
   *
   * @default {[]}
   */
  readonly faults?: readonly Fault[];
  /**
   * How many bytes the second end holds while it sleeps.
   *
   * @default {Infinity}
   */
  readonly receiverDepthBytes?: number;
  /**
   * How long the second end may go on once the first one has ended, in milliseconds.
   *
   * @default {Infinity}
   */
  readonly graceMs?: number;
  /** Called with what both ends send, read and drop. */
  readonly trace?: (entry: TraceEntry, role: LinkRole) => void;
}

/** What came of it. */
export interface PairResult<A, B> {
  /** How the first end's procedure ended. */
  readonly host: Outcome<A>;
  /** How the second end's procedure ended; `undefined` when it was still going on after the time of grace. */
  readonly target: Outcome<B> | undefined;
  /** Bytes that the first end sent. */
  readonly bytesToTarget: number;
  /** Bytes that the second end sent. */
  readonly bytesToHost: number;
  /** How often the first end sent something and then got something. */
  readonly roundTrips: number;
  /** When the first end was done, in milliseconds. */
  readonly hostMs: number;
  /** When both were done, in milliseconds. */
  readonly endMs: number;
}

/**
 * Runs two ends against each other until both are done.
 *
 * @param host Makes the first end's procedure.
 * @param target Makes the second's.
 * @param options The wire, and what goes wrong.
 * @returns How both ended, and what it cost.
 * @throws {Error} When one of them never ends.
 */
export function runPair<A, B>(
  host: (link: ByteLink) => Procedure<A>,
  target: (link: ByteLink) => Procedure<B>,
  options: PairOptions = {},
): PairResult<A, B> {
  const { wire: wireOptions = {}, faults = [], receiverDepthBytes = Infinity, graceMs = Infinity, trace } = options;
  const traceOf = (role: LinkRole) => trace && ((entry: TraceEntry) => trace(entry, role));
  let targetOutcome: Outcome<B> | undefined;
  const engine = new Engine(host, { trace: traceOf("host") });
  const wire = layWire({ frame: "8N1", ...wireOptions }, { faults, seed: 1 });
  const loop = new EventLoop({
    host: engine,
    target: new Engine(
      (link) =>
        runForEver(link, target, (outcome) => {
          targetOutcome = outcome;
        }),
      { trace: traceOf("target") },
    ),
    resetTarget: () => {
      throw new Error("A pair has no reset");
    },
    wire,
    uart: new Uart(receiverDepthBytes),
    isByteByByte: false,
    nowMs: 0,
  });
  let hostMs: number | undefined;
  for (let steps = 0; engine.outcome === undefined || targetOutcome === undefined; steps++) {
    loop.pump();
    if (engine.outcome !== undefined) hostMs ??= loop.nowMs;
    if (hostMs !== undefined && loop.nowMs > hostMs + graceMs) break;
    const event = loop.step();
    if (event === "none") throw new Error("Both ends wait for ever");
    if (steps > MAX_STEPS || loop.nowMs > MAX_MS) throw new Error(`No end after ${loop.nowMs} ms`);
  }
  loop.pump();
  return {
    host: engine.outcome!,
    target: targetOutcome,
    bytesToTarget: wire.toTarget.sentCount,
    bytesToHost: wire.toHost.sentCount,
    roundTrips: loop.roundTrips,
    hostMs: hostMs ?? loop.nowMs,
    endMs: loop.nowMs,
  };
}

/** A procedure that has ended leaves its end of the wire deaf. */
function* runForEver<T>(
  link: ByteLink,
  start: (link: ByteLink) => Procedure<T>,
  onEnd: (outcome: Outcome<T>) => void,
): Procedure<never> {
  try {
    onEnd({ kind: "done", value: yield* start(link) });
  } catch (error) {
    onEnd({ kind: "failed", error });
  }
  while (true) yield* link.sleep(Infinity);
}
