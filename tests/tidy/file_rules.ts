/**
 * The rules of the house that look at one file's text at a time. Those that need a syntax tree are in `lint/`.
 *
 * @module
 */

import { isTestPath } from "../../lint/project_path.ts";
import { type Finding, findMatches, type SourceFile } from "./source_file.ts";

/** A rule over one file. */
export type FileRule = (file: SourceFile) => readonly Finding[];

/** The hard limit; 300 is the aim. */
const FILE_LINES_MAX = 400;

const SHIPPED_REGEXP = /^((core|packager|protocols|emulator|updates|rehearsal|ports|cli)\/.*|[a-z_]+)\.ts$/;
const PORTABLE_REGEXP = /^(core|packager)\//;
const FILE_NAME_REGEXP = /(^|\/)_?[a-z][a-z0-9]*(_[a-z0-9]+)*\.ts$/;
const JUNK_DRAWER_REGEXP = /(^|\/)_?(utils?|helpers?|common|types|shared|misc|index)\.ts$/;
const MODULE_DOC_REGEXP = /^(#!.*\n)?(\/\/\/ <reference .*\n+)*\/\*\*\n[^]*?\*\//;

/** Markers of work left undone, and switches that silence a checker. */
const MARKER_REGEXP = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error|nocheck)|deno-lint-ignore/g;
/** `Deno.test()`, and functions that call it: `corpusTest()`, `peerTest()`, `testTranscripts()`. */
const REGISTERS_TEST_REGEXP = /\b(Deno\.test|[a-z]+Test|test[A-Z]\w*)[(<]/;
const SKIP_REGEXP = /\bDeno\.test\.(only|ignore)\b|\b(only|ignore): true\b/g;
const CHANCE_REGEXP = /\b(Math\.random|Date\.now|setTimeout|setInterval|performance\.now)\b/g;
const MACHINE_PATH_REGEXP = /(?<![\w.*])\/(home|root|work|Users|mnt|opt)\/\w|\b[A-Z]:\\\w/g;
const URL_REGEXP = /\b(?:https?|ftp|git|ssh):\/\/([\w.-]+)/g;
const FENCE_REGEXP = /^```[^]*?^```/gm;
const FOREIGN_LETTER_REGEXP = /(?![A-Za-z\u00b5])\p{L}/gu;

/** Hosts that the project may name, each with what it is named for. A registry is none of them: tools know theirs. */
const HOSTS: ReadonlyMap<string, string> = new Map([
  ["git-lfs", "how a pointer of Git LFS begins"],
  ["json-schema.org", "dialect of the JSON Schema"],
  ["keepachangelog.com", "form of the changelog"],
  ["semver.org", "meaning of version numbers"],
  ["www.w3.org", "name space of SVG"],
  ["127.0.0.1", "this machine"],
]);

/** Every rule over one file, by its name. */
export const FILE_RULES: Readonly<Record<string, FileRule>> = {
  "file-size": ({ path, text }) => {
    const lines = text.split("\n").length - 1;
    if (!path.endsWith(".ts") || lines <= FILE_LINES_MAX) return [];
    return [{ path, line: FILE_LINES_MAX, message: `${lines} lines: the limit is ${FILE_LINES_MAX}` }];
  },

  "file-name": ({ path }) => {
    if (!path.endsWith(".ts")) return [];
    if (JUNK_DRAWER_REGEXP.test(path)) return [{ path, line: 1, message: "A junk drawer: name what is in it" }];
    return FILE_NAME_REGEXP.test(path) ? [] : [{ path, line: 1, message: "File names are snake_case.ts" }];
  },

  "module-doc": ({ path, text }) => {
    if (!path.endsWith(".ts") || /_(test|bench)\.ts$/.test(path)) return [];
    const doc = MODULE_DOC_REGEXP.exec(text)?.[0] ?? "";
    if (!doc.includes(" * @module\n")) return [{ path, line: 1, message: "No comment with @module opens the file" }];
    if (PORTABLE_REGEXP.test(path) && !doc.includes("Runs in Deno, Node and browsers.")) {
      return [{ path, line: 1, message: "The opening comment does not say: Runs in Deno, Node and browsers." }];
    }
    return [];
  },

  "marker": (file) => findMatches(file, MARKER_REGEXP, ([marker]) => `${marker} is not left behind here`),

  "skip": (file) => {
    if (!file.path.endsWith("_test.ts")) return [];
    return findMatches(file, SKIP_REGEXP, ([skip]) => `${skip}: only corpusTest() and peerTest() skip, and say so`);
  },

  "chance": (file) => {
    if (!isTestPath(file.path) || file.path.startsWith("tests/bench/")) return [];
    return findMatches(file, CHANCE_REGEXP, ([call]) => `${call}: a test gives the same answer every time`);
  },

  "no-test": ({ path, text }) => {
    if (!path.endsWith("_test.ts") || REGISTERS_TEST_REGEXP.test(text)) return [];
    return [{ path, line: 1, message: "A test file without a test" }];
  },

  "assert": (file) => {
    if (!file.path.endsWith(".ts")) return [];
    return findMatches(file, /"(node:)?assert"/g, () => `Assertions come from "node:assert/strict"`);
  },

  "machine-path": (file) =>
    findMatches(file, MACHINE_PATH_REGEXP, ([path]) => `${path}...: a place on somebody's machine`),

  "ticket": (file) =>
    findMatches(file, /\bissue #?\d+/gi, ([ticket]) => `${ticket}: say what it is about; the number is in the history`),

  "host": (file) =>
    findMatches(file, URL_REGEXP, ([url, host]) => HOSTS.has(host!) ? undefined : `${url}: not a host named here`),

  // Tests, and examples in a page, may hold samples of any script; what people read is in English.
  "letters": ({ path, text }) => {
    if (path.endsWith("_test.ts")) return [];
    const prose = text.replaceAll(FENCE_REGEXP, (block) => block.replaceAll(FOREIGN_LETTER_REGEXP, "?"));
    return findMatches({ path, text: prose }, FOREIGN_LETTER_REGEXP, ([letter]) => `${letter}: English only`);
  },

  "line-end": (file) =>
    findMatches(file, /[ \t]+$|\r/gm, () => "White space or a carriage return at the end of a line"),

  "last-line": ({ path, text }) =>
    /[^\n]\n$/.test(text) ? [] : [{ path, line: 1, message: "The file does not end with exactly one line feed" }],
};

/**
 * Tells whether a file is shipped code, as opposed to tests, examples and tools.
 *
 * @param path Path below the project's root.
 * @returns `true` for the code that users import or run.
 */
export function isShippedPath(path: string): boolean {
  return SHIPPED_REGEXP.test(path) && !isTestPath(path);
}
