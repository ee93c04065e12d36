/**
 * What importing a key throws.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError, type CoreslotErrorOptions } from "../core/errors.ts";

/**
 * What is wrong with a key file.
 *
 * | code | the key |
 * | --- | --- |
 * | `not-pem` | is not PEM text |
 * | `several-keys` | stands among other keys, and it is not said which is meant |
 * | `encrypted` | is protected by a password |
 * | `wrong-kind` | is a certificate, a public key where a private one is needed, or the like |
 * | `unsupported-algorithm` | is neither Ed25519 nor ECDSA on P-256 with the curve given by name |
 * | `malformed` | is damaged: its base64 or DER cannot be read |
 * | `invalid-key` | is well formed, but no key that can be used: off the curve, zero, of small order, halves that differ |
 * | `well-known-key` | is published: everybody has its private half |
 */
export type KeyErrorCode =
  | "not-pem"
  | "several-keys"
  | "encrypted"
  | "wrong-kind"
  | "unsupported-algorithm"
  | "malformed"
  | "invalid-key"
  | "well-known-key";

/** What a {@linkcode KeyError} is made of. */
export interface KeyErrorOptions extends CoreslotErrorOptions {
  /** What is wrong with the key. */
  readonly code: KeyErrorCode;
}

/**
 * A key that cannot, or must not, be used.
 *
 * @example A key whose private half is in everybody's hands
 * ```ts
 * import { importPublicKey, KeyError } from "@coreslot/coreslot/packager";
 * import { rejects } from "node:assert/strict";
 *
 * // RFC 8032, section 7.1, TEST 1.
 * const pem = `-----BEGIN PUBLIC KEY-----
 * MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
 * -----END PUBLIC KEY-----`;
 * await rejects(importPublicKey(pem), (error) => error instanceof KeyError && error.code === "well-known-key");
 * ```
 */
export class KeyError extends CoreslotError {
  /** What is wrong with the key. */
  declare readonly code: KeyErrorCode;

  /**
   * Keeps the options in fields.
   *
   * @param options Code, message, advice and cause.
   */
  constructor(options: KeyErrorOptions) {
    super(options);
  }
}
