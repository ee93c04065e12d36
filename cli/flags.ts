/**
 * Flags that several commands have.
 *
 * @module
 */

import { parsePath } from "./values.ts";

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
