/**
 * Two engines joined by a wire without length: the least that lets a host and a target talk, for tests of neither.
 *
 * Time stands still while bytes move, and jumps to the next deadline when none do.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/mod.ts";
import { type ByteLink, Engine, type Procedure, type TraceEntry } from "../protocols/link/mod.ts";

/** Options of {@linkcode runLoopback}. */
export interface LoopbackOptions {
  /** Called with every frame that the host sends, reads or drops. */
  readonly trace?: (entry: TraceEntry) => void;
  /** Makes the target's procedure again after it has ended, as a reset does. */
  readonly isRestarted?: boolean;
  /** Changes, drops or adds to what the host sends; the argument is what it sent at once. */
  readonly disturbHost?: (bytes: Bytes) => Bytes;
  /** The same for what the target sends. */
  readonly disturbTarget?: (bytes: Bytes) => Bytes;
}

/** What happened. */
export interface LoopbackResult<T> {
  /** How the host ended, or why it could not. */
  readonly value: T;
  /** Bytes that the host sent. */
  readonly bytesOut: number;
  /** Bytes that the target sent. */
  readonly bytesIn: number;
  /** Times that the host began to wait for an answer after it had sent something. */
  readonly roundTrips: number;
  /** When it ended, in milliseconds. */
  readonly endMs: number;
}

const TURN_COUNT_MAX = 10_000_000;

/**
 * Runs a host against a target until the host ends.
 *
 * @param host Makes the host's procedure.
 * @param target Makes the target's.
 * @param options Who watches, and what goes wrong.
 * @returns What the host ended with, and counts.
 * @throws Whatever the host throws; an `Error` when the target fails or both wait for ever.
 */
export function runLoopback<T>(
  host: (link: ByteLink) => Procedure<T>,
  target: (link: ByteLink) => Procedure<unknown>,
  options: LoopbackOptions = {},
): LoopbackResult<T> {
  const { disturbHost = (bytes) => bytes, disturbTarget = (bytes) => bytes } = options;
  const a = new Engine(host, { trace: options.trace });
  let b = new Engine(target);
  let [nowMs, bytesOut, bytesIn, roundTrips] = [0, 0, 0, 0];
  for (let turn = 0; turn < TURN_COUNT_MAX; turn++) {
    const out = disturbHost(concatBytes(a.takeOutput()));
    if (out.length > 0) {
      bytesOut += out.length;
      roundTrips++;
      b.receive(out, nowMs);
    }
    if (a.wait?.kind === "flush") a.flushed(nowMs);
    const back = disturbTarget(concatBytes(b.takeOutput()));
    bytesIn += back.length;
    if (back.length > 0) a.receive(back, nowMs);
    if (b.wait?.kind === "flush") b.flushed(nowMs);
    if (b.outcome?.kind === "failed") throw new Error("The target failed", { cause: b.outcome.error });
    if (b.outcome !== undefined && options.isRestarted) b = new Engine(target, { nowMs });
    if (a.outcome?.kind === "failed") throw a.outcome.error;
    if (a.outcome !== undefined) return { value: a.outcome.value, bytesOut, bytesIn, roundTrips, endMs: nowMs };
    if (out.length > 0 || back.length > 0) continue;
    nowMs = Math.min(a.wakeAtMs, b.wakeAtMs);
    if (nowMs === Infinity) throw new Error("Host and target both wait for ever");
    b.tick(nowMs);
    a.tick(nowMs);
  }
  throw new Error(`No end after ${TURN_COUNT_MAX} turns`);
}
