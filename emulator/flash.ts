/**
 * Main flash that refuses whatever silicon would spoil, counts what it does, and can lose power in any operation.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BankMode, Bytes, Part, Sector } from "../core/mod.ts";
import type { Cut } from "./cut_model.ts";
import { type CutFlash, tearErase, tearProgram, wearMarginalUnit } from "./tear.ts";
import { FlashError, type FlashErrorCode, PowerLossError } from "./error.ts";
import { BROKEN, type CellsSnapshot, ERASED, FlashCells, MARGINAL, PROGRAMMED } from "./flash_cells.ts";
import { FlashMap } from "./flash_map.ts";
import { type FlashOperation, FlashOperations } from "./flash_operations.ts";
import { type FlashTimes, flashTimesOf, type FlashTimesOptions } from "./flash_times.ts";
import { Random } from "./random.ts";

/** Options of a {@linkcode Flash}. */
export interface FlashOptions extends FlashTimesOptions {
  /**
   * Name of one of the part's bank modes.
   *
   * @default {the mode of a new part}
   */
  readonly bankMode?: string | undefined;
  /**
   * Where the garbage of a torn unit comes from.
   *
   * @default {1}
   */
  readonly seed?: number | undefined;
  /** Called after each operation, or with those that one call programmed. */
  readonly onOperation?: ((operation: FlashOperation) => void) | undefined;
}

/** What became of a program unit. */
export type UnitState = "erased" | "programmed" | "torn" | "unreadable";

/** What {@linkcode Flash.snapshot} keeps. */
export interface FlashSnapshot {
  /** Bytes and states. */
  readonly cells: CellsSnapshot;
  /** Erases of each sector. */
  readonly eraseCounts: Uint32Array;
}

/**
 * The flash of one part.
 *
 * It is stricter than silicon. A unit that was programmed refuses a second write until its sector is erased, also where
 * silicon would clear some more bits of it (F4) or take zeros (L0, L4): a writer that needs either works by luck on the
 * next part. All zeros it takes on an F4, for a writer that asks whether the part does. A write has to begin and end on a
 * program unit, and an erase takes one sector by its index, never a range that would be rounded.
 *
 * A refusal changes nothing, except that a write goes on up to the unit that refuses, as on silicon.
 *
 * @example A second write is refused
 * ```ts
 * import assert from "node:assert/strict";
 * import { findPart } from "@coreslot/coreslot/core";
 * import { Flash, FlashError } from "@coreslot/coreslot/emulator";
 *
 * const flash = new Flash(findPart("stm32f407"));
 * flash.program(0x0800_0000, Uint8Array.of(1, 2, 3, 4));
 * assert.throws(() => flash.program(0x0800_0000, Uint8Array.of(1, 2, 3, 0)), FlashError);
 * flash.eraseSector(0);
 * flash.program(0x0800_0000, Uint8Array.of(1, 2, 3, 0));
 * assert.deepEqual(flash.read(0x0800_0000, 4), Uint8Array.of(1, 2, 3, 0));
 * ```
 */
export class Flash {
  /** The part it is of. */
  readonly part: Part;
  /** Addresses, bank mode and write protection. */
  readonly map: FlashMap;
  /** What it did, how long that takes, and the faults that wait. */
  readonly operations: FlashOperations;
  /** How long its operations take. */
  readonly times: FlashTimes;
  /** Erases of each sector since the flash was made, by sector index. */
  readonly eraseCounts: Uint32Array;

  readonly #cells: FlashCells;
  readonly #torn: CutFlash;

  /**
   * Makes erased flash.
   *
   * @param part The part.
   * @param options Bank mode, times and seed.
   * @throws {RangeError} When the part has no such bank mode or no such times.
   */
  constructor(part: Part, options: FlashOptions = {}) {
    this.part = part;
    this.map = new FlashMap(part, options.bankMode);
    this.operations = new FlashOperations(options.onOperation);
    this.eraseCounts = new Uint32Array(Math.max(...part.flash.bankModes.map(sectorCountOf)));
    const { sizeBytes: unitSizeBytes, erasedByte, isWriteOnce } = part.flash.programUnit;
    this.#cells = new FlashCells({ sizeBytes: this.map.sizeBytes, unitSizeBytes, erasedByte });
    const random = new Random(options.seed ?? 1);
    this.#torn = { cells: this.#cells, unitSizeBytes, erasedByte, hasEcc: isWriteOnce, random };
    this.times = flashTimesOf(part, options);
  }

  /** The sectors in the bank mode in use, ascending by address. */
  get sectors(): readonly Sector[] {
    return this.map.sectors;
  }

  /** Bytes of flash, holes not counted. */
  get sizeBytes(): number {
    return this.map.sizeBytes;
  }

  /**
   * Tells what became of the program unit at an address.
   *
   * @param address Absolute address.
   * @returns The state; a marginal unit counts as torn.
   * @throws {FlashError} When there is no flash.
   */
  stateAt(address: number): UnitState {
    const state = this.#cells.stateAt(this.map.offsetOf("read", address, 1));
    if (state === ERASED) return "erased";
    return state === PROGRAMMED ? "programmed" : state === BROKEN ? "unreadable" : "torn";
  }

  /**
   * Tells whether all units of a range are erased and can be programmed. No read: it wears nothing.
   *
   * @param address Absolute address of the first byte.
   * @param sizeBytes How many bytes.
   * @returns `true` when none was programmed or torn.
   * @throws {FlashError} When there is no flash for all of it.
   */
  isErased(address: number, sizeBytes: number): boolean {
    return this.#cells.findUsed(this.map.offsetOf("read", address, sizeBytes), sizeBytes) < 0;
  }

  /**
   * Reads memory.
   *
   * @param address Absolute address of the first byte.
   * @param sizeBytes How many bytes, 0 or more.
   * @returns Fresh bytes.
   * @throws {FlashError} `unmapped` when there is no flash for all of it, `unreadable` when an ECC is broken.
   */
  read(address: number, sizeBytes: number): Bytes {
    const offset = this.map.offsetOf("read", address, sizeBytes);
    if (this.#cells.mayBeTorn) this.#wear(offset, sizeBytes);
    return this.#cells.read(offset, sizeBytes);
  }

  /**
   * Programs units, one after another.
   *
   * @param address Absolute address of the first byte, a multiple of the program unit.
   * @param data The bytes, a multiple of the program unit. Not modified, not kept.
   * @throws {FlashError} When it is refused; see the class.
   * @throws {PowerLossError} When power is lost in one of the units.
   */
  program(address: number, data: Uint8Array): void {
    const unitBytes = this.#torn.unitSizeBytes;
    const offset = this.#offsetOfUnits(address, data.length);
    const protectedAddress = this.map.findProtected(address, data.length);
    if (protectedAddress >= 0) throw new FlashError("protected", "program", protectedAddress);
    const usedOffset = this.#findRefused(offset, data);
    const freeBytes = usedOffset < 0 ? data.length : usedOffset - offset;
    const cutBytes = this.operations.countToCut * unitBytes;
    const doneBytes = Math.min(freeBytes, cutBytes);
    this.#programUnits(address, offset, doneBytes === data.length ? data : data.subarray(0, doneBytes));
    if (cutBytes < freeBytes) {
      const unit = { offset: offset + doneBytes, data: data.subarray(doneBytes, doneBytes + unitBytes) };
      this.#losePower((cut) => tearProgram(this.#torn, cut, unit));
    }
    if (usedOffset >= 0) {
      throw new FlashError(this.#reasonOfRefusal(usedOffset), "program", address + usedOffset - offset);
    }
  }

  /**
   * Erases a sector.
   *
   * @param index The sector's index over all banks.
   * @throws {FlashError} `unmapped` when there is no such sector, `protected` when it is write-protected.
   * @throws {PowerLossError} When power is lost in it.
   */
  eraseSector(index: number): void {
    const sector = this.sectors[index];
    if (sector === undefined) throw new FlashError("unmapped", "erase", this.part.flash.addressStart);
    this.#erase("erase-sector", [sector], this.times.sectorEraseMs.get(sector.sizeBytes) ?? 0);
  }

  /**
   * Erases a bank, or all of them at once: one operation.
   *
   * @param bank 1 or 2; left out for all.
   * @throws {FlashError} `unmapped` when there is no such bank, `protected` when one of its sectors is write-protected.
   * @throws {PowerLossError} When power is lost in it.
   */
  eraseBank(bank?: number): void {
    const sectors = bank === undefined ? this.sectors : this.sectors.filter((sector) => sector.bank === bank);
    if (sectors.length === 0) throw new FlashError("unmapped", "erase", this.part.flash.addressStart);
    this.#erase("erase-bank", sectors, this.times.massEraseMs);
  }

  /**
   * Sets what flash holds without an operation, as a programmer in a factory does. Units that read as erased are erased.
   *
   * @param address Absolute address of the first byte, a multiple of the program unit.
   * @param data The bytes, a multiple of the program unit.
   * @throws {FlashError} When there is no flash for all of it, or it does not begin and end on a unit.
   */
  preload(address: number, data: Uint8Array): void {
    const { unitSizeBytes, erasedByte } = this.#torn;
    const offset = this.#offsetOfUnits(address, data.length);
    for (let at = 0; at < data.length; at += unitSizeBytes) {
      const unit = data.subarray(at, at + unitSizeBytes);
      if (unit.every((byte) => byte === erasedByte)) this.#cells.erase(offset + at, unitSizeBytes, ERASED);
      else this.#cells.write(offset + at, unit, PROGRAMMED);
    }
  }

  /**
   * Keeps bytes, states and wear. Cheap: pages are shared until one side writes.
   *
   * @returns What {@linkcode Flash.restore} takes.
   */
  snapshot(): FlashSnapshot {
    return { cells: this.#cells.snapshot(), eraseCounts: this.eraseCounts.slice() };
  }

  /**
   * Goes back to what was.
   *
   * @param snapshot Of flash of the same part.
   */
  restore(snapshot: FlashSnapshot): void {
    this.#cells.restore(snapshot.cells);
    this.eraseCounts.set(snapshot.eraseCounts);
  }

  #offsetOfUnits(address: number, sizeBytes: number): number {
    const unitBytes = this.#torn.unitSizeBytes;
    const offset = this.map.offsetOf("program", address, sizeBytes);
    if (address % unitBytes !== 0) throw new FlashError("misaligned", "program", address);
    if (sizeBytes % unitBytes !== 0) throw new FlashError("partial-unit", "program", address + sizeBytes);
    return offset;
  }

  /** Where bits may go from 1 to 0 without an erase, zeros go over whatever is there; nothing else is let pass for that. */
  #findRefused(offset: number, data: Uint8Array): number {
    const { unitSizeBytes } = this.#torn;
    const usedOffset = this.#cells.findUsed(offset, data.length);
    if (usedOffset < 0 || this.part.flash.programUnit.isWriteOnce) return usedOffset;
    for (let at = usedOffset - offset; at < data.length; at += unitSizeBytes) {
      const isZero = data.subarray(at, at + unitSizeBytes).every((byte) => byte === 0);
      if (!isZero && this.#cells.stateAt(offset + at) !== ERASED) return offset + at;
    }
    return -1;
  }

  #reasonOfRefusal(offset: number): FlashErrorCode {
    if (this.#cells.stateAt(offset) !== PROGRAMMED) return "torn";
    return this.part.flash.programUnit.isWriteOnce ? "written-twice" : "not-erased";
  }

  #programUnits(address: number, offset: number, data: Uint8Array): void {
    if (data.length === 0) return;
    const count = data.length / this.#torn.unitSizeBytes;
    this.#cells.write(offset, data, PROGRAMMED);
    const durationMs = count * this.times.programMs;
    this.operations.finish("program", { count, address, sizeBytes: data.length, durationMs });
  }

  #erase(kind: "erase-sector" | "erase-bank", sectors: readonly Sector[], durationMs: number): void {
    const refusing = sectors.find(({ index }) => this.map.isProtected(index));
    if (refusing !== undefined) throw new FlashError("protected", "erase", refusing.addressStart);
    const address = sectors[0]!.addressStart;
    const sizeBytes = sectors.reduce((sum, sector) => sum + sector.sizeBytes, 0);
    // All banks at once begin at offset 0, swapped or not, with a hole or without.
    const offset = sizeBytes === this.sizeBytes ? 0 : this.map.offsetOf("erase", address, sizeBytes);
    for (const { index } of sectors) this.eraseCounts[index]!++;
    if (this.operations.countToCut === 0) {
      this.#losePower((cut) => tearErase(this.#torn, cut, { offset, sizeBytes }));
    }
    this.#cells.erase(offset, sizeBytes, ERASED);
    this.operations.finish(kind, { count: 1, address, sizeBytes, durationMs });
  }

  #losePower(tear: (cut: Cut) => void): never {
    const { index, cut } = this.operations.springCut();
    tear(cut);
    throw new PowerLossError(index);
  }

  #wear(offset: number, sizeBytes: number): void {
    const unitBytes = this.#torn.unitSizeBytes;
    for (let unit = offset - offset % unitBytes; unit < offset + sizeBytes; unit += unitBytes) {
      if (this.#cells.stateAt(unit) >= MARGINAL) wearMarginalUnit(this.#torn, unit);
      if (this.#cells.stateAt(unit) === BROKEN) throw new FlashError("unreadable", "read", this.map.addressOf(unit));
    }
  }
}

function sectorCountOf({ sectorRuns }: BankMode): number {
  return sectorRuns.reduce((sum, { sectorCount }) => sum + sectorCount, 0);
}
