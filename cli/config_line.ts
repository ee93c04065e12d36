/**
 * Adds the defaults of a project's file to a command line. What stands on the line wins.
 *
 * @module
 */

import type { Command } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { inFile } from "./file_content_error.ts";
import { readTextInput } from "./files.ts";
import { loadConfig, type LoadedConfig } from "./load_config.ts";
import { usesFlag } from "./protocols/table.ts";

/** The file that is looked for in the current folder. */
const CONFIG_FILE = "coreslot.json";

type Flags = NonNullable<Command<CliContext>["parameters"]["flags"]>;

/** What a command line has. */
interface LineLook {
  /** Values by name of their flag. */
  readonly given: ReadonlyMap<string, string>;
  /** Arguments that are no flags. */
  readonly positional: readonly string[];
}

/** Flags of how the device is talked to: those of one protocol are no defaults for another. */
const PROTOCOL_KEYS: ReadonlySet<string> = new Set(["baud", "frame", "enter", "leave"]);
/** Flags that are for updates, and those that are for firmware. */
const UPDATE_KEYS: ReadonlySet<string> = new Set(["layout", "key"]);
const FIRMWARE_KEYS: ReadonlySet<string> = new Set(["base"]);

/**
 * Adds the defaults.
 *
 * @param line The arguments, the command first.
 * @param command The command.
 * @returns The arguments with the defaults; as they are where the command talks to no device, or there is no file.
 * @throws {FileError} When the file that is named cannot be read.
 * @throws {FileContentError} When it is none of ours.
 */
export async function addDefaults(line: readonly string[], command: Command<CliContext>): Promise<readonly string[]> {
  const flags: Flags = command.parameters.flags ?? {};
  if (!("config" in flags) || line.some((word) => word === "--help" || word === "-h")) return line;
  const look = lookAt(line.slice(1), flags);
  const path = look.given.get("config") ?? await findConfig();
  if (path === undefined) return line;
  const text = readTextInput(path);
  const config = await inFile(path, () => loadConfig(text, path));
  return await mergeInto(line, { look, flags, config, path });
}

/** Only where it may be looked for: nobody is asked for a permission because of a file that need not be there. */
async function findConfig(): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "read", path: CONFIG_FILE });
  if (state !== "granted") return undefined;
  try {
    Deno.statSync(CONFIG_FILE);
    return CONFIG_FILE;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function lookAt(words: readonly string[], flags: Flags): LineLook {
  const given = new Map<string, string>();
  const positional: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") return { given, positional: [...positional, ...words.slice(index + 1)] };
    const [, name, value] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
    if (name === undefined) positional.push(word);
    else if (value !== undefined || flags[name]?.kind === "boolean") given.set(name, value ?? "");
    else given.set(name, words[++index] ?? "");
  }
  return { given, positional };
}

interface Merge {
  readonly look: LineLook;
  readonly flags: Flags;
  readonly config: LoadedConfig;
  readonly path: string;
}

async function mergeInto([operation = "", ...words]: readonly string[], merge: Merge): Promise<readonly string[]> {
  const { look: { given, positional }, flags, config, path } = merge;
  const protocol = given.get("protocol") ?? config.protocol?.[0];
  const isOtherProtocol = protocol !== config.protocol?.[0] && config.protocol !== undefined;
  const file = operation === "flash" ? positional[0] ?? config.file?.[0] : undefined;
  const isUpdate = file !== undefined && looksLikeUpdate(file);
  const added = [`--config=${path}`].filter(() => !given.has("config"));
  for (const [key, values] of Object.entries(config)) {
    const isOfNoUse = !(key in flags) || given.has(key) ||
      isOtherProtocol && PROTOCOL_KEYS.has(key) ||
      // A way in that was given has its own way out.
      key === "leave" && given.has("enter") ||
      // All devices are more than the one of the file; with erase it is all of the flash.
      key === "port" && given.has("all") && operation !== "erase" && values.every(meansOne) ||
      UPDATE_KEYS.has(key) && !isUpdate || FIRMWARE_KEYS.has(key) && isUpdate;
    if (isOfNoUse || protocol !== undefined && !await usesFlag(protocol, operation, key)) continue;
    added.push(...values.map((value) => `--${key}=${value}`));
  }
  const isFileMissing = operation === "flash" && positional.length === 0 && file !== undefined;
  return [operation, ...added, ...words, ...isFileMissing ? [file] : []];
}

function meansOne(port: string): boolean {
  return !port.includes(",") && !/^usb:[^:]*:[^:]*$/i.test(port);
}

/** How every bundle and container begins (packager/FORMAT.md). What cannot be read is told where it is read. */
function looksLikeUpdate(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(3);
    return file.readSync(bytes) === 3 && bytes[0] === 0x89 && bytes[1] === 0x43 && bytes[2] === 0x53;
  } catch {
    return false;
  }
}
