/**
 * A host and a CDC device, fed by hand in no time at all: what one sends the other gets, through a path of one's own.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/mod.ts";
import type { CdcDevice } from "../protocols/cdc/device.ts";
import { runCdcTarget } from "../protocols/cdc/target.ts";
import { type ByteLink, Engine, type Procedure, type TraceEntry } from "../protocols/link/mod.ts";

/** What becomes of bytes on their way. */
export interface CdcPath {
  readonly toTarget?: (bytes: Bytes) => Bytes;
  readonly toHost?: (bytes: Bytes) => Bytes;
}

/** How a conversation ended. */
export class CdcOutcome<T> {
  readonly #engine: Engine<T>;

  constructor(engine: Engine<T>) {
    this.#engine = engine;
  }

  /** What the host ended with; throws what it threw. */
  value(): T {
    const { outcome } = this.#engine;
    if (outcome?.kind !== "done") throw outcome?.error;
    return outcome.value;
  }

  /** What the host threw. */
  get error(): unknown {
    const { outcome } = this.#engine;
    return outcome?.kind === "failed" ? outcome.error : undefined;
  }
}

/** Runs a host against a device to its end. */
export function connectCdc<T>(
  device: CdcDevice,
  start: (link: ByteLink) => Procedure<T>,
  path: CdcPath = {},
  trace?: (entry: TraceEntry) => void,
): CdcOutcome<T> {
  const host = new Engine(start, { trace });
  const target = new Engine((link) => runCdcTarget(link, { device }));
  const { toTarget = (bytes: Bytes) => bytes, toHost = (bytes: Bytes) => bytes } = path;
  let nowMs = 0;
  while (host.outcome === undefined) {
    const [out, back] = [concatBytes(host.takeOutput()), concatBytes(target.takeOutput())];
    if (out.length > 0) target.receive(toTarget(out), nowMs);
    if (back.length > 0) host.receive(toHost(back), nowMs);
    if (host.wait?.kind === "flush") host.flushed(nowMs);
    if (target.wait?.kind === "flush") target.flushed(nowMs);
    if (out.length > 0 || back.length > 0) continue;
    if (target.wakeAtMs <= nowMs && target.wait?.kind === "input") {
      target.tick(nowMs);
      continue;
    }
    nowMs = Math.max(nowMs, Math.min(host.wakeAtMs, target.wakeAtMs));
    target.tick(nowMs);
    host.tick(nowMs);
  }
  return new CdcOutcome(host);
}
