/**
 * A project's file with its paths made relative to the current folder.
 *
 * @module
 */

import type { Config } from "./config.ts";

/** What a project's file holds. */
export type LoadedConfig = Config;

/**
 * Loads a project's file. The code that knows ports and parts is loaded only when there is one.
 *
 * @param text Its text.
 * @param path Its path.
 * @returns What it holds, with paths as the current folder has them.
 * @throws {ConfigError} When it is none.
 */
export async function loadConfig(text: string, path: string): Promise<LoadedConfig> {
  const { parseConfig } = await import("./config.ts");
  const { isPreset } = await import("./load_layout.ts");
  const { key, layout, file, ...rest } = parseConfig(text);
  // Not by node:path: that would be loaded at every start.
  const folder = path.replace(/[^/\\]*$/, "");
  const resolve = (value: string) => /^(?:[/\\]|[A-Za-z]:)/.test(value) ? value : `${folder}${value}`;
  return {
    ...rest,
    ...(key && { key: key.map(resolve) }),
    ...(layout && { layout: layout.map((name) => isPreset(name) ? name : resolve(name)) }),
    ...(file && { file: file.map(resolve) }),
  };
}
