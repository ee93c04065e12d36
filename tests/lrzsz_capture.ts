/**
 * Captures of lrzsz talking to itself, and an end of ours that takes the place of one of the two.
 *
 * @module
 */

import { type Bytes, concatBytes, parseHex } from "../core/mod.ts";
import { type ByteLink, Engine, type Outcome, type Procedure } from "../protocols/link/mod.ts";
import { readCorpus } from "./corpus.ts";

/** Which way bytes went: sender to receiver, or back. */
export type CaptureDirection = "s2r" | "r2s";

/** What went over the pipe at once. */
export interface CapturedFrame {
  /** When, in seconds. */
  readonly t: number;
  /** Which way. */
  readonly dir: CaptureDirection;
  /** The bytes. */
  readonly bytes: Bytes;
}

/** A captured transfer. */
export interface Capture {
  /** The sender's command line. */
  readonly sender: readonly string[];
  /** The receiver's command line. */
  readonly receiver: readonly string[];
  /** Everything that went over the pipe. */
  readonly frames: readonly CapturedFrame[];
}

/** More than any of them is silent. */
const PATIENCE_MS = 30_000;

/**
 * Reads a capture.
 *
 * @param name Its name, without extension.
 * @returns The capture.
 */
export function readCapture(name: string): Capture {
  const text = new TextDecoder().decode(readCorpus(`captures/lrzsz/${name}.jsonl`));
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  const { sender, receiver } = lines.pop().summary;
  return { sender, receiver, frames: lines.map(({ t, dir, hex }) => ({ t, dir, bytes: parseHex(hex) })) };
}

/**
 * Gives what went one way.
 *
 * @param capture The capture.
 * @param dir Which way.
 * @returns The frames, in order.
 */
export function framesOf(capture: Capture, dir: CaptureDirection): readonly Bytes[] {
  return capture.frames.filter((frame) => frame.dir === dir).map(({ bytes }) => bytes);
}

/** What came of an end of ours. */
export interface PlayResult<T> {
  /** How its procedure ended. */
  readonly outcome: Outcome<T>;
  /** What it said, in frames. */
  readonly frames: readonly Bytes[];
}

/**
 * Plays one end of a capture against an end of ours: each of its frames comes once ours has said as much as the other end
 * of the capture had, and after the same time.
 *
 * @param capture The capture.
 * @param dir What our end says: `r2s` for a receiver.
 * @param start Makes our procedure.
 * @returns How it ended, and what it said.
 * @throws {Error} When it stays behind the capture, or does not end.
 */
export function playCapture<T>(
  capture: Capture,
  dir: CaptureDirection,
  start: (link: ByteLink) => Procedure<T>,
): PlayResult<T> {
  const player = new Player(start);
  let expectedBytes = 0;
  let previousS = capture.frames[0]!.t;
  for (const { t, dir: frameDir, bytes } of capture.frames) {
    if (frameDir === dir) {
      expectedBytes += bytes.length;
      player.waitFor(expectedBytes);
    } else {
      player.pass(1000 * (t - previousS));
      player.receive(bytes);
    }
    previousS = t;
  }
  player.waitFor(Infinity);
  return { outcome: player.engine.outcome!, frames: player.frames };
}

/** An engine of ours, and the time. */
class Player<T> {
  readonly engine: Engine<T>;
  readonly frames: Bytes[] = [];
  #nowMs = 0;

  constructor(start: (link: ByteLink) => Procedure<T>) {
    this.engine = new Engine(start);
    this.#settle();
  }

  receive(bytes: Bytes): void {
    this.engine.receive(bytes, this.#nowMs);
    this.#settle();
  }

  pass(durationMs: number): void {
    this.#advance(this.#nowMs + durationMs, Infinity);
    this.engine.tick(this.#nowMs);
    this.#settle();
  }

  /** Until it has said as much, or has ended. */
  waitFor(sizeBytes: number): void {
    this.#advance(this.#nowMs + PATIENCE_MS, sizeBytes);
    if (this.engine.outcome === undefined && concatBytes(this.frames).length < sizeBytes) {
      throw new Error(`Our end is silent, and waits for ${JSON.stringify(this.engine.wait)}`);
    }
  }

  #advance(untilMs: number, sizeBytes: number): void {
    while (this.engine.wakeAtMs <= untilMs && concatBytes(this.frames).length < sizeBytes) {
      this.#nowMs = Math.max(this.#nowMs, this.engine.wakeAtMs);
      this.engine.tick(this.#nowMs);
      this.#settle();
    }
    if (sizeBytes === Infinity && this.engine.outcome === undefined) this.#nowMs = untilMs;
  }

  #settle(): void {
    this.frames.push(...this.engine.takeOutput());
    if (this.engine.wait?.kind !== "flush") return;
    this.engine.flushed(this.#nowMs);
    this.#settle();
  }
}
