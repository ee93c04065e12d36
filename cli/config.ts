/**
 * A project's file, `coreslot.json`: what the flags of device commands are when they are not given. Its form is described
 * in `config.schema.json`.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";
import { findPart } from "../core/parts/find_part.ts";
import { findJsonFault } from "../packager/layouts/json_structure.ts";
import { parseBootEntry } from "../ports/boot_entry/boot_entry.ts";
import { parsePortSpec } from "../ports/port_spec.ts";
import { ConfigError } from "./config_error.ts";
import { FRAME_NAMES } from "./port_flags.ts";
import { PROTOCOL_NAMES } from "./protocols/table.ts";
import { parseRate } from "./values.ts";
import { joinNames } from "./wrap.ts";

/** What a project's file holds: each value as its flag takes it. */
export type Config = Readonly<Partial<Record<ConfigKey, readonly string[]>>>;

/** A key of the file. */
export type ConfigKey = keyof typeof READERS;

/** Reads one value; what it throws says what is expected. */
type Reader = (value: unknown, key: string) => readonly string[];

const ADDRESS_REGEXP = /^0x[0-9A-Fa-f]{1,8}$/;

/** Only an object with values in it, or an array of paths. */
const DEPTH_MAX = 2;

/** More than any project has. */
const KEY_COUNT_MAX = 16;

const READERS = {
  port: one(checked((text) => text.split(",").map(parsePortSpec))),
  protocol: one(choice(PROTOCOL_NAMES)),
  baud: readRate,
  frame: one(choice(FRAME_NAMES)),
  enter: one(checked(parseBootEntry)),
  leave: one(checked(parseBootEntry)),
  part: one(checked(findPart)),
  layout: one(() => {}),
  key: readPaths,
  base: one(readAddress),
  file: one(readFileName),
} as const satisfies Readonly<Record<string, Reader>>;

/**
 * Parses a project's file.
 *
 * @param text JSON.
 * @returns What it holds.
 * @throws {ConfigError} When it is not JSON, or a key or a value is none. Nothing else is thrown.
 */
export function parseConfig(text: string): Config {
  const config: Partial<Record<ConfigKey, readonly string[]>> = {};
  for (const [key, value] of Object.entries(readObject(text))) {
    if (isConfigKey(key)) config[key] = READERS[key](value, key);
    else if (key !== "$schema") throw unknownKey(key);
    else if (typeof value !== "string") throw badValue(key, "it is a text");
  }
  return config;
}

function readObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError("bad-json", "", { state: "the file is not JSON" });
  }
  const fault = findJsonFault(text, DEPTH_MAX);
  if (fault?.code === "duplicate-key") throw new ConfigError("duplicate-key", fault.path, { state: "it stands twice" });
  if (fault !== undefined) throw badValue(fault.path, "no value is nested so deeply");
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw badValue("", "the file is no object: write { and } around its keys");
}

function one(check: (text: string, key: string) => void): Reader {
  return (value, key) => {
    if (typeof value !== "string" || value === "") throw badValue(key, "it is a text that is not empty");
    check(value, key);
    return [value];
  };
}

/** Lets a parser that knows more say what is wrong. */
function checked(parse: (text: string) => unknown): (text: string, key: string) => void {
  return (text, key) => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof CoreslotError)) throw error;
      const state = error.message.replace(/^Cannot [^]*?: /, "");
      throw new ConfigError("bad-value", key, { state: `${JSON.stringify(text)}: ${state}`, ...adviceOf(error) });
    }
  };
}

function adviceOf({ advice }: CoreslotError): { readonly advice?: string } {
  return advice === undefined ? {} : { advice };
}

function choice(names: readonly string[]): (text: string, key: string) => void {
  return (text, key) => {
    if (!names.includes(text)) throw badValue(key, `${JSON.stringify(text)}: it is ${joinNames(names, "or")}`);
  };
}

function readRate(value: unknown, key: string): readonly string[] {
  try {
    if (value === "auto" || typeof value === "number") return [String(parseRate(String(value)))];
  } catch {
    // Said below.
  }
  throw badValue(key, 'it is a whole number from 50 to 20000000, or "auto"');
}

function readPaths(value: unknown, key: string): readonly string[] {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (paths.length === 0 || paths.length > KEY_COUNT_MAX) throw badValue(key, `it is 1 to ${KEY_COUNT_MAX} paths`);
  return paths.flatMap((path, index) => one(() => {})(path, Array.isArray(value) ? `${key}[${index}]` : key));
}

function readAddress(text: string, key: string): void {
  if (!ADDRESS_REGEXP.test(text)) throw badValue(key, 'it is an address such as "0x08000000"');
}

function readFileName(text: string, key: string): void {
  if (text === "-") throw badValue(key, "standard input is no file of a project");
}

function badValue(key: string, state: string): ConfigError {
  return new ConfigError("bad-value", key, { state });
}

function unknownKey(key: string): ConfigError {
  return new ConfigError("unknown-key", JSON.stringify(key.slice(0, 60)), {
    state: "there is no such key",
    advice: `The keys are ${joinNames(Object.keys(READERS))}`,
  });
}

function isConfigKey(key: string): key is ConfigKey {
  return Object.hasOwn(READERS, key);
}
