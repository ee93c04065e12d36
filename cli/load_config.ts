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
  const { port, key, layout, file, ...rest } = parseConfig(text);
  // Not by node:path: that would be loaded at every start.
  const folder = path.replace(/[^/\\]*$/, "");
  const resolve = (value: string) => /^(?:[/\\]|[A-Za-z]:)/.test(value) ? value : `${folder}${value}`;
  // A port is a path only with a slash in it: COM3 and tcp:HOST:PORT are none.
  const resolvePort = (name: string) => name.includes("/") && !/^(?:tcp|usb):/i.test(name) ? resolve(name) : name;
  return {
    ...rest,
    ...(port && { port: port.map((names) => names.split(",").map(resolvePort).join(",")) }),
    ...(key && { key: key.map(resolve) }),
    ...(layout && { layout: layout.map((name) => isPreset(name) ? name : resolve(name)) }),
    ...(file && { file: file.map(resolve) }),
  };
}
