/**
 * Leaves flash the way a power cut does, by the models of `cut_model.ts`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Cut, MARGINAL_READS_DEFAULT } from "./cut_model.ts";
import { BROKEN, ERASED, type FlashCells, MARGINAL, TORN } from "./flash_cells.ts";
import type { Random } from "./random.ts";

/** The flash that is cut. */
export interface CutFlash {
  /** Its cells. */
  readonly cells: FlashCells;
  /** Bytes of a program unit. */
  readonly unitSizeBytes: number;
  /** What an erased byte reads. */
  readonly erasedByte: number;
  /** Whether a unit can read as an error. */
  readonly hasEcc: boolean;
  /** Where garbage comes from. */
  readonly random: Random;
}

/**
 * Leaves one program unit half done.
 *
 * @param flash The flash.
 * @param cut What is left behind.
 * @param unit Where the unit is, and what was to be programmed.
 */
export function tearProgram(
  flash: CutFlash,
  cut: Cut,
  unit: { readonly offset: number; readonly data: Uint8Array },
): void {
  const { cells, unitSizeBytes } = flash;
  const { offset, data } = unit;
  const before = cells.read(offset, unitSizeBytes);
  switch (cut.model) {
    case 0:
      return;
    case 1: {
      const half = data.slice();
      const middle = unitSizeBytes / 2;
      if (cut.half === "high") half.set(before.subarray(0, middle));
      else half.set(before.subarray(middle), middle);
      return cells.write(offset, half, TORN);
    }
    case 2:
      return cells.write(offset, garbage(flash), TORN);
    case 3:
      return cells.write(offset, garbage(flash), flash.hasEcc ? BROKEN : TORN);
    case 4:
      return cells.write(offset, before, TORN);
    case 5:
      return cells.write(offset, data, marginalState(cut));
    case 6:
      return cells.write(offset, before, marginalState(cut));
  }
}

/**
 * Leaves an erase half done.
 *
 * @param flash The flash.
 * @param cut What is left behind.
 * @param range What was to be erased, a sector or more.
 */
export function tearErase(
  flash: CutFlash,
  cut: Cut,
  range: { readonly offset: number; readonly sizeBytes: number },
): void {
  if (cut.model === 0) return;
  const { cells, unitSizeBytes } = flash;
  const halfBytes = range.sizeBytes / 2;
  const middle = range.offset + halfBytes;
  const isHigh = cut.half === "high";
  const reached = isHigh ? middle : range.offset;
  const untouched = isHigh ? range.offset : middle;
  const atCut = isHigh ? middle - unitSizeBytes : middle;
  // What was blank in the other half reads blank, and yet needs the erase as much as the rest of its sector.
  for (let offset = untouched; offset < untouched + halfBytes; offset += unitSizeBytes) {
    if (cells.stateAt(offset) === ERASED) cells.erase(offset, unitSizeBytes, TORN);
  }
  if (cut.model === 6) return fade(flash, cut, { offset: reached, sizeBytes: halfBytes });
  cells.erase(reached, halfBytes, stateOfReachedHalf(flash, cut));
  if (cut.model === 1) return;
  if (cut.model === 2 || cut.model === 3) {
    cells.write(atCut, garbage(flash), flash.hasEcc && cut.model === 3 ? BROKEN : TORN);
  } else cells.erase(atCut, unitSizeBytes, stateOfReachedHalf(flash, cut));
}

/**
 * Lets a marginal unit be read once more.
 *
 * @param flash The flash.
 * @param offset Of the unit, which is marginal.
 */
export function wearMarginalUnit(flash: CutFlash, offset: number): void {
  const { cells, unitSizeBytes } = flash;
  const state = cells.stateAt(offset);
  if (state > MARGINAL) cells.write(offset, cells.read(offset, unitSizeBytes), state - 1);
  else cells.write(offset, garbage(flash), flash.hasEcc ? BROKEN : TORN);
}

/** What cannot be read any more stays so. */
function fade({ cells, unitSizeBytes }: CutFlash, cut: Cut, range: { offset: number; sizeBytes: number }): void {
  const end = range.offset + range.sizeBytes;
  for (let offset = range.offset; offset < end; offset += unitSizeBytes) {
    if (cells.stateAt(offset) !== BROKEN) cells.write(offset, cells.read(offset, unitSizeBytes), marginalState(cut));
  }
}

function stateOfReachedHalf(flash: CutFlash, cut: Cut): number {
  if (cut.model === 3 && flash.hasEcc) return BROKEN;
  return cut.model === 5 ? marginalState(cut) : TORN;
}

function marginalState(cut: Cut): number {
  return MARGINAL + (cut.reads ?? MARGINAL_READS_DEFAULT);
}

function garbage({ unitSizeBytes, random }: CutFlash): Uint8Array {
  return Uint8Array.from({ length: unitSizeBytes }, () => random.below(256));
}
