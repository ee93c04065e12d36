/**
 * One direction of a wire: when each byte arrives, and what has become of it.
 *
 * Times are multiples of a byte's time from the moment at which a burst began, never sums, so that they equal the closed
 * form to the last bit.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/mod.ts";
import type { DisturbedPiece, WireFaults } from "./wire_faults.ts";

/** How many bursts that were taken are kept in the list: to empty it each time costs more than it saves. */
const TAKEN_BURSTS_MAX = 64;

/** One direction of a wire, whatever it is made of. */
export interface Lane {
  /** Bytes sent so far, lost ones included. */
  readonly sentCount: number;
  /** Frames sent so far. */
  readonly frameCount: number;
  /** Bytes on their way. */
  readonly pendingCount: number;
  /** When the last byte sent has left the wire, in milliseconds. */
  readonly clearAtMs: number;
  /** When a fault takes the cable away, in milliseconds; `Infinity` for never. */
  readonly unpluggedAtMs: number;
  /** When a fault pulls the reset pin, in milliseconds; `Infinity` for never. */
  readonly resetAtMs: number;
  /** Forgets the reset, which has happened. */
  clearReset(): void;
  /** Puts a frame behind what is there; its bytes are kept until they have arrived. */
  send(frame: Bytes, nowMs: number): void;
  /** Tells when a byte arrives: the one behind so many others on their way; `Infinity` when there is none. */
  arrivalMs(nth: number): number;
  /** Counts the bytes that arrive by a time, just then included. */
  countUntil(atMs: number): number;
  /** Takes bytes, no more than are on their way; not to be modified. */
  take(count: number): Uint8Array;
  /** Loses what arrives after a time. */
  loseAfter(atMs: number): void;
  /** Sends again, from a time on, what has arrived by then and was not taken; left out where nobody makes it wait. */
  postpone?(atMs: number): void;
}

/** How a line behaves. */
export interface LineOptions {
  /** How long one byte takes, in milliseconds; 0 for a line without delay. */
  readonly byteMs: number;
  /** How long a frame takes from the sender to the beginning of the line, in milliseconds. */
  readonly departureMs: number;
  /** How long a byte takes from the end of the line to the receiver, in milliseconds. */
  readonly arrivalMs: number;
  /** Frames set out, and bytes are handed over, at multiples of this only, in milliseconds; 0 for at any time. */
  readonly quantumMs: number;
  /** Which of the two the quantum is for. */
  readonly quantumEnd: "departure" | "arrival";
  /** What happens to the bytes. */
  readonly faults: WireFaults;
  /** Changes a frame on its way, when the two ends do not frame bytes alike. */
  readonly misread: ((frame: Bytes) => Bytes) | undefined;
}

/** Bytes without a gap between them. */
interface Burst {
  readonly bytes: Uint8Array;
  /** How many of them were taken. */
  takenCount: number;
  /** When the line began to carry the bytes that came before, back to the last gap, and these. */
  readonly originMs: number;
  /** How many byte times after that the first of these begins. */
  readonly slot: number;
}

/** Bytes on their way. */
export class Line implements Lane {
  readonly #options: LineOptions;
  #bursts: Burst[] = [];
  /** Bursts before this one were taken. */
  #firstBurst = 0;
  #pendingCount = 0;
  #originMs = 0;
  #slot = 0;
  #sentCount = 0;
  #frameCount = 0;
  #unpluggedAtMs = Infinity;
  #resetAtMs = Infinity;

  /**
   * Makes a line with nothing on it.
   *
   * @param options How it behaves.
   */
  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Bytes sent so far, lost ones included. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Frames sent so far. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /** Bytes on their way. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  /** When the last byte sent has left the wire, in milliseconds. */
  get clearAtMs(): number {
    return this.#originMs + this.#slot * this.#options.byteMs;
  }

  /** When a fault takes the cable away, in milliseconds; `Infinity` for never. */
  get unpluggedAtMs(): number {
    return this.#unpluggedAtMs;
  }

  /** When a fault pulls the reset pin, in milliseconds; `Infinity` for never. */
  get resetAtMs(): number {
    return this.#resetAtMs;
  }

  /** Forgets the reset, which has happened. */
  clearReset(): void {
    this.#resetAtMs = Infinity;
  }

  /**
   * Puts a frame on the line, behind what is there.
   *
   * @param frame The bytes; kept until they have arrived.
   * @param nowMs The time.
   */
  send(frame: Bytes, nowMs: number): void {
    const { departureMs, quantumMs, quantumEnd, faults } = this.#options;
    const readyMs = nowMs + departureMs;
    const startMs = quantumEnd === "departure" ? toQuantum(readyMs, quantumMs) : readyMs;
    if (startMs > this.clearAtMs) this.#beginAt(startMs);
    this.#sentCount += frame.length;
    this.#frameCount++;
    const pieces = faults.disturb(frame);
    if (pieces === undefined) this.#push(frame);
    else for (const piece of pieces) this.#pushPiece(piece);
  }

  /**
   * Tells when a byte arrives.
   *
   * @param nth Which of the bytes on their way, 0 for the next one.
   * @returns The time in milliseconds.
   */
  arrivalMs(nth: number): number {
    let index = nth;
    for (let at = this.#firstBurst; at < this.#bursts.length; at++) {
      const burst = this.#bursts[at]!;
      const leftCount = burst.bytes.length - burst.takenCount;
      if (index < leftCount) return this.#arrivalIn(burst, burst.takenCount + index);
      index -= leftCount;
    }
    return Infinity;
  }

  /**
   * Counts the bytes that arrive by a time.
   *
   * @param atMs The time; a byte that arrives just then counts.
   * @returns How many.
   */
  countUntil(atMs: number): number {
    let count = 0;
    for (let at = this.#firstBurst; at < this.#bursts.length; at++) {
      const burst = this.#bursts[at]!;
      const countInBurst = this.#countIn(burst, atMs);
      count += countInBurst;
      if (countInBurst < burst.bytes.length - burst.takenCount) break;
    }
    return count;
  }

  /**
   * Takes bytes off the line.
   *
   * @param count How many, no more than are on their way.
   * @returns The bytes; not to be modified.
   */
  take(count: number): Uint8Array {
    this.#pendingCount -= count;
    const first = this.#takeFromFirst(count);
    if (first.length === count) return first;
    const pieces = [first];
    for (let leftCount = count - first.length; leftCount > 0;) {
      const piece = this.#takeFromFirst(leftCount);
      pieces.push(piece);
      leftCount -= piece.length;
    }
    return concatBytes(pieces);
  }

  /**
   * Loses what arrives after a time.
   *
   * @param atMs The time.
   */
  loseAfter(atMs: number): void {
    const kept = this.take(this.countUntil(atMs));
    this.#bursts = kept.length === 0 ? [] : [{ bytes: kept, takenCount: 0, originMs: -Infinity, slot: 0 }];
    this.#firstBurst = 0;
    this.#pendingCount = kept.length;
    this.#unpluggedAtMs = Math.min(this.#unpluggedAtMs, atMs);
  }

  #takeFromFirst(count: number): Uint8Array {
    const burst = this.#bursts[this.#firstBurst];
    if (burst === undefined) return new Uint8Array(0);
    const { bytes, takenCount } = burst;
    const end = Math.min(takenCount + count, bytes.length);
    burst.takenCount = end;
    if (end === bytes.length) this.#firstBurst++;
    return takenCount === 0 && end === bytes.length ? bytes : bytes.subarray(takenCount, end);
  }

  #pushPiece({ stallMs, bytes, lostCount, event }: DisturbedPiece): void {
    if (stallMs > 0) this.#beginAt(this.clearAtMs + stallMs);
    const atMs = this.clearAtMs + this.#options.byteMs;
    if (event === "unplug") this.#unpluggedAtMs = Math.min(this.#unpluggedAtMs, atMs);
    if (event === "reset") this.#resetAtMs = Math.min(this.#resetAtMs, atMs);
    this.#push(bytes);
    this.#slot += lostCount;
  }

  #push(frame: Bytes): void {
    if (frame.length === 0) return;
    const { misread } = this.#options;
    const bytes = misread === undefined ? frame : misread(frame);
    const burst = { bytes, takenCount: 0, originMs: this.#originMs, slot: this.#slot };
    this.#slot += frame.length;
    if (bytes.length === 0 || this.#arrivalIn(burst, 0) >= this.#unpluggedAtMs) return;
    if (this.#pendingCount === 0 && this.#firstBurst >= TAKEN_BURSTS_MAX) this.#bursts.length = this.#firstBurst = 0;
    this.#bursts.push(burst);
    this.#pendingCount += bytes.length;
  }

  #beginAt(atMs: number): void {
    this.#originMs = atMs;
    this.#slot = 0;
  }

  #arrivalIn(burst: Burst, index: number): number {
    const { byteMs, arrivalMs, quantumMs, quantumEnd } = this.#options;
    const atMs = burst.originMs + (burst.slot + index + 1) * byteMs + arrivalMs;
    return quantumEnd === "arrival" ? toQuantum(atMs, quantumMs) : atMs;
  }

  /** By bisection over the very times that `arrivalMs` gives, so that the two never differ by a rounding. */
  #countIn(burst: Burst, atMs: number): number {
    const { takenCount, bytes } = burst;
    if (this.#arrivalIn(burst, bytes.length - 1) <= atMs) return bytes.length - takenCount;
    let low = takenCount;
    let high = bytes.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#arrivalIn(burst, middle) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low - takenCount;
  }
}

function toQuantum(atMs: number, quantumMs: number): number {
  return quantumMs === 0 ? atMs : Math.ceil(atMs / quantumMs) * quantumMs;
}
