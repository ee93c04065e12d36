/**
 * Command lines that people copy from what is printed.
 *
 * @module
 */

/** What a shell takes as it is, whichever shell that is. */
const PLAIN_REGEXP = /^[\w.:/-]+$/;

/**
 * Quotes a word of a command line where a shell would make something else of it.
 *
 * @param word The word.
 * @returns The word as it may be copied into a line.
 */
export function quoteWord(word: string): string {
  return PLAIN_REGEXP.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
