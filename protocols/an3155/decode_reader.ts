/**
 * The bytes of a trace, both ways, taken frame by frame.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { TraceLine } from "../link/mod.ts";

/** A byte and where it stood. */
interface Item {
  readonly mark: TraceLine["mark"];
  readonly byte: number;
  readonly atMs: number;
  readonly lineIndex: number;
}

/** Bytes taken from a trace. */
export interface TakenBytes {
  /** When the first of them went over the wire; that of the last byte taken before when there are none. */
  readonly atMs: number;
  /** The bytes; fewer than asked for where the trace has no more. */
  readonly bytes: Bytes;
}

/** Takes bytes off a trace from its beginning to its end. */
export class TraceReader {
  readonly #items: readonly Item[];
  readonly #isTaken: Uint8Array;
  /** Everything before it has been taken. */
  #start = 0;
  #hostLineIndex = -1;
  #nowMs = 0;

  /**
   * Begins at the first byte.
   *
   * @param lines The trace.
   */
  constructor(lines: readonly TraceLine[]) {
    this.#items = lines.flatMap(({ mark, bytes, atMs }, lineIndex) =>
      Array.from(bytes, (byte) => ({ mark, byte, atMs, lineIndex }))
    );
    this.#isTaken = new Uint8Array(this.#items.length);
  }

  /** Which way the next byte goes; `undefined` at the end. */
  get nextMark(): TraceLine["mark"] | undefined {
    this.#skipTaken();
    return this.#items[this.#start]?.mark;
  }

  /** The next byte; `undefined` at the end. */
  get nextByte(): number | undefined {
    this.#skipTaken();
    return this.#items[this.#start]?.byte;
  }

  /**
   * Takes bytes that the host sent, as long as the target does not speak in between.
   *
   * @param count How many at most.
   * @returns What there is of them.
   */
  takeHost(count: number): TakenBytes {
    return this.#take(count, ">");
  }

  /**
   * Takes bytes that the target sent. An answer may stand behind what the host sent ahead in the same line; a new line
   * from the host means that it gave up waiting.
   *
   * @param count How many at most.
   * @returns What there is of them.
   */
  takeTarget(count: number): TakenBytes {
    return this.#take(count, "<");
  }

  /**
   * Takes the bytes up to the next change of direction or line.
   *
   * @returns At least one byte, unless the trace has ended.
   */
  takeRun(): TakenBytes {
    this.#skipTaken();
    const first = this.#items[this.#start];
    if (first === undefined) return { atMs: this.#nowMs, bytes: new Uint8Array(0) };
    let count = 0;
    while (this.#items[this.#start + count]?.lineIndex === first.lineIndex) count++;
    return this.#take(count, first.mark);
  }

  #take(count: number, mark: TraceLine["mark"]): TakenBytes {
    this.#skipTaken();
    const taken: Item[] = [];
    for (let index = this.#start; taken.length < count && index < this.#items.length; index++) {
      const item = this.#items[index]!;
      if (this.#isTaken[index] === 1 || item.mark === "x" && mark !== "x") continue;
      if (item.mark === mark) {
        this.#isTaken[index] = 1;
        taken.push(item);
      } else if (mark !== "<" || item.lineIndex !== this.#hostLineIndex) {
        break;
      }
    }
    const [first, last] = [taken[0], taken.at(-1)];
    if (mark === ">" && last !== undefined) this.#hostLineIndex = last.lineIndex;
    this.#nowMs = first?.atMs ?? this.#nowMs;
    return { atMs: this.#nowMs, bytes: Uint8Array.from(taken, ({ byte }) => byte) };
  }

  #skipTaken(): void {
    while (this.#start < this.#items.length && this.#isTaken[this.#start] === 1) this.#start++;
  }
}
