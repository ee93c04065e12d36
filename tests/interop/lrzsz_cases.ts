/**
 * Runs many cases side by side: lrzsz spends its time in waits of whole seconds.
 *
 * @module
 */

import { AssertionError } from "node:assert/strict";

/** A case. */
export interface Case {
  /** What it is, for the list of those that failed. */
  readonly name: string;
  /** Throws when it fails. */
  readonly run: () => Promise<unknown>;
}

/** Options of {@linkcode runCases}. */
export interface RunCasesOptions {
  /**
   * How many run at once: enough for waits to overlap, few enough for a small machine to start that many programs.
   *
   * @default {64}
   */
  readonly concurrency?: number;
}

/**
 * Runs cases, and fails with the list of those that failed.
 *
 * @param cases The cases.
 * @param options How many at once.
 */
export async function runCases(cases: readonly Case[], { concurrency = 64 }: RunCasesOptions = {}): Promise<void> {
  const waiting = [...cases];
  const failures: string[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await next.run().catch((error) => failures.push(`${next!.name}: ${error}`));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (failures.length === 0) return;
  throw new AssertionError({
    message: [`${failures.length} of ${cases.length} failed`, ...failures].join("\n"),
  });
}
