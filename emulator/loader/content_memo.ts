/**
 * Remembers what follows from some bytes. A sweep asks the same of the same headers a million times.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { crc32 } from "../../core/mod.ts";

/** Far more than the states of one sweep. */
const ENTRY_COUNT_MAX = 5000;

/** Pieces of content; one that cannot be read is `undefined`. */
export type Content = readonly (Uint8Array | undefined)[];

interface Entry<T> {
  readonly content: Content;
  readonly value: T;
}

/**
 * Answers by content.
 *
 * @typeParam T What an answer is; never changed once it was given.
 */
export class ContentMemo<T> {
  readonly #entries = new Map<number, Entry<T>>();

  /**
   * Gives the answer for some content, and works it out the first time.
   *
   * @param content The content; copied.
   * @param compute Works it out.
   * @returns The answer.
   */
  get(content: Content, compute: () => T): T {
    const key = content.reduce((crc, piece) => piece === undefined ? ~crc >>> 0 : crc32(piece, crc), 0);
    const known = this.#entries.get(key);
    if (known !== undefined && isSame(known.content, content)) return known.value;
    if (this.#entries.size >= ENTRY_COUNT_MAX) this.#entries.clear();
    const value = compute();
    this.#entries.set(key, { content: content.map((piece) => piece?.slice()), value });
    return value;
  }
}

function isSame(a: Content, b: Content): boolean {
  return a.length === b.length && a.every((piece, index) => isSamePiece(piece, b[index]));
}

/** A loop: a call for each byte would take most of the time. */
function isSamePiece(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
