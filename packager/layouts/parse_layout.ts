/**
 * Layout files: JSON as `layout.schema.json` describes it, read strictly, and written in one form only.
 *
 * Addresses are strings of eight hexadecimal digits, `"0x08020000"`; sizes are whole numbers of bytes, `131072`. There is no
 * other way to write them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { UnknownPartError } from "../../core/parts/find_part.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { checkLayout } from "./check_layout.ts";
import { findJsonFault } from "./json_structure.ts";
import { type CoreSlots, createLayout, type Layout, type LayoutDefinition, type Policy } from "./layout.ts";
import { LayoutError, type LayoutErrorCode } from "./layout_error.ts";

/** A layout of two cores takes 600 characters; this leaves room for any white space people like. */
const MAX_TEXT_LENGTH = 65_536;
/** The layout, its slots, one slot. */
const MAX_DEPTH = 3;
const MAX_SLOTS = 8;

const ADDRESS_REGEXP = /^0x[0-9A-Fa-f]{8}$/;
const NAME_REGEXP = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const CORE_TAGS: readonly CoreTag[] = ["CM0", "CM0P", "CM3", "CM4", "CM7", "CM33"];
const POLICIES: readonly Policy[] = ["copy", "single"];

/**
 * Parses and checks a layout file.
 *
 * Unknown keys, keys that stand twice, other types and other spellings of numbers are refused. `$schema` is the one key
 * that may be there and is ignored.
 *
 * @param text JSON, at most 65,536 characters.
 * @returns The layout; it has passed `checkLayout()`.
 * @throws {LayoutError} When the text is not a layout, or the layout does not fit its part. Nothing else is thrown.
 *
 * @example A file that keeps the loader's place free of slots
 * ```ts
 * import { findLayout, formatLayout, parseLayout } from "@coreslot/coreslot/packager";
 *
 * const text = formatLayout(findLayout("stm32h745"));
 * console.assert(parseLayout(text).slots[1]?.addressA === 0x0810_0000);
 * ```
 */
export function parseLayout(text: string): Layout {
  const layout = resolvePart(readDefinition(parseJson(text)));
  checkLayout(layout);
  return layout;
}

/**
 * Formats a layout as the text of a layout file.
 *
 * The option-byte plan is not written: it follows from the rest.
 *
 * @param layout The layout.
 * @returns JSON with keys in a fixed order, two spaces of indentation and a line feed at the end.
 */
export function formatLayout(layout: Layout): string {
  const { name, part, bankMode, policy, loader, slots } = layout;
  const file = {
    name,
    part: part.name,
    bankMode,
    policy,
    loader: { addressStart: formatAddress(loader.addressStart), sizeBytes: loader.sizeBytes },
    slots: slots.map(({ core, addressA, addressB, sizeBytes }) => ({
      core,
      addressA: formatAddress(addressA),
      addressB: formatAddress(addressB),
      sizeBytes,
    })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  if (text.length > MAX_TEXT_LENGTH) {
    fail("too-large", "", {
      state: "is too long",
      expected: `at most ${MAX_TEXT_LENGTH} characters`,
      got: `${text.length}`,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // A RangeError, in engines whose JSON.parse() is recursive, is one too: the text is nested too deeply.
    throw new LayoutError([{ code: "bad-json", path: "", state: "is not JSON" }], { cause });
  }
  const fault = findJsonFault(text, MAX_DEPTH);
  if (fault !== undefined) {
    fail(fault.code, fault.path, { state: fault.code === "too-deep" ? "is nested too deeply" : "stands twice" });
  }
  return value;
}

function readDefinition(value: unknown): LayoutDefinition {
  const keys = ["name", "part", "bankMode", "policy", "loader", "slots"] as const;
  const file = readObject(value, "", keys, ["$schema"]);
  if (file.$schema !== undefined) readString(file.$schema, "$schema");
  const loader = readObject(file.loader, "loader", ["addressStart", "sizeBytes"]);
  return {
    name: readName(file.name, "name"),
    part: readName(file.part, "part"),
    bankMode: readName(file.bankMode, "bankMode"),
    policy: readChoice(file.policy, "policy", POLICIES),
    loader: {
      addressStart: readAddress(loader.addressStart, "loader.addressStart"),
      sizeBytes: readSize(loader.sizeBytes, "loader.sizeBytes"),
    },
    slots: readArray(file.slots, "slots").map((slot, index) => readSlot(slot, `slots[${index}]`)),
  };
}

function readSlot(value: unknown, path: string): CoreSlots {
  const slot = readObject(value, path, ["core", "addressA", "addressB", "sizeBytes"]);
  return {
    core: readChoice(slot.core, `${path}.core`, CORE_TAGS),
    addressA: readAddress(slot.addressA, `${path}.addressA`),
    addressB: readAddress(slot.addressB, `${path}.addressB`),
    sizeBytes: readSize(slot.sizeBytes, `${path}.sizeBytes`),
  };
}

function resolvePart(definition: LayoutDefinition): Layout {
  try {
    return createLayout(definition);
  } catch (error) {
    if (!(error instanceof UnknownPartError)) throw error;
    const problem = {
      code: "unknown-part",
      path: "part",
      state: "is not in the table of parts",
      got: error.part,
    } as const;
    throw new LayoutError([problem], { advice: error.advice, cause: error });
  }
}

function readObject<Key extends string>(
  value: unknown,
  path: string,
  keys: readonly Key[],
  optionalKeys: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return failType(path, "an object", value);
  }
  const object = Object.fromEntries(Object.entries(value));
  const prefix = path === "" ? "" : `${path}.`;
  for (const key of Object.keys(object)) {
    if (!optionalKeys.includes(key) && !keys.some((known) => known === key)) {
      fail("unknown-key", `${prefix}${key}`, { state: "is no key of a layout", expected: keys.join(", ") });
    }
  }
  for (const key of keys) {
    if (!Object.hasOwn(object, key)) fail("missing-key", `${prefix}${key}`, { state: "is missing" });
  }
  return object;
}

function readArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) return failType(path, "an array", value);
  if (value.length < 1 || value.length > MAX_SLOTS) {
    fail("bad-value", path, {
      state: "is out of range",
      expected: `1 to ${MAX_SLOTS} entries`,
      got: `${value.length}`,
    });
  }
  return value;
}

function readString(value: unknown, path: string): string {
  return typeof value === "string" ? value : failType(path, "a string", value);
}

function readName(value: unknown, path: string): string {
  return readMatch(value, path, NAME_REGEXP, "1 to 64 letters, digits, dots, dashes and underscores");
}

function readAddress(value: unknown, path: string): number {
  return Number(readMatch(value, path, ADDRESS_REGEXP, 'an address such as "0x08020000"'));
}

function readMatch(value: unknown, path: string, regexp: RegExp, expected: string): string {
  const text = readString(value, path);
  if (!regexp.test(text)) fail("bad-value", path, { state: "is misspelt", expected, got: quote(text) });
  return text;
}

function readChoice<Choice extends string>(value: unknown, path: string, choices: readonly Choice[]): Choice {
  const text = readString(value, path);
  const choice = choices.find((choice) => choice === text);
  return choice ?? fail("bad-value", path, { state: "is not known", expected: choices.join(", "), got: quote(text) });
}

function readSize(value: unknown, path: string): number {
  if (typeof value !== "number") return failType(path, "a number of bytes", value);
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 32) {
    fail("bad-value", path, { state: "is no size", expected: "whole bytes, 1 to 4294967296", got: `${value}` });
  }
  return value;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

function failType(path: string, expected: string, value: unknown): never {
  const got = value === null ? "null" : Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
  return fail("bad-type", path, { state: "has the wrong type", expected, got });
}

function fail(
  code: LayoutErrorCode,
  path: string,
  detail: { readonly state: string; readonly expected?: string; readonly got?: string },
): never {
  throw new LayoutError([{ code, path, ...detail }]);
}
