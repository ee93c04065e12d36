/**
 * Where a file stands in the project, for rules that differ from folder to folder.
 *
 * @module
 */

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);

/**
 * Gives the path of a file below the project's root, with `/` between its parts.
 *
 * @param filename As the linter gives it: absolute, or already relative.
 * @returns For example `packager/formats/intel_hex.ts`.
 */
export function projectPath(filename: string): string {
  const slashed = filename.replace(/^file:\/\//, "").replaceAll("\\", "/");
  return slashed.startsWith(ROOT) ? slashed.slice(ROOT.length) : slashed;
}

/**
 * Gives the folder at the project's root that a file belongs to.
 *
 * @param path A path below the root.
 * @returns For example `packager`; the empty string for a file at the root itself.
 */
export function topFolder(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/**
 * Tells whether a file is a test or something only tests and benchmarks use.
 *
 * @param path A path below the root.
 * @returns `true` for `x_test.ts`, `x_bench.ts` and everything in `tests/`.
 */
export function isTestPath(path: string): boolean {
  return path.startsWith("tests/") || path.endsWith("_test.ts") || path.endsWith("_bench.ts");
}
