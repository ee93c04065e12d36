/**
 * A disturbed line made good: every exchange with the ROM is tried again after resynchronisation, a bounded number of
 * times.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { Part, Sector } from "../../core/parts/mod.ts";
import { type ByteLink, isLineFault, LinkTimeoutError, type Procedure, RefusedError, retry } from "../link/mod.ts";
import { readMemory, resynchronise, type SendAhead, type SyncState } from "./host.ts";

/** Tries of an exchange in all. One NACK or one lost answer never ends a session; a line that eats every byte does. */
const ATTEMPT_COUNT = 4;

/** What happens in a session, for progress bars and logs. */
export type SessionEvent =
  /** The ROM answers, and the part is known, or is the first of several that nothing tells apart. */
  | { readonly kind: "connected"; readonly part: Part; readonly isPartGuessed: boolean; readonly version: number }
  /**
   * Bytes done of a task. They become fewer where a sector is written anew: what was in it counts again when it is there
   * again.
   */
  | {
    readonly kind: "progress";
    /** The task. */
    readonly task: "read" | "erase" | "write" | "verify";
    /** Bytes done so far. */
    readonly doneBytes: number;
    /** Bytes in all. */
    readonly totalBytes: number;
  }
  /** Sectors are about to be erased, all of them at once in a mass erase: until that is done the ROM answers nobody. */
  | {
    readonly kind: "erasing";
    /** The part. */
    readonly part: Part;
    /** The sectors. */
    readonly sectors: readonly Sector[];
    /** Whether one command erases the whole flash. */
    readonly isMassErase: boolean;
  }
  /** All else stands; what makes the image valid is written from here on, and the device may take it. */
  | { readonly kind: "committing" }
  /** An exchange failed; the ROM has been resynchronised. */
  | { readonly kind: "recovered"; readonly error: unknown }
  /** The ROM does not follow when bytes are sent ahead; from now on nothing is. */
  | { readonly kind: "fell-back" }
  /** A sector does not hold what was written; it is erased and written anew. */
  | { readonly kind: "rewriting"; readonly sector: Sector }
  /** The ROM is told to jump. What was flashed before is there, verified if that was asked for: what fails now is the start. */
  | { readonly kind: "starting"; readonly address: number };

/** Options of a {@linkcode Line}. */
export interface LineOptions {
  /**
   * How much of a command to send before its first answer. Not tried on silicon.
   *
   * @default {"nothing"}
   */
  readonly sendAhead?: SendAhead | undefined;
  /** Called with everything that happens. */
  readonly observer?: ((event: SessionEvent) => void) | undefined;
}

/** The host's end of the wire, and what has gone wrong on it so far. */
export class Line {
  /** The host's end of the wire. */
  readonly link: ByteLink;
  readonly #observer: ((event: SessionEvent) => void) | undefined;
  #sendAhead: SendAhead;
  #recoveryCount = 0;
  #deafUntilMs = -Infinity;

  /**
   * Makes a line on which nothing has gone wrong.
   *
   * @param link The host's end of the wire.
   * @param options What to send ahead, and who watches.
   */
  constructor(link: ByteLink, options: LineOptions = {}) {
    this.link = link;
    this.#observer = options.observer;
    this.#sendAhead = options.sendAhead ?? "nothing";
  }

  /** How much is sent ahead; `nothing` once the ROM did not follow. */
  get sendAhead(): SendAhead {
    return this.#sendAhead;
  }

  /** How often the ROM had to be resynchronised. */
  get recoveryCount(): number {
    return this.#recoveryCount;
  }

  /**
   * Tells the observer.
   *
   * @param event What happened.
   */
  report(event: SessionEvent): void {
    this.#observer?.(event);
  }

  /**
   * Notes that the ROM may be at work from now on, and deaf, whatever it seems to answer: an answer may have come twice.
   *
   * @param withinMs How long at most, in milliseconds.
   */
  reportWork(withinMs: number): void {
    this.#deafUntilMs = Math.max(this.#deafUntilMs, this.link.nowMs + withinMs);
  }

  /**
   * Runs an exchange that may be repeated at will, until it succeeds.
   *
   * @typeParam T What the exchange ends with.
   * @param exchange Makes the exchange; called once a try.
   * @param escapeFrom Gives bytes that end what a failure may have left the ROM in.
   * @returns What the first successful try ended with.
   * @throws {ProtocolError} What the last of four tries threw, or that the ROM does not answer any more.
   */
  attempt<T>(exchange: () => Procedure<T>, escapeFrom: (error: unknown) => Bytes | undefined = noEscape): Procedure<T> {
    return retry(exchange, {
      attemptCount: ATTEMPT_COUNT,
      recover: (error) => this.recover(error, escapeFrom(error)),
    });
  }

  /**
   * Gets back into step after an exchange that failed; waits for a ROM that may be at work. Nothing is sent ahead any
   * more: that may have been the reason.
   *
   * @param error What it threw.
   * @param escape Bytes that end what the ROM may be in the middle of.
   * @returns How the ROM was found; `fresh` means that the chip has been reset.
   * @throws {LinkTimeoutError} When the ROM does not answer any more.
   */
  *recover(error: unknown, escape?: Bytes): Procedure<SyncState> {
    const state = yield* this.#resynchronise(escape);
    this.#recoveryCount++;
    this.report({ kind: "recovered", error });
    if (this.#sendAhead !== "nothing") {
      this.#sendAhead = "nothing";
      this.report({ kind: "fell-back" });
    }
    return state;
  }

  /**
   * Reads what one command can carry.
   *
   * @param address Absolute start address.
   * @param sizeBytes 1 to 256.
   * @returns Fresh bytes. They had no checksum: whoever needs to be sure compares them with something.
   * @throws {ProtocolError} What the last of four tries threw.
   */
  read(address: number, sizeBytes: number): Procedure<Bytes> {
    return this.attempt(() => readMemory(this.link, address, sizeBytes, { sendAhead: this.#sendAhead }));
  }

  /**
   * Reads what one command can carry, and takes no for an answer: the second refusal counts, for the first may come of a
   * disturbed command.
   *
   * @param address Absolute start address.
   * @param sizeBytes 1 to 256.
   * @returns Fresh bytes, or the refusal.
   * @throws {ProtocolError} When the line fails for good.
   */
  *tryRead(address: number, sizeBytes: number): Procedure<Bytes | RefusedError> {
    let isRefused = false;
    for (let triesLeft = ATTEMPT_COUNT - 1;; triesLeft--) {
      try {
        return yield* readMemory(this.link, address, sizeBytes, { sendAhead: this.#sendAhead });
      } catch (error) {
        if (error instanceof RefusedError && isRefused) return error;
        if (!isLineFault(error) || triesLeft === 0) throw error;
        isRefused ||= error instanceof RefusedError;
        yield* this.recover(error);
      }
    }
  }

  *#resynchronise(escape: Bytes | undefined): Procedure<SyncState> {
    while (true) {
      try {
        return yield* resynchronise(this.link, escape);
      } catch (error) {
        if (!(error instanceof LinkTimeoutError) || this.link.nowMs >= this.#deafUntilMs) throw error;
      }
    }
  }
}

function noEscape(): undefined {
  return undefined;
}
