/**
 * A boot entry that cannot be read, or was not answered.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../../core/mod.ts";

/**
 * A boot entry that cannot be read, or was not answered. Codes: `boot-entry-syntax` (the text is none),
 * `boot-entry-silent` (the device did not give the answer that it has to give), `boot-entry-stayed` (its port was to go
 * away and come back, and did not go). The last two are also what a device gives that is in its loader already.
 */
export class BootEntryError extends CoreslotError {}

/**
 * Says what is wrong with a text.
 *
 * @param text The part that is wrong.
 * @param state What is wrong with it.
 * @param advice What to write instead.
 */
export function syntaxError(text: string, state: string, advice: string): BootEntryError {
  const quoted = JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}...`);
  return new BootEntryError({
    code: "boot-entry-syntax",
    message: `Cannot read boot entry ${quoted}: ${state}`,
    advice,
  });
}
