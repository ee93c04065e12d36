/**
 * What a file is called at the other end of a wire.
 *
 * @module
 */

import { STANDARD_STREAM } from "./files.ts";

/**
 * Gives a name without folders, and without the spaces that would end it in YMODEM.
 *
 * @param path The path as the user gave it.
 * @returns The name; `stdin` for standard input.
 */
export function labelOf(path: string): string {
  return path === STANDARD_STREAM ? "stdin" : path.split(/[/\\]/).at(-1)!.replaceAll(" ", "_");
}
