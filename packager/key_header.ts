/**
 * A public key as a C header, for the loader that trusts it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { KeyType } from "./header.ts";
import type { VerifyingKey } from "./keys.ts";

const NAME_REGEXP = /^[A-Za-z][A-Za-z0-9_]*$/;
const BYTES_A_LINE = 12;

/** What each kind of key is, in the words of the C header. */
const DESCRIPTIONS: Readonly<Record<KeyType, string>> = {
  ed25519: "Ed25519 public key: 32 bytes, as RFC 8032 encodes it.",
  p256: "P-256 public key: X and Y, 32 bytes each, most significant byte first, without the 0x04 of SEC 1.",
};

/** How to write the C header. */
export interface ExportCHeaderOptions {
  /**
   * Name that every identifier begins with: a C identifier.
   *
   * @default {"coreslot_key"}
   */
  readonly name?: string;
}

/**
 * Formats a public key as a C header: kind, key id and raw key. The same key and name give the same text.
 *
 * @param key The key.
 * @param options Name of the identifiers.
 * @returns C99, ASCII, lines ending in LF.
 * @throws {RangeError} When the name is no C identifier.
 *
 * @example A header for the loader's sources
 * ```ts
 * import { exportCHeader, generateKey } from "@coreslot/coreslot/packager";
 *
 * const { key } = await generateKey("ed25519");
 * const text = exportCHeader(key.publicKey, { name: "release_key" });
 * console.assert(text.includes("static const uint8_t release_key[32]"));
 * ```
 */
export function exportCHeader(key: VerifyingKey, options: ExportCHeaderOptions = {}): string {
  const { name = "coreslot_key" } = options;
  if (!NAME_REGEXP.test(name)) throw new RangeError(`Cannot name the key "${name}": it is no C identifier`);
  const upper = name.toUpperCase();
  return `/*
 * ${DESCRIPTIONS[key.type]}
 * Written by coreslot. The kind is the value of signatureKind in the image header; the id is that of keyId.
 */
#ifndef ${upper}_H
#define ${upper}_H

#include <stdint.h>

#define ${upper}_KIND ${key.type === "ed25519" ? 1 : 2}u

static const uint8_t ${name}_id[${key.keyId.length}] = {
${formatArray(key.keyId)}
};

static const uint8_t ${name}[${key.rawPublicKey.length}] = {
${formatArray(key.rawPublicKey)}
};

#endif
`;
}

function formatArray(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += BYTES_A_LINE) {
    const line = Array.from(
      bytes.subarray(offset, offset + BYTES_A_LINE),
      (byte) => `0x${byte.toString(16).padStart(2, "0")},`,
    );
    lines.push(`  ${line.join(" ")}`);
  }
  return lines.join("\n");
}
