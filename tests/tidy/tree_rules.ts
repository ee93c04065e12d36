/**
 * The rules of the house that look at the project as a whole: what nobody imports, and what the pages promise.
 *
 * @module
 */

import { dirname, join } from "node:path/posix";
import { isShippedPath } from "./file_rules.ts";
import { type Finding, findMatches, type SourceFile } from "./source_file.ts";

/** A project: its text files, and the paths of all its files, binary ones too. */
export interface Project {
  /** The text files. */
  readonly files: readonly SourceFile[];
  /** Paths of all files, below the root. */
  readonly paths: ReadonlySet<string>;
}

/** A rule over the whole project. */
export type TreeRule = (project: Project) => readonly Finding[];

/** What the rules read in `deno.json`. */
interface DenoJson {
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly tasks?: Readonly<Record<string, unknown>>;
}

const IMPORT_REGEXP = /\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;
const LINK_REGEXP = /\[[^\]]*\]\(([^)\s]+)\)/g;
const TASK_REGEXP = /\bdeno(?:@[\d.]+)? task ([a-z][a-z0-9:-]*)/g;
const DENO_VERSION_REGEXP = /\bdeno@(\d[\w.-]*\d)/g;
const FENCE_REGEXP = /^```[^]*?^```/gm;

/** Every rule over the whole project, by its name. */
export const TREE_RULES: Readonly<Record<string, TreeRule>> = {
  "orphan": ({ files }) => {
    const reached = reachFrom(Object.values(readDenoJson(files).exports).map((path) => join(path)), files);
    return files.filter(({ path }) => isShippedPath(path) && !reached.has(path))
      .map(({ path }) => ({ path, line: 1, message: "No entry of the package reaches this file" }));
  },

  "link": ({ files, paths }) =>
    files.filter(({ path }) => path.endsWith(".md")).flatMap((file) =>
      findMatches(file, LINK_REGEXP, ([, target]) => complainAboutLink(file, target!, files, paths))
    ),

  "task": ({ files }) => {
    const tasks = readDenoJson(files).tasks ?? {};
    return files.filter(isPage).flatMap((file) =>
      findMatches(file, TASK_REGEXP, ([, name]) => name! in tasks ? undefined : `deno.json has no task ${name}`)
    );
  },

  "deno-version": ({ files }) => {
    const pages = files.filter(isPage);
    const [first] = pages.flatMap(({ text }) => [...text.matchAll(DENO_VERSION_REGEXP)].map(([, version]) => version));
    return pages.flatMap((file) =>
      findMatches(
        file,
        DENO_VERSION_REGEXP,
        ([, version]) => version === first ? undefined : `Deno ${version} here, ${first} elsewhere`,
      )
    );
  },

  "changelog": ({ files }) => {
    const { version } = readDenoJson(files);
    const changelog = files.find(({ path }) => path === "CHANGELOG.md");
    if (changelog?.text.includes(`\n## [${version}]`)) return [];
    return [{ path: "CHANGELOG.md", line: 1, message: `No section about version ${version}` }];
  },
};

/** Tells whether a file tells people, or the build machine, which commands to run. */
function isPage({ path }: SourceFile): boolean {
  return path.endsWith(".md") || path === ".ci/run";
}

function readDenoJson(files: readonly SourceFile[]): DenoJson {
  return JSON.parse(files.find(({ path }) => path === "deno.json")!.text);
}

/** Follows relative imports from the entries on. */
function reachFrom(entries: readonly string[], files: readonly SourceFile[]): ReadonlySet<string> {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const reached = new Set(entries);
  for (const path of reached) {
    for (const [, specifier] of (texts.get(path) ?? "").matchAll(IMPORT_REGEXP)) {
      reached.add(join(dirname(path), specifier!));
    }
  }
  return reached;
}

function complainAboutLink(
  { path }: SourceFile,
  target: string,
  files: readonly SourceFile[],
  paths: ReadonlySet<string>,
): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = "", anchor] = target.split("#");
  const aimed = file === "" ? path : join(dirname(path), file);
  const isThere = paths.has(aimed) || [...paths].some((known) => known.startsWith(`${aimed.replace(/\/$/, "")}/`));
  if (!isThere) return `${target}: no such file`;
  if (anchor === undefined || !aimed.endsWith(".md")) return undefined;
  const text = files.find((other) => other.path === aimed)?.text ?? "";
  return headingAnchors(text).has(anchor) ? undefined : `${target}: no such heading`;
}

/** The names under which Markdown readers reach the headings of a page. */
function headingAnchors(markdown: string): ReadonlySet<string> {
  const headings = markdown.replaceAll(FENCE_REGEXP, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    Array.from(headings, ([, title]) => title!.toLowerCase().replaceAll(/[^\w\- ]/g, "").trim().replaceAll(" ", "-")),
  );
}
