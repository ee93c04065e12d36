/**
 * Command lines that fail, as a table: what each says, with which exit code, and that it leaves nothing behind.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readTree, runCli } from "./process.ts";
import { withRelease } from "./release.ts";

/** A command line that fails. */
export interface Refusal {
  /** Arguments of `coreslot`, run in a folder with a release. */
  readonly args: readonly string[];
  /** The exit code. */
  readonly code: number;
  /** The line on standard error, behind `coreslot: `. */
  readonly line: string;
  /** The advice below it, in one line; nothing when there is none. */
  readonly advice?: string;
}

/**
 * Runs all command lines of a table and checks what they say, and that none of them touches a file.
 *
 * @param refusals The table.
 */
export async function checkRefusals(refusals: readonly Refusal[]): Promise<void> {
  await withRelease(async (folder) => {
    const before = readTree(folder);
    const results = await Promise.all(refusals.map(({ args }) => runCli(args, { cwd: folder })));
    for (const [index, { args, code, line, advice }] of refusals.entries()) {
      const expected = [`coreslot: ${line}`, ...advice === undefined ? [] : [advice]];
      const { stdout, stderr, code: got } = results[index]!;
      assert.deepEqual(unwrap(stderr), expected, args.join(" "));
      assert.equal(got, code, args.join(" "));
      assert.equal(stdout, "", args.join(" "));
    }
    assert.deepEqual(readTree(folder), before, "a failed command changes no file and leaves none behind");
  });
}

/** Advice is set in lines of 80 columns; the first line is never broken. */
function unwrap(stderr: string): string[] {
  const [first = "", ...rest] = stderr.trimEnd().split("\n");
  return rest.length === 0 ? [first] : [first, rest.map((line) => line.trim()).join(" ")];
}
