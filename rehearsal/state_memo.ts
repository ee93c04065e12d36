/**
 * Remembers what came of a device's state: what a loader and a host do follows from flash, registers and what runs, so that
 * equal states end alike. Many power cuts leave the same flash once the loader has repaired it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../core/mod.ts";
import type { FlashSnapshot } from "../emulator/flash.ts";
import type { CellPage } from "../emulator/flash_cells.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";

/** More than ever differ at the same time; the oldest goes. */
const ENTRY_COUNT_MAX = 16;

interface Entry<T> {
  readonly flash: FlashSnapshot;
  readonly registers: Uint32Array;
  readonly hasStarted: boolean;
  readonly value: T;
}

/**
 * A memory of states.
 *
 * @typeParam T What came of them.
 */
export class StateMemo<T> {
  readonly #entries: Entry<T>[] = [];

  /**
   * Gives what came of a state, or finds it out.
   *
   * @param device The device in that state.
   * @param findOut Finds it out; changes the device.
   * @returns What came of it; the device is changed only when it had to be found out.
   */
  recall(device: RehearsalDevice, findOut: () => T): T {
    const { chip, hasStarted } = device;
    const flash = chip.flash.snapshot();
    const registers = chip.backupRegisters.slice();
    const known = this.#entries.find((entry) =>
      entry.hasStarted === hasStarted && registers.every((word, index) => word === entry.registers[index]) &&
      holdsSame(entry.flash, flash)
    );
    if (known !== undefined) return known.value;
    const value = findOut();
    this.#entries.unshift({ flash, registers, hasStarted, value });
    if (this.#entries.length > ENTRY_COUNT_MAX) this.#entries.pop();
    return value;
  }
}

/** Erase counts do not decide anything. */
function holdsSame(a: FlashSnapshot, b: FlashSnapshot): boolean {
  return a.cells.pages.every((page, index) => isSamePage(page, b.cells.pages[index]));
}

function isSamePage(a: CellPage | undefined, b: CellPage | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && equalBytes(a.states, b.states) && equalBytes(a.bytes, b.bytes);
}
