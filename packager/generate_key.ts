/**
 * New keys. The only place in the packager where randomness comes in.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { bigEndian, P256_ORDER } from "./curves.ts";
import type { KeyType } from "./header.ts";
import { encodePkcs8 } from "./key_der.ts";
import { createSigningKey, derivePublicKey, exportPublicKey, type SigningKey } from "./keys.ts";
import { formatPem } from "./pem.ts";

/** A new key, ready to sign, and as text to keep. */
export interface GeneratedKey {
  /** The key. */
  readonly key: SigningKey;
  /** PKCS#8 PEM, not encrypted, as `openssl genpkey` writes it. A secret. */
  readonly privatePem: string;
  /** SPKI PEM, as `openssl pkey -pubout` writes it. */
  readonly publicPem: string;
}

/**
 * Generates a key from the platform's randomness.
 *
 * @param type Kind of the key.
 * @returns The key and its two halves as PEM.
 *
 * @example A new Ed25519 key
 * ```ts
 * import { generateKey } from "@coreslot/coreslot/packager";
 *
 * const { privatePem } = await generateKey("ed25519");
 * console.assert(privatePem.startsWith("-----BEGIN PRIVATE KEY-----\n"));
 * ```
 */
export async function generateKey(type: KeyType): Promise<GeneratedKey> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  while (type === "p256" && !isP256Secret(secret)) crypto.getRandomValues(secret);
  const rawPublicKey = await derivePublicKey({ type, secret, rawPublicKey: undefined });
  const parts = { type, secret, rawPublicKey };
  const key = await createSigningKey(parts);
  return {
    key,
    privatePem: formatPem({ label: "PRIVATE KEY", der: encodePkcs8(parts) }),
    publicPem: exportPublicKey(key.publicKey),
  };
}

function isP256Secret(secret: Uint8Array): boolean {
  const d = bigEndian(secret);
  return d > 0n && d < P256_ORDER;
}
