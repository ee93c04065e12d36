/**
 * The bytes of flash and what became of each program unit, in pages that exist only once something was written there:
 * a sweep makes a chip of 2 MiB for each of its runs.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";

/** A multiple of every part's program unit. */
const PAGE_SIZE_BYTES = 4096;

/** The unit is erased and can be programmed. */
export const ERASED = 0;
/** The unit holds what was programmed. */
export const PROGRAMMED = 1;
/** Power was lost in the unit; it reads as it stands and refuses to be programmed. */
export const TORN = 2;
/** The unit's ECC is broken: it cannot be read. */
export const BROKEN = 3;
/** The unit reads right `state - MARGINAL` more times. */
export const MARGINAL = 4;

/** A piece of flash. */
export interface CellPage {
  /** Who may write here; anybody else makes a copy first. */
  owner: symbol;
  /** Its bytes. */
  readonly bytes: Bytes;
  /** What became of its units. */
  readonly states: Uint8Array;
}

/** What {@linkcode FlashCells.snapshot} keeps. */
export interface CellsSnapshot {
  /** The pages; shared with the flash until one of the two writes. */
  readonly pages: readonly (CellPage | undefined)[];
  /** Whether a unit may be torn. */
  readonly mayBeTorn: boolean;
}

/** What {@linkcode FlashCells} are made of. */
export interface CellsOptions {
  /** Bytes of flash. */
  readonly sizeBytes: number;
  /** Bytes of a program unit. */
  readonly unitSizeBytes: number;
  /** What an erased byte reads. */
  readonly erasedByte: number;
}

/** Bytes and states by offset. It keeps what it is told and refuses nothing: the rules are `Flash`'s. */
export class FlashCells {
  readonly #options: CellsOptions;
  #pages: (CellPage | undefined)[];
  #owner = Symbol();
  /** Pages that nobody else has: memory that was touched before is several times faster than fresh memory. */
  #spare: CellPage[] = [];
  #mayBeTorn = false;

  /**
   * Makes erased flash.
   *
   * @param options Its size and kind.
   */
  constructor(options: CellsOptions) {
    this.#options = options;
    this.#pages = new Array(Math.ceil(options.sizeBytes / PAGE_SIZE_BYTES)).fill(undefined);
  }

  /** Whether a unit was torn since all was erased at the start: a read may skip the states otherwise. */
  get mayBeTorn(): boolean {
    return this.#mayBeTorn;
  }

  /**
   * Copies bytes out.
   *
   * @param offset Of the first byte.
   * @param sizeBytes How many.
   * @returns Fresh bytes.
   */
  read(offset: number, sizeBytes: number): Bytes {
    const bytes = new Uint8Array(sizeBytes);
    for (let done = 0; done < sizeBytes;) {
      const within = (offset + done) % PAGE_SIZE_BYTES;
      const count = Math.min(PAGE_SIZE_BYTES - within, sizeBytes - done);
      const page = this.#pages[(offset + done - within) / PAGE_SIZE_BYTES];
      if (page === undefined) bytes.fill(this.#options.erasedByte, done, done + count);
      else bytes.set(page.bytes.subarray(within, within + count), done);
      done += count;
    }
    return bytes;
  }

  /**
   * Stores whole units.
   *
   * @param offset Of the first unit.
   * @param data Their bytes.
   * @param state What becomes of them.
   */
  write(offset: number, data: Uint8Array, state: number): void {
    for (let done = 0; done < data.length;) {
      const within = (offset + done) % PAGE_SIZE_BYTES;
      const count = Math.min(PAGE_SIZE_BYTES - within, data.length - done);
      const page = this.#own((offset + done - within) / PAGE_SIZE_BYTES);
      page.bytes.set(count === data.length ? data : data.subarray(done, done + count), within);
      this.#fillStates(page, { within, count, state });
      done += count;
    }
    this.#mayBeTorn ||= state > PROGRAMMED;
  }

  /**
   * Makes units read as erased.
   *
   * @param offset Of the first unit.
   * @param sizeBytes Bytes of all of them.
   * @param state What becomes of them; {@linkcode ERASED} after an erase that came to its end.
   */
  erase(offset: number, sizeBytes: number, state: number): void {
    const end = offset + sizeBytes;
    while (offset < end) {
      const within = offset % PAGE_SIZE_BYTES;
      const count = Math.min(PAGE_SIZE_BYTES - within, end - offset);
      const index = (offset - within) / PAGE_SIZE_BYTES;
      if (state === ERASED && count === PAGE_SIZE_BYTES) {
        this.#drop(index);
      } else if (state !== ERASED || this.#pages[index] !== undefined) {
        const page = this.#own(index);
        page.bytes.fill(this.#options.erasedByte, within, within + count);
        this.#fillStates(page, { within, count, state });
      }
      offset += count;
    }
    this.#mayBeTorn ||= state > PROGRAMMED;
  }

  /**
   * Tells what became of a unit.
   *
   * @param offset Of any of its bytes.
   * @returns One of the states of this module.
   */
  stateAt(offset: number): number {
    const page = this.#pages[Math.floor(offset / PAGE_SIZE_BYTES)];
    return page === undefined ? ERASED : page.states[this.#unitOf(offset % PAGE_SIZE_BYTES)]!;
  }

  /**
   * Finds the first unit that is not erased.
   *
   * @param offset Of the first unit to look at.
   * @param sizeBytes Bytes of all of them.
   * @returns Its offset, or -1 when all are erased.
   */
  findUsed(offset: number, sizeBytes: number): number {
    const { unitSizeBytes } = this.#options;
    const end = offset + sizeBytes;
    for (let pageStart = offset - offset % PAGE_SIZE_BYTES; pageStart < end; pageStart += PAGE_SIZE_BYTES) {
      const states = this.#pages[pageStart / PAGE_SIZE_BYTES]?.states;
      if (states === undefined) continue;
      const lastUnit = this.#unitOf(Math.min(end - pageStart, PAGE_SIZE_BYTES));
      for (let unit = this.#unitOf(Math.max(offset - pageStart, 0)); unit < lastUnit; unit++) {
        if (states[unit] !== ERASED) return pageStart + unit * unitSizeBytes;
      }
    }
    return -1;
  }

  /**
   * Keeps all there is, in constant time a page.
   *
   * @returns What {@linkcode restore} takes.
   */
  snapshot(): CellsSnapshot {
    this.#owner = Symbol();
    return { pages: this.#pages.slice(), mayBeTorn: this.#mayBeTorn };
  }

  /**
   * Goes back to what was.
   *
   * @param snapshot Of flash with the same options.
   */
  restore(snapshot: CellsSnapshot): void {
    this.#pages.forEach((_, index) => this.#drop(index));
    this.#owner = Symbol();
    this.#pages = snapshot.pages.slice();
    this.#mayBeTorn = snapshot.mayBeTorn;
  }

  #unitOf(within: number): number {
    return Math.floor(within / this.#options.unitSizeBytes);
  }

  #fillStates(
    page: CellPage,
    units: { readonly within: number; readonly count: number; readonly state: number },
  ): void {
    const first = this.#unitOf(units.within);
    page.states.fill(units.state, first, first + this.#unitOf(units.count));
  }

  #drop(index: number): void {
    const page = this.#pages[index];
    if (page?.owner === this.#owner) this.#spare.push(page);
    this.#pages[index] = undefined;
  }

  /** Gives a page that may be written. */
  #own(index: number): CellPage {
    const page = this.#pages[index];
    if (page?.owner === this.#owner) return page;
    const owned = this.#spare.pop() ?? {
      owner: this.#owner,
      bytes: new Uint8Array(PAGE_SIZE_BYTES),
      states: new Uint8Array(this.#unitOf(PAGE_SIZE_BYTES)),
    };
    owned.owner = this.#owner;
    if (page === undefined) {
      owned.bytes.fill(this.#options.erasedByte);
      owned.states.fill(ERASED);
    } else {
      owned.bytes.set(page.bytes);
      owned.states.set(page.states);
    }
    return this.#pages[index] = owned;
  }
}
