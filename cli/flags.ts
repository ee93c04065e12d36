/**
 * Flags that several commands have.
 *
 * @module
 */

import type { Part } from "../core/parts/part.ts";
import { PORT_FLAGS } from "./port_flags.ts";
import { PROTOCOL_NAMES } from "./protocols/table.ts";
import { UsageError } from "./usage_error.ts";
import { parseAddress, parseMilliseconds, parsePath, parseSize } from "./values.ts";
import { joinNames } from "./wrap.ts";

/** `--json`. */
export const JSON_FLAG = { kind: "boolean", brief: "Print JSON, errors too", withNegated: false } as const;

/** `--allow-well-known-key`: for tests, which use the published keys of RFCs. */
export const ALLOW_WELL_KNOWN_KEY_FLAG = {
  kind: "boolean",
  brief: "Take a key whose private half is published; for tests",
  withNegated: false,
} as const;

/** A flag whose value is a path. */
export interface FileFlag {
  /** Read by {@linkcode parsePath}. */
  readonly kind: "parsed";
  /** What the help calls the value. */
  readonly placeholder: "FILE";
  /** What the file is. */
  readonly brief: string;
  /** The parser. */
  readonly parse: typeof parsePath;
}

/**
 * Makes a flag whose value is a path.
 *
 * @param brief What the file is.
 * @returns The flag.
 */
export function fileFlag(brief: string): FileFlag {
  return { kind: "parsed", placeholder: "FILE", brief, parse: parsePath };
}

/** `--protocol`. */
export const PROTOCOL_FLAG = {
  kind: "enum",
  values: PROTOCOL_NAMES,
  placeholder: "NAME",
  brief: `What the device speaks: ${joinNames(PROTOCOL_NAMES, "or")}`,
} as const;

/** `--trace`. */
export const TRACE_FLAG = {
  kind: "parsed",
  placeholder: "FILE",
  brief: "Write every frame to FILE; - is standard error",
  parse: parsePath,
  optional: true,
} as const;

/** `--part`, where the device can tell. */
export const PART_FLAG = {
  kind: "parsed",
  placeholder: "PART",
  brief: "The part, such as stm32f407; found by its chip id without it",
  parse: parsePart,
  proposeCompletions: listPartNames,
  optional: true,
} as const;

/** `--part`, where there is no device to ask. */
export const REQUIRED_PART_FLAG = {
  kind: "parsed",
  placeholder: "PART",
  brief: "The part, such as stm32f407 or a whole order code",
  parse: parsePart,
  proposeCompletions: listPartNames,
} as const;

/** `--part`, for the time that its flash may take. */
export const SILENCE_PART_FLAG = {
  ...PART_FLAG,
  brief: "The part: how long it may be silent while it erases; 60 s without it",
} as const;

/** `--short-blocks`. */
export const SHORT_BLOCKS_FLAG = {
  kind: "boolean",
  brief: "ymodem: blocks of 128 bytes, for receivers that take no others",
  withNegated: false,
} as const;

/** `--crop`, for firmware. */
export const CROP_FLAG = {
  kind: "boolean",
  brief: "Take only what is in the part's flash, and leave out the rest of FILE",
  withNegated: false,
} as const;

/** `--pause`. */
export const PAUSE_FLAG = {
  kind: "parsed",
  placeholder: "MS",
  brief: "xmodem, ymodem: pause before each block, for slow receivers",
  parse: parseMilliseconds,
  optional: true,
} as const;

/** `--bank-mode`. */
export const BANK_MODE_FLAG = {
  kind: "enum",
  values: ["single", "dual"],
  brief: "How the flash of --part is divided; as on a new part without it",
  optional: true,
} as const;

/** `--trust-part`. */
export const TRUST_PART_FLAG = {
  kind: "boolean",
  brief: "Take --part although the chip's id is another: its sectors had better be the same",
  withNegated: false,
} as const;

/** `--start`. */
export const START_FLAG = {
  kind: "parsed",
  placeholder: "ADDR",
  brief: "Where the range begins; --size goes with it",
  parse: parseAddress,
  optional: true,
} as const;

/** `--size`. */
export const SIZE_FLAG = {
  kind: "parsed",
  placeholder: "BYTES",
  brief: "Size of the range: 4096, 0x1000 or 4K",
  parse: parseSize,
  optional: true,
} as const;

/** `--base`. */
export const BASE_FLAG = {
  kind: "parsed",
  placeholder: "ADDR",
  brief: "Address of a raw binary; other files carry their own",
  parse: parseAddress,
  optional: true,
} as const;

/** `--erase-all`. */
export const ERASE_ALL_FLAG = {
  kind: "boolean",
  brief: "Erase the whole flash, not the image's sectors only",
  withNegated: false,
} as const;

/** `--no-verify`. */
export const NO_VERIFY_FLAG = { kind: "boolean", brief: "Do not read everything back", withNegated: false } as const;

/** `--go`. */
export const GO_FLAG = {
  kind: "parsed",
  placeholder: "ADDR",
  brief: "Start the application whose vector table is there",
  parse: parseAddress,
  optional: true,
} as const;

/** `--send-ahead`. */
export const SEND_AHEAD_FLAG = {
  kind: "enum",
  values: ["nothing", "address", "everything"],
  brief: "Save round trips: send this much before the first answer. Not tried on silicon",
  optional: true,
} as const;

/** The flags of every command that talks to a device. */
export const DEVICE_FLAGS = { protocol: PROTOCOL_FLAG, ...PORT_FLAGS } as const;

/** The flags that say what the device is. */
export const TARGET_FLAGS = { "part": PART_FLAG, "trust-part": TRUST_PART_FLAG, "bank-mode": BANK_MODE_FLAG } as const;

/**
 * Finds a part for a flag. The table of parts is loaded then and not before: help needs none of it.
 *
 * @param name The name as the user gave it.
 * @returns The part.
 * @throws {UsageError} When there is none of that name: what is thrown late does not get the flag's name from others.
 */
async function parsePart(name: string): Promise<Part> {
  const { findPart, UnknownPartError } = await import("../core/parts/find_part.ts");
  try {
    return findPart(name);
  } catch (error) {
    if (!(error instanceof UnknownPartError)) throw error;
    throw new UsageError("bad-value", `Cannot read --part "${name}": there is no such part`, error.advice);
  }
}

async function listPartNames(): Promise<readonly string[]> {
  const { PARTS } = await import("../core/parts/find_part.ts");
  return PARTS.flatMap(({ name, aliases }) => [...aliases, name]);
}
