/**
 * The layout that a command line names: a preset, or a file.
 *
 * @module
 */

import type { Layout } from "../packager/layouts/layout.ts";
import { parseLayout } from "../packager/layouts/parse_layout.ts";
import { findLayout, LAYOUT_PRESETS } from "../packager/layouts/presets.ts";
import { inFile } from "./file_content_error.ts";
import { FileError } from "./file_error.ts";
import { readTextInput } from "./files.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Loads a layout.
 *
 * @param name A preset's name in either case, or the path of a layout file. A preset wins over a file of its name.
 * @returns The layout.
 * @throws {UsageError} When it is neither the name of a preset nor of a file.
 * @throws {FileError} When the file cannot be read.
 * @throws {FileContentError} When the file is not a layout, or the layout does not fit its part.
 */
export async function loadLayout(name: string): Promise<Layout> {
  if (isPreset(name)) return findLayout(name);
  const text = readLayoutFile(name);
  return await inFile(name, () => parseLayout(text));
}

/**
 * Tells whether a layout's name is that of a preset.
 *
 * @param name The name, in either case.
 * @returns False when it can only be a file.
 */
export function isPreset(name: string): boolean {
  return presetNames().includes(name.toLowerCase());
}

/**
 * Lists the names of the presets, for completion.
 *
 * @returns The names.
 */
export function presetNames(): readonly string[] {
  return LAYOUT_PRESETS.map((preset) => preset.name);
}

function readLayoutFile(name: string): string {
  try {
    return readTextInput(name);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== "not-found") throw error;
    throw new UsageError(
      "bad-value",
      `Cannot find layout ${name}: it is neither a preset nor a file`,
      adviceFor(name),
    );
  }
}

/** What the table of presets advises for a name that it does not have. */
function adviceFor(name: string): string | undefined {
  try {
    findLayout(name);
  } catch (error) {
    if (error instanceof Error && "advice" in error && typeof error.advice === "string") return error.advice;
  }
  return undefined;
}
