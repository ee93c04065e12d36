/**
 * Text set in lines of a bounded width.
 *
 * @module
 */

import { COLUMNS } from "./terminal.ts";

/** Words, and what a shell takes for one because of its quotes; the mark in `device's` is none. */
const WORD_REGEXP = /(?:\\'|(?<![A-Za-z])'[^']*'|\S)+/g;

/** Where a lead leaves less than this, and less than half a line, the words stand below it. */
const ROOM_COLUMNS = 40;

/** How far the words are indented there. */
const BELOW = "    ";

/** Options of {@linkcode wrap}. */
export interface WrapOptions {
  /** What the first line starts with. */
  readonly lead: string;
  /** Columns that a line may have. @default {80} */
  readonly columns?: number;
}

/**
 * Sets words in lines; every line after the first is indented as far as the lead reaches. Below a long lead the words have
 * lines of their own.
 *
 * @param words What may not be broken, such as the words of a sentence, or a flag and its value.
 * @param options Lead and width.
 * @returns At least one line. A word that is wider than a line stands alone and sticks out.
 */
export function wrap(words: readonly string[], options: WrapOptions): string[] {
  const { lead, columns = COLUMNS } = options;
  const isBeside = lead.length <= BELOW.length || hasRoom(columns - lead.length, columns);
  if (!isBeside) return [lead.trimEnd(), ...wrap(words, { lead: BELOW, columns })];
  const indent = " ".repeat(lead.length);
  const lines: string[] = [];
  let line = lead;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}

/**
 * Splits a sentence into words. What a shell takes for one word is one, so that a line can be copied as it stands.
 *
 * @param text The sentence.
 * @returns The words.
 */
export function splitWords(text: string): string[] {
  return text.match(WORD_REGEXP) ?? [];
}

/**
 * Tells whether words can be read beside what stands in front of them.
 *
 * @param roomColumns What is left for the words.
 * @param columns The whole line.
 */
export function hasRoom(roomColumns: number, columns: number): boolean {
  return roomColumns >= Math.min(ROOM_COLUMNS, columns / 2);
}

/**
 * Sets rows in columns that line up.
 *
 * @param rows Cells of plain text; rows may have fewer cells than others.
 * @param options `right` lists the columns that are set flush right, `lead` is what every line starts with.
 * @returns One line a row, without trailing spaces.
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  options: { readonly right?: readonly number[]; readonly lead?: string } = {},
): string[] {
  const { right = [], lead = "" } = options;
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => widths[column] = Math.max(widths[column] ?? 0, cell.length));
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    );
    return `${lead}${cells.join("  ")}`.trimEnd();
  });
}

/**
 * Joins names as a sentence does: `a`, `a and b`, `a, b and c`.
 *
 * @param names At least one.
 * @param conjunction What stands before the last.
 * @default conjunction {"and"}
 * @returns The names in one piece of text.
 */
export function joinNames(names: readonly string[], conjunction: "and" | "or" = "and"): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}
