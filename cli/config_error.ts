/**
 * A project's file that cannot be used.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";

/** What is wrong: `bad-json`, `unknown-key`, `duplicate-key`, `bad-value`. */
export type ConfigErrorCode = "bad-json" | "unknown-key" | "duplicate-key" | "bad-value";

/** A project's file that cannot be used. */
export class ConfigError extends CoreslotError {
  declare readonly code: ConfigErrorCode;
  /** Where in the file: `key[1]`; empty for all of it. */
  readonly key: string;

  /**
   * Says where and what.
   *
   * @param code What is wrong.
   * @param key Where in the file: `key[1]`; empty for all of it.
   * @param reason State, and what to do about it.
   */
  constructor(code: ConfigErrorCode, key: string, reason: { readonly state: string; readonly advice?: string }) {
    const { state, advice } = reason;
    super({ code, message: `Cannot read ${key === "" ? "the defaults" : key}: ${state}`, advice });
    this.key = key;
  }
}
