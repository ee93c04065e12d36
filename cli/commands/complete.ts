/**
 * `coreslot complete`: what the completion scripts ask, with the words of the command line up to the cursor.
 *
 * @module
 */

import { buildCommand, proposeCompletions } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { BRIEFS } from "./briefs.ts";

/** What can stand anywhere and nobody waits for, unless they have begun to type it. */
const NOT_OFFERED = ["--", "--help", "--version"];

async function runComplete(this: CliContext, _flags: Record<never, never>, ...words: string[]): Promise<void> {
  // Not at the top: the application loads this module, not the other way round.
  const { buildCoreslot } = await import("../app.ts");
  const ignore = () => {};
  const app = await buildCoreslot(words, { onFinding: ignore, onFailure: ignore, terminal: this.terminal });
  const proposals = await proposeCompletions(app, words, this);
  const isFlagBegun = words.at(-1)?.startsWith("-") === true;
  this.terminal.print(
    ...proposals.map(({ completion }) => completion).filter((completion) =>
      isFlagBegun ? completion !== "--" : !NOT_OFFERED.includes(completion)
    ),
  );
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.complete },
  parameters: {
    flags: {},
    positional: {
      kind: "array",
      parameter: { placeholder: "WORD", brief: "Words behind coreslot, the last one unfinished", parse: String },
    },
  },
  func: runComplete,
});
