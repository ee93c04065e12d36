/**
 * The text files of the project, as the rules of the house see them.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** A text file. */
export interface SourceFile {
  /** Path below the project's root, with `/` between its parts. */
  readonly path: string;
  /** Its content. */
  readonly text: string;
}

/** Something that a rule objects to. */
export interface Finding {
  /** Where: the path. */
  readonly path: string;
  /** Where: the line, counted from 1. */
  readonly line: number;
  /** What is wrong, as a sentence without a period. */
  readonly message: string;
}

const ROOT = new URL("../../", import.meta.url);
const TEXT_REGEXP = /\.(ts|json|md|ksy|c|h|ld|sh|lock|html)$|(^|\/)(LICENSE|run|\.gitignore|\.gitattributes)$/;
const SKIPPED_REGEXP = /(^|\/)(\.git|node_modules|coverage|dist|captures)$/;

/**
 * Reads every text file of the project.
 *
 * @returns The files, sorted by path.
 */
export function readProject(): readonly SourceFile[] {
  return listFiles("")
    .filter((path) => TEXT_REGEXP.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), "utf8") }));
}

/**
 * Lists every file of the project, binary ones too.
 *
 * @param folder A folder below the root, with a `/` at its end; the empty string for the root.
 * @returns Paths below the root.
 */
export function listFiles(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return SKIPPED_REGEXP.test(path) ? [] : listFiles(`${path}/`);
    return [path];
  });
}

/**
 * Tells the line of an offset.
 *
 * @param text The text.
 * @param offset Offset into it.
 * @returns The line, counted from 1.
 */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/**
 * Makes a finding of every match of a pattern.
 *
 * @param file The file to search.
 * @param pattern What to look for; global.
 * @param message Says what is wrong with a match; nothing when it is fine.
 * @returns The findings.
 */
export function findMatches(
  file: SourceFile,
  pattern: RegExp,
  message: (match: RegExpExecArray) => string | undefined,
): Finding[] {
  return [...file.text.matchAll(pattern)].flatMap((match) => {
    const said = message(match);
    return said === undefined ? [] : [{ path: file.path, line: lineAt(file.text, match.index), message: said }];
  });
}
