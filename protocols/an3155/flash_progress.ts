/**
 * How far writing and verifying have come.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Block, bytesIn, type SectorBlocks } from "./blocks.ts";
import type { Line } from "./line.ts";

/** Counts bytes and tells the observer after each block. What is written anew is not counted twice. */
export class FlashProgress {
  readonly #line: Line;
  readonly #totalBytes: Readonly<Record<"write" | "verify", number>>;
  readonly #doneBytes: Record<"write" | "verify", number> = { write: 0, verify: 0 };

  /**
   * Begins at nothing.
   *
   * @param line Whose observer is told.
   * @param held What there is to do.
   */
  constructor(line: Line, held: readonly SectorBlocks[]) {
    this.#line = line;
    this.#totalBytes = { write: bytesIn(held, ({ isBlank }) => !isBlank), verify: bytesIn(held, () => true) };
  }

  /**
   * Counts a block.
   *
   * @param task What was done with it.
   * @param block The block.
   */
  add(task: "write" | "verify", block: Block): void {
    this.#doneBytes[task] += block.data.length;
    const doneBytes = this.#doneBytes[task];
    this.#line.report({ kind: "progress", task, doneBytes, totalBytes: this.#totalBytes[task] });
  }
}
