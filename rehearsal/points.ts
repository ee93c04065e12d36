/**
 * The points of an update at which something goes wrong: enumerated first, sampled afterwards.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CUTS, CUTS_PER_OPERATION } from "../emulator/fault_lists.ts";
import type { CutFault, WireFault } from "../emulator/faults.ts";
import { Random } from "../emulator/random.ts";
import type { OperationFacts } from "./recording.ts";

/** How many frames the cable is pulled at, spread evenly over the update, when not at every one. */
export const UNPLUG_COUNT_DEFAULT = 16;

/** What goes wrong at a point. */
export type PointFault = CutFault | WireFault;

/** Where points come from. */
export interface Point {
  /** What goes wrong. */
  readonly fault: PointFault;
  /** `given` by the user, to be tried again. */
  readonly origin: "enumerated" | "sampled" | "given";
}

/** Which points are tried. */
export interface PointOptions {
  /** Whether power goes away in every flash operation, and the cable is pulled at every frame. */
  readonly everywhere: boolean;
  /** How many cuts are drawn from all there are. */
  readonly sampleCount: number;
  /** Where they are drawn from. */
  readonly seed: number;
}

/** What an update has that can be hit. */
export interface PointSpace {
  /** What each operation was, in order. */
  readonly operations: readonly OperationFacts[];
  /** Index of the first byte of each frame that the host sent. */
  readonly frameOffsets: readonly number[];
}

/**
 * Lists the points of an update.
 *
 * @param space The update.
 * @param options Which points.
 * @returns The points; sampled ones last.
 */
export function listPoints(space: PointSpace, options: PointOptions): Point[] {
  const { operations, frameOffsets } = space;
  const { everywhere, sampleCount, seed } = options;
  const numbers = everywhere ? operations.map(({ operation }) => operation) : pickOperations(operations);
  const offsets = everywhere ? frameOffsets : pickEvenly(frameOffsets, UNPLUG_COUNT_DEFAULT);
  const faults: PointFault[] = [
    ...numbers.flatMap((operation) => CUTS.map((cut): CutFault => ({ kind: "cut", operation, ...cut }))),
    ...offsets.map((byteIndex): WireFault => ({ kind: "unplug", direction: "h2t", byteIndex })),
  ];
  const samples = sampleCuts(operations.length, { sampleCount, seed });
  return [
    ...faults.map((fault): Point => ({ fault, origin: "enumerated" })),
    ...samples.map((fault): Point => ({ fault, origin: "sampled" })),
  ];
}

/**
 * Picks the operations that decide something: every erase, every unit of headers and commit words, and the first, middle
 * and last of each run of other program operations. A run goes on as long as nothing but payload is programmed upwards.
 *
 * @param operations What each operation was, in order.
 * @returns Their numbers, ascending.
 */
export function pickOperations(operations: readonly OperationFacts[]): number[] {
  const picked: number[] = [];
  let run: number[] = [];
  const close = () => {
    const places = new Set([0, run.length >> 1, run.length - 1]);
    if (run.length > 0) picked.push(...[...places].map((place) => run[place]!));
    run = [];
  };
  for (const [nth, facts] of operations.entries()) {
    const isPayload = facts.kind === "program" && facts.part === "payload";
    const before = operations[nth - 1];
    if (!isPayload || before === undefined || before.address > facts.address || before.slot !== facts.slot) close();
    if (isPayload) run.push(facts.operation);
    else picked.push(facts.operation);
  }
  close();
  return picked.sort((a, b) => a - b);
}

function pickEvenly<T>(values: readonly T[], count: number): readonly T[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, nth) => values[Math.round(nth * (values.length - 1) / (count - 1))]!);
}

function sampleCuts(
  operationCount: number,
  { sampleCount, seed }: Pick<PointOptions, "sampleCount" | "seed">,
): CutFault[] {
  const random = new Random(seed);
  return Array.from({ length: operationCount === 0 ? 0 : sampleCount }, () => {
    const nth = random.below(operationCount * CUTS_PER_OPERATION);
    return { kind: "cut", operation: Math.floor(nth / CUTS_PER_OPERATION), ...CUTS[nth % CUTS_PER_OPERATION]! };
  });
}
