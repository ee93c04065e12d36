/**
 * Lists of faults: all single ones, and random ones from a seed. Enumerate first, sample afterwards.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Cut, CutModel } from "./cut_model.ts";
import type { CutFault, Direction, Fault, WireFault } from "./faults.ts";
import { Random } from "./random.ts";

/** Longer than any answer takes but that of an erase, so that a stalled byte is given up. */
const STALL_MS_DEFAULT = 1500;

/** How many faults one byte can have: drop, duplicate, stall and a flip of each bit. */
export const FAULTS_PER_BYTE = 11;

/** How many ways there are for power to go away in one operation: model 0, and models 1 to 6 with either half first. */
export const CUTS_PER_OPERATION = 13;

/** What a run without faults cost: the places where faults can be. */
export interface FaultSpace {
  /** Bytes from host to target. */
  readonly bytesToTarget: number;
  /** Bytes from target to host. */
  readonly bytesToHost: number;
  /**
   * Flash operations.
   *
   * @default {0}
   */
  readonly flashOperations?: number | undefined;
  /**
   * How late a stalled byte comes, in milliseconds.
   *
   * @default {1500}
   */
  readonly stallMs?: number | undefined;
}

/** Options of {@linkcode sampleFaults}. */
export interface SampleFaultsOptions extends FaultSpace {
  /** Where the faults come from. */
  readonly seed: number;
  /** How many faults to draw. */
  readonly faultCount: number;
}

/** Every way in which power can go away in an operation. */
export const CUTS: readonly Cut[] = [
  { model: 0 },
  ...([1, 2, 3, 4, 5, 6] as const).flatMap((model: CutModel): Cut[] => [
    { model, half: "low" },
    { model, half: "high" },
  ]),
];

/**
 * Enumerates each fault of each byte, both ways.
 *
 * @param space The bytes of a run without faults.
 * @returns {@linkcode FAULTS_PER_BYTE} for each byte, one after another.
 *
 * @example How many runs a sweep takes
 * ```ts
 * import { enumerateWireFaults } from "@coreslot/coreslot/emulator";
 *
 * console.assert([...enumerateWireFaults({ bytesToTarget: 627, bytesToHost: 9 })].length === 6996);
 * ```
 */
export function* enumerateWireFaults(space: FaultSpace): Generator<WireFault, void, void> {
  const ways: readonly [Direction, number][] = [["h2t", space.bytesToTarget], ["t2h", space.bytesToHost]];
  for (const [direction, byteCount] of ways) {
    for (let byteIndex = 0; byteIndex < byteCount; byteIndex++) {
      for (let nth = 0; nth < FAULTS_PER_BYTE; nth++) yield wireFault(space, { direction, byteIndex }, nth);
    }
  }
}

/**
 * Enumerates each way in which power can go away in each flash operation.
 *
 * @param space The flash operations of a run without faults.
 * @returns {@linkcode CUTS_PER_OPERATION} for each operation, one after another.
 */
export function* enumerateCuts(space: Pick<FaultSpace, "flashOperations">): Generator<CutFault, void, void> {
  for (let operation = 0; operation < (space.flashOperations ?? 0); operation++) {
    for (const cut of CUTS) yield { kind: "cut", operation, ...cut };
  }
}

/**
 * Draws faults at random, for runs with more than one.
 *
 * @param options Where from, how many, and what can be hit.
 * @returns The faults; the same ones for the same options.
 * @throws {RangeError} When there is neither a byte nor an operation to hit.
 */
export function sampleFaults(options: SampleFaultsOptions): Fault[] {
  const { bytesToTarget, bytesToHost, flashOperations = 0 } = options;
  const placeCount = bytesToTarget + bytesToHost + flashOperations;
  if (placeCount === 0) throw new RangeError("Cannot draw faults: the run has neither bytes nor flash operations");
  const random = new Random(options.seed);
  const faults: Fault[] = [];
  while (faults.length < options.faultCount) {
    const place = random.below(placeCount);
    if (place < bytesToTarget) {
      faults.push(wireFault(options, { direction: "h2t", byteIndex: place }, random.below(FAULTS_PER_BYTE)));
    } else if (place < bytesToTarget + bytesToHost) {
      const byteIndex = place - bytesToTarget;
      faults.push(wireFault(options, { direction: "t2h", byteIndex }, random.below(FAULTS_PER_BYTE)));
    } else {
      const operation = place - bytesToTarget - bytesToHost;
      faults.push({ kind: "cut", operation, ...CUTS[random.below(CUTS_PER_OPERATION)]! });
    }
  }
  return faults;
}

/** Gives one of the faults that a byte can have, 0 to {@linkcode FAULTS_PER_BYTE} - 1. */
function wireFault(space: FaultSpace, place: Pick<WireFault, "direction" | "byteIndex">, nth: number): WireFault {
  switch (nth) {
    case 0:
      return { kind: "drop", ...place };
    case 1:
      return { kind: "duplicate", ...place };
    case 2:
      return { kind: "stall", ...place, stallMs: space.stallMs ?? STALL_MS_DEFAULT };
    default:
      return { kind: "flip", ...place, bit: nth - 3 };
  }
}
