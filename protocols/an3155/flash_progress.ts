/**
 * How far writing and verifying have come.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Block, bytesIn, type SectorBlocks } from "./blocks.ts";
import type { Line } from "./line.ts";

/** What blocks are counted for. */
type Task = "write" | "verify";

/** Counts bytes and tells the observer after each block. Each block counts once, until its sector is erased again. */
export class FlashProgress {
  readonly #line: Line;
  readonly #totalBytes: Readonly<Record<Task, number>>;
  readonly #doneBytes: Record<Task, number> = { write: 0, verify: 0 };
  readonly #done: Readonly<Record<Task, Set<Block>>> = { write: new Set(), verify: new Set() };

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
  add(task: Task, block: Block): void {
    if (!this.#done[task].has(block)) this.#doneBytes[task] += block.data.length;
    this.#done[task].add(block);
    const doneBytes = this.#doneBytes[task];
    this.#line.report({ kind: "progress", task, doneBytes, totalBytes: this.#totalBytes[task] });
  }

  /**
   * Takes back what was counted of blocks, for their sector is about to be erased.
   *
   * @param blocks The blocks.
   */
  delete(blocks: readonly Block[]): void {
    for (const task of ["write", "verify"] as const) {
      for (const block of blocks) {
        if (this.#done[task].delete(block)) this.#doneBytes[task] -= block.data.length;
      }
    }
  }
}
