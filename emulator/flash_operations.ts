/**
 * The operations of one flash: how many there were, how long they keep it busy, and the faults that wait for one.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Cut } from "./cut_model.ts";

/** One erase, or program operations in a row. */
export interface FlashOperation {
  /** Number of the first operation, 0-based, since the flash was made. */
  readonly index: number;
  /** How many: each program unit is one, and so is each erase. */
  readonly count: number;
  /** What was done. */
  readonly kind: "program" | "erase-sector" | "erase-bank";
  /** Absolute address of the first byte. */
  readonly address: number;
  /** Bytes programmed or erased. */
  readonly sizeBytes: number;
  /** How long they keep the flash busy, in milliseconds. */
  readonly durationMs: number;
}

/** Counts operations, adds up their times, and springs faults. Operations to come are counted from 0, the next one. */
export class FlashOperations {
  readonly #onOperation: ((operation: FlashOperation) => void) | undefined;
  #count = 0;
  #busyMs = 0;
  #cuts: Map<number, Cut> | undefined;
  #cutIndex = Infinity;
  #extraMs: Map<number, number> | undefined;

  /**
   * Starts counting.
   *
   * @param onOperation Called after each operation, or with those that one call programmed.
   */
  constructor(onOperation?: (operation: FlashOperation) => void) {
    this.#onOperation = onOperation;
  }

  /** Operations since the flash was made: each program unit is one, and so is each erase. */
  get count(): number {
    return this.#count;
  }

  /** How many operations to come have power until their end; `Infinity` when no cut waits. */
  get countToCut(): number {
    return this.#cutIndex - this.#count;
  }

  /**
   * Lets power go away in an operation to come.
   *
   * @param operation Its number, counted from the next one, which is 0.
   * @param cut What is left behind.
   */
  cutAt(operation: number, cut: Cut): void {
    this.#cuts ??= new Map();
    this.#cuts.set(this.#count + operation, cut);
    this.#cutIndex = Math.min(...this.#cuts.keys());
  }

  /**
   * Lets an operation to come take longer.
   *
   * @param operation Its number, counted from the next one, which is 0.
   * @param extraMs How much longer, in milliseconds.
   */
  delayAt(operation: number, extraMs: number): void {
    this.#extraMs ??= new Map();
    this.#extraMs.set(this.#count + operation, extraMs);
  }

  /** Forgets cuts and delays that have not happened. */
  disarm(): void {
    this.#cuts = undefined;
    this.#cutIndex = Infinity;
    this.#extraMs = undefined;
  }

  /**
   * Takes the time that the operations since the last call keep the flash busy.
   *
   * @returns Milliseconds.
   */
  takeBusyMs(): number {
    const busyMs = this.#busyMs;
    this.#busyMs = 0;
    return busyMs;
  }

  /**
   * Keeps the flash busy with something that is no operation of its own: option bytes.
   *
   * @param durationMs How long, in milliseconds.
   */
  addBusyMs(durationMs: number): void {
    this.#busyMs += durationMs;
  }

  /**
   * For the flash: counts operations that were done.
   *
   * @param kind What was done.
   * @param done How many, where, and how long they take together, in milliseconds.
   */
  finish(kind: FlashOperation["kind"], done: Omit<FlashOperation, "index" | "kind">): void {
    const index = this.#count;
    this.#count += done.count;
    const durationMs = done.durationMs + this.#extraMsOf(index, done.count);
    this.#busyMs += durationMs;
    this.#onOperation?.({ ...done, index, kind, durationMs });
  }

  /**
   * For the flash: counts the operation that power goes away in.
   *
   * @returns Its number and what it leaves behind.
   */
  springCut(): { readonly index: number; readonly cut: Cut } {
    const index = this.#count++;
    const cut = this.#cuts!.get(index)!;
    this.#cuts!.delete(index);
    this.#cutIndex = Math.min(...this.#cuts!.keys());
    return { index, cut };
  }

  #extraMsOf(first: number, count: number): number {
    if (this.#extraMs === undefined) return 0;
    let sumMs = 0;
    for (const [index, extraMs] of this.#extraMs) if (index >= first && index < first + count) sumMs += extraMs;
    return sumMs;
  }
}
