/**
 * Faults and noise of one direction of a wire, applied to bytes as they are sent. A wire without a fault in sight pays a
 * comparison a frame.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";
import { type Direction, type Fault, isWireFault, type WireFault } from "./faults.ts";
import { Random } from "./random.ts";

/** Bits inverted at random. */
export interface Noise {
  /** How likely a bit is inverted, 0 to 1. */
  readonly bitErrorRate: number;
  /** Where the noise comes from. */
  readonly seed: number;
}

/** A piece of what was sent, and what becomes of it. */
export interface DisturbedPiece {
  /** How late it comes, and all behind it, in milliseconds. */
  readonly stallMs: number;
  /** What arrives; nothing of a byte that is lost. */
  readonly bytes: Bytes;
  /** Bytes that take their time on the wire and do not arrive. */
  readonly lostCount: number;
  /** What happens when the byte that was lost would have arrived. */
  readonly event: "unplug" | "reset" | undefined;
}

/**
 * The faults of one direction, in order of bytes.
 *
 * @example A byte that is lost, for a port of one's own
 * ```ts
 * import { parseFaults, WireFaults } from "@coreslot/coreslot/emulator";
 *
 * const faults = new WireFaults("h2t", parseFaults("drop:h2t:1"));
 * const pieces = faults.disturb(Uint8Array.of(1, 2, 3)) ?? [];
 * console.assert(pieces.flatMap(({ bytes }) => [...bytes]).join() === "1,3");
 * console.assert(faults.disturb(Uint8Array.of(4)) === undefined);
 * ```
 */
export class WireFaults {
  readonly #direction: Direction;
  /** The last one comes first. */
  readonly #faults: WireFault[];
  readonly #random: Random | undefined;
  readonly #bitErrorRate: number;
  #noisyBit = Infinity;
  #nextIndex = Infinity;
  #sentCount = 0;

  /**
   * Sorts the faults.
   *
   * @param direction Which way the bytes go.
   * @param faults Faults of a run, in any order; those of the other direction, or not of the wire, are left out.
   * @param noise Bits that are inverted besides.
   */
  constructor(direction: Direction, faults: readonly Fault[], noise?: Noise) {
    this.#direction = direction;
    this.#faults = faults.filter(isWireFault).filter((fault) => fault.direction === direction)
      .sort((a, b) => b.byteIndex - a.byteIndex);
    this.#bitErrorRate = noise?.bitErrorRate ?? 0;
    if (noise !== undefined && noise.bitErrorRate > 0) {
      this.#random = new Random(noise.seed);
      this.#noisyBit = -1;
      this.#drawNoise();
    }
    this.#findNext();
  }

  /**
   * Disturbs what is sent.
   *
   * @param frame The bytes, behind those of the calls before. Not modified.
   * @returns What becomes of them, in order; `undefined` when nothing happens to them.
   */
  disturb(frame: Bytes): DisturbedPiece[] | undefined {
    const first = this.#sentCount;
    this.#sentCount += frame.length;
    if (this.#nextIndex >= this.#sentCount) return undefined;
    const pieces: DisturbedPiece[] = [];
    let done = 0;
    while (this.#nextIndex < this.#sentCount) {
      const at = this.#nextIndex - first;
      if (at > done) pieces.push(untouched(frame.subarray(done, at)));
      pieces.push(this.#disturbByte(frame[at]!));
      done = at + 1;
    }
    if (done < frame.length) pieces.push(untouched(frame.subarray(done)));
    return pieces;
  }

  #disturbByte(byte: number): DisturbedPiece {
    let stallMs = 0;
    let copyCount = 1;
    let event: DisturbedPiece["event"];
    for (const fault of this.#takeFaults(this.#nextIndex)) {
      if (fault.kind === "flip") byte ^= 1 << (fault.bit ?? 0);
      else if (fault.kind === "stall") stallMs += fault.stallMs ?? 0;
      else copyCount = fault.kind === "duplicate" ? 2 : 0;
      if (fault.kind === "unplug" || fault.kind === "reset") event = fault.kind;
    }
    // Whatever else happens to it, the byte at which a cable goes is lost.
    if (event !== undefined) copyCount = 0;
    return { stallMs, bytes: new Uint8Array(copyCount).fill(byte), lostCount: copyCount === 0 ? 1 : 0, event };
  }

  #takeFaults(byteIndex: number): WireFault[] {
    const taken: WireFault[] = [];
    while (this.#faults.at(-1)?.byteIndex === byteIndex) taken.push(this.#faults.pop()!);
    while (Math.floor(this.#noisyBit / 8) === byteIndex) {
      taken.push({ kind: "flip", direction: this.#direction, byteIndex, bit: this.#noisyBit % 8 });
      this.#drawNoise();
    }
    this.#findNext();
    return taken;
  }

  #findNext(): void {
    this.#nextIndex = Math.min(this.#faults.at(-1)?.byteIndex ?? Infinity, Math.floor(this.#noisyBit / 8));
  }

  /** Draws the distance to the next inverted bit, which is distributed geometrically. */
  #drawNoise(): void {
    const distance = Math.floor(Math.log(1 - this.#random!.fraction()) / Math.log(1 - this.#bitErrorRate));
    this.#noisyBit += 1 + distance;
  }
}

function untouched(bytes: Bytes): DisturbedPiece {
  return { stallMs: 0, bytes, lostCount: 0, event: undefined };
}
