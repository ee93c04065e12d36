/**
 * Outputs that are none of the inputs: a slip of the keyboard must not replace a key or a firmware file.
 *
 * @module
 */

import { STANDARD_STREAM } from "./files.ts";
import { UsageError } from "./usage_error.ts";

/** An input of a command. */
export interface NamedInput {
  /** What the command line calls it: `--key`, `FILE`. */
  readonly name: string;
  /** The path as the user gave it; `undefined` when it is not given. */
  readonly path: string | undefined;
}

/**
 * Refuses outputs that are inputs too, by whatever path and link.
 *
 * @param inputs All that the command reads.
 * @param outputs Paths of all that it writes.
 * @throws {UsageError} When an output is also read. Devices and standard streams may be both.
 */
export function refuseOverwriting(inputs: readonly NamedInput[], outputs: readonly string[]): void {
  const targets = outputs.map((path) => ({ path, target: resolveFile(path) }));
  for (const { name, path: input } of inputs) {
    if (input === undefined || !isRegularFile(input)) continue;
    const source = resolveFile(input);
    const found = targets.find(({ path, target }) => path !== STANDARD_STREAM && target === source);
    if (found === undefined) continue;
    throw new UsageError(
      "conflicting-flags",
      `Cannot write ${found.path}: it is also read as ${name}`,
      "Name another file to write to",
    );
  }
}

/**
 * Resolves a path, also of a file that is not there yet.
 *
 * @param path The path as the user gave it.
 * @returns The file's one path; the path as it is where neither file nor folder can be looked up.
 */
export function resolveFile(path: string): string {
  const nameStart = Math.max(path.lastIndexOf("/"), Deno.build.os === "windows" ? path.lastIndexOf("\\") : -1) + 1;
  return realPath(path) ?? joinFolder(realPath(path.slice(0, nameStart) || "."), path.slice(nameStart)) ?? path;
}

function joinFolder(folder: string | undefined, name: string): string | undefined {
  return folder === undefined ? undefined : `${folder}/${name}`;
}

/** What cannot be looked up is reported by whoever reads or writes it. */
function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Tells whether a file stands at a path, as opposed to a folder, a device or nothing.
 *
 * @param path The path as the user gave it.
 * @returns `false` for standard input and output too.
 */
export function isRegularFile(path: string): boolean {
  if (path === STANDARD_STREAM) return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
