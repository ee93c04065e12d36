/**
 * A host and a CDC device, fed by hand in no time at all: what one sends the other gets, through a path of one's own.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";
import type { CdcDevice } from "../protocols/cdc/device.ts";
import { runCdcTarget } from "../protocols/cdc/target.ts";
import { type ByteLink, Engine, type Procedure, type TraceEntry } from "../protocols/link/mod.ts";

/** What becomes of frames on their way. */
export interface CdcPath {
  readonly toTarget?: (bytes: Bytes) => Bytes;
  readonly toHost?: (bytes: Bytes) => Bytes;
  /** How late a frame is heard, in milliseconds; the sender knows nothing of it. Frames are counted from 0 each way. */
  readonly lateMs?: (direction: "toTarget" | "toHost", frame: number) => number;
}

/** How a conversation ended. */
export class CdcOutcome<T> {
  /** When it ended, in milliseconds. */
  readonly endMs: number;
  /** Frames that the host sent. */
  readonly framesToTarget: number;
  /** Frames that the device sent. */
  readonly framesToHost: number;
  readonly #engine: Engine<T>;

  constructor(engine: Engine<T>, end: { endMs: number; framesToTarget: number; framesToHost: number }) {
    this.#engine = engine;
    this.endMs = end.endMs;
    this.framesToTarget = end.framesToTarget;
    this.framesToHost = end.framesToHost;
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

/** Frames on their way from one end to the other, in order. */
class Lane {
  readonly #change: (bytes: Bytes) => Bytes;
  readonly #lateMs: (frame: number) => number;
  #frames: { readonly bytes: Bytes; readonly atMs: number }[] = [];
  #lastMs = 0;
  count = 0;

  constructor(change: (bytes: Bytes) => Bytes, lateMs: (frame: number) => number) {
    this.#change = change;
    this.#lateMs = lateMs;
  }

  /** When the next frame is heard. */
  get nextMs(): number {
    return this.#frames[0]?.atMs ?? Infinity;
  }

  /** Carries what one end sent; gives whether there was something to do. */
  carry(from: Engine<unknown>, to: Engine<unknown>, nowMs: number): boolean {
    const sent = from.takeOutput();
    for (const frame of sent) {
      this.#lastMs = Math.max(this.#lastMs, nowMs + this.#lateMs(this.count++));
      this.#frames.push({ bytes: this.#change(frame), atMs: this.#lastMs });
    }
    let heardCount = 0;
    for (; this.nextMs <= nowMs; heardCount++) to.receive(this.#frames.shift()!.bytes, nowMs);
    return sent.length > 0 || heardCount > 0;
  }
}

/** Runs a host against a device, or against what stands in for one on the wire, to its end. */
export function connectCdc<T>(
  device: CdcDevice | ((link: ByteLink) => Procedure<unknown>),
  start: (link: ByteLink) => Procedure<T>,
  path: CdcPath = {},
  trace?: (entry: TraceEntry) => void,
): CdcOutcome<T> {
  const host = new Engine(start, { trace });
  const target = new Engine<unknown>((link) =>
    typeof device === "function" ? device(link) : runCdcTarget(link, { device })
  );
  const { toTarget = (bytes: Bytes) => bytes, toHost = (bytes: Bytes) => bytes, lateMs = () => 0 } = path;
  const out = new Lane(toTarget, (frame) => lateMs("toTarget", frame));
  const back = new Lane(toHost, (frame) => lateMs("toHost", frame));
  let nowMs = 0;
  while (host.outcome === undefined) {
    const [isOut, isBack] = [out.carry(host, target, nowMs), back.carry(target, host, nowMs)];
    if (host.wait?.kind === "flush") host.flushed(nowMs);
    if (target.wait?.kind === "flush") target.flushed(nowMs);
    if (isOut || isBack) continue;
    if (target.wakeAtMs <= nowMs && target.wait?.kind === "input") {
      target.tick(nowMs);
      continue;
    }
    nowMs = Math.max(nowMs, Math.min(host.wakeAtMs, target.wakeAtMs, out.nextMs, back.nextMs));
    target.tick(nowMs);
    host.tick(nowMs);
  }
  return new CdcOutcome(host, { endMs: nowMs, framesToTarget: out.count, framesToHost: back.count });
}
