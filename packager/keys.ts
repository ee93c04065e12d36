/**
 * Keys: importing them from PEM as OpenSSL writes it, signing and verifying with them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { bigEndian, isEd25519Key, isP256Point, P256_ORDER } from "./curves.ts";
import type { KeyType } from "./header.ts";
import { decodePkcs8, decodeSec1, decodeSpki, encodePkcs8, encodeSpki } from "./key_der.ts";
import type { PrivateKeyParts, PublicKeyParts } from "./key_der.ts";
import { KeyError } from "./key_error.ts";
import { createP256Signer, deriveP256PublicKey, P256_KEY_ALGORITHM, P256_SIGN_ALGORITHM } from "./p256_signer.ts";
import type { KeyPairParts, Signer } from "./p256_signer.ts";
import { formatPem, parsePem } from "./pem.ts";
import { findSignatureFlaw } from "./signature.ts";
import { findWellKnownKey } from "./well_known_keys.ts";

/** Size of a key id in bytes. */
export const KEY_ID_SIZE_BYTES = 8;

const IMPORT_ALGORITHMS: Readonly<Record<KeyType, AlgorithmIdentifier | EcKeyImportParams>> = {
  ed25519: "Ed25519",
  p256: P256_KEY_ALGORITHM,
};
const VERIFY_ALGORITHMS: Readonly<Record<KeyType, AlgorithmIdentifier | EcdsaParams>> = {
  ed25519: "Ed25519",
  p256: P256_SIGN_ALGORITHM,
};

/** What an imported private key signs once, to see that its halves belong together. */
const PROBE: Bytes = new TextEncoder().encode("coreslot key probe 1\0");

/** A public key: what a device and `verifyUpdate()` trust. */
export interface VerifyingKey {
  /** Kind of the key. Decides how a signature is verified. */
  readonly type: KeyType;
  /** First 8 bytes of the SHA-256 of the SPKI. */
  readonly keyId: Bytes;
  /** The key as SubjectPublicKeyInfo in DER. */
  readonly spki: Bytes;
  /** The key alone. Ed25519: 32 bytes. P-256: X and Y, 32 bytes each, most significant byte first. */
  readonly rawPublicKey: Bytes;
  /**
   * Verifies a signature: its form first, then the mathematics.
   *
   * @param message The message (for P-256 too, not its digest).
   * @param signature 64 bytes, as in a header.
   * @returns Whether it is this key's signature of the message.
   */
  readonly verify: (message: Bytes, signature: Bytes) => Promise<boolean>;
}

/** A private key, or something that signs with one: a hardware module can be put behind this interface. */
export interface SigningKey {
  /** Kind of the key. */
  readonly type: KeyType;
  /** Key id of the public half. */
  readonly keyId: Bytes;
  /** The public half. */
  readonly publicKey: VerifyingKey;
  /**
   * Signs a message.
   *
   * @param message The message (for P-256 too, not its digest).
   * @returns 64 bytes as in a header; the same for the same message, on every platform.
   */
  readonly sign: (message: Bytes) => Promise<Bytes>;
}

/** How to import a key. */
export interface ImportKeyOptions {
  /**
   * Whether keys that everybody has the private half of are taken: MCUboot's, those of RFCs, and the like. For tests.
   *
   * @default {false}
   */
  readonly allowWellKnown?: boolean;
}

/**
 * Imports a public key from PEM: SPKI, `-----BEGIN PUBLIC KEY-----`.
 *
 * @param pem The text.
 * @param options Whether published keys are taken.
 * @returns The key.
 * @throws {KeyError} When it is no Ed25519 or P-256 public key, or one that must not be used.
 *
 * @example Importing the public half of a new key
 * ```ts
 * import { generateKey, importPublicKey } from "@coreslot/coreslot/packager";
 *
 * const { publicPem } = await generateKey("ed25519");
 * const key = await importPublicKey(publicPem);
 * console.assert(key.rawPublicKey.length === 32);
 * ```
 */
export async function importPublicKey(pem: string, options: ImportKeyOptions = {}): Promise<VerifyingKey> {
  const { label, der } = parsePem(pem);
  if (label !== "PUBLIC KEY") throw wrongKind(label, "a public key (PUBLIC KEY)");
  const key = await createVerifyingKey(decodeSpki(der));
  refuseWellKnown(key, options);
  return key;
}

/**
 * Imports a private key from PEM: PKCS#8 (`PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`), not encrypted.
 *
 * @param pem The text.
 * @param options Whether published keys are taken.
 * @returns The key.
 * @throws {KeyError} When it is no Ed25519 or P-256 private key, or one that must not be used.
 *
 * @example Signing and verifying
 * ```ts
 * import { generateKey, importPrivateKey } from "@coreslot/coreslot/packager";
 *
 * const { privatePem } = await generateKey("p256");
 * const key = await importPrivateKey(privatePem);
 * const message = Uint8Array.of(1, 2, 3);
 * console.assert(await key.publicKey.verify(message, await key.sign(message)));
 * ```
 */
export async function importPrivateKey(pem: string, options: ImportKeyOptions = {}): Promise<SigningKey> {
  const { label, der } = parsePem(pem);
  if (label !== "PRIVATE KEY" && label !== "EC PRIVATE KEY") {
    throw wrongKind(label, "a private key (PRIVATE KEY or EC PRIVATE KEY)");
  }
  const parts = label === "PRIVATE KEY" ? decodePkcs8(der) : decodeSec1(der);
  checkSecret(parts);
  const key = await createPair({ ...parts, rawPublicKey: parts.rawPublicKey ?? await derivePublicKey(parts) });
  refuseWellKnown(key.publicKey, options);
  return key;
}

/**
 * Formats a public key as PEM, as `openssl pkey -pubout` does.
 *
 * @param key The key.
 * @returns SPKI PEM, lines ending in LF.
 *
 * @example The text that goes into the repository
 * ```ts
 * import { exportPublicKey, generateKey } from "@coreslot/coreslot/packager";
 *
 * const { key, publicPem } = await generateKey("ed25519");
 * console.assert(exportPublicKey(key.publicKey) === publicPem);
 * ```
 */
export function exportPublicKey(key: VerifyingKey): string {
  return formatPem({ label: "PUBLIC KEY", der: key.spki });
}

/**
 * Makes a verifying key out of raw bytes.
 *
 * @param parts Kind and raw public key.
 * @returns The key.
 * @throws {KeyError} `invalid-key` when the bytes are no point that a signer can have.
 */
export async function createVerifyingKey(parts: PublicKeyParts): Promise<VerifyingKey> {
  const { type, rawPublicKey } = parts;
  const isPoint = type === "ed25519" ? isEd25519Key(rawPublicKey) : isP256Point(rawPublicKey);
  if (!isPoint) throw invalid("its public half is no point of the curve that a signer can have");
  const spki = encodeSpki(parts);
  const digest = await crypto.subtle.digest("SHA-256", spki);
  const cryptoKey = await crypto.subtle.importKey("spki", spki, IMPORT_ALGORITHMS[type], true, ["verify"]);
  return {
    type,
    keyId: new Uint8Array(digest).slice(0, KEY_ID_SIZE_BYTES),
    spki,
    rawPublicKey,
    verify: async (message, signature) =>
      findSignatureFlaw(type, signature) === undefined &&
      await crypto.subtle.verify(VERIFY_ALGORITHMS[type], cryptoKey, signature, message),
  };
}

/**
 * Makes a signing key out of its raw halves.
 *
 * @param parts Kind, secret, and the public key that belongs to it.
 * @returns The key.
 */
export async function createSigningKey(parts: KeyPairParts): Promise<SigningKey> {
  const publicKey = await createVerifyingKey(parts);
  const sign = await (parts.type === "ed25519" ? createEd25519Signer(parts) : createP256Signer(parts));
  return { type: parts.type, keyId: publicKey.keyId, publicKey, sign };
}

/**
 * Computes the public half of a key.
 *
 * @param parts Kind and secret.
 * @returns The raw public key.
 */
export async function derivePublicKey(parts: PrivateKeyParts): Promise<Bytes> {
  if (parts.type === "p256") return await deriveP256PublicKey(parts.secret);
  const cryptoKey = await importEd25519(parts.secret, true);
  const { x = "" } = await crypto.subtle.exportKey("jwk", cryptoKey);
  return Uint8Array.from(atob(x.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

async function createEd25519Signer({ secret }: PrivateKeyParts): Promise<Signer> {
  const cryptoKey = await importEd25519(secret, false);
  return async (message) => new Uint8Array(await crypto.subtle.sign(VERIFY_ALGORITHMS.ed25519, cryptoKey, message));
}

function importEd25519(secret: Bytes, isExtractable: boolean): Promise<CryptoKey> {
  const pkcs8 = encodePkcs8({ type: "ed25519", secret, rawPublicKey: new Uint8Array() });
  return crypto.subtle.importKey("pkcs8", pkcs8, IMPORT_ALGORITHMS.ed25519, isExtractable, ["sign"]);
}

function checkSecret({ type, secret }: PrivateKeyParts): void {
  if (type === "ed25519") return;
  const d = bigEndian(secret);
  if (d === 0n || d >= P256_ORDER) throw invalid("its secret is not between 1 and n - 1");
}

/** A file may carry the public half of another key; whatever would be signed could then never be verified. */
async function createPair(parts: KeyPairParts): Promise<SigningKey> {
  let cause: unknown;
  try {
    const key = await createSigningKey(parts);
    if (await key.publicKey.verify(PROBE, await key.sign(PROBE))) return key;
  } catch (error) {
    if (error instanceof KeyError) throw error;
    cause = error; // Platforms differ: Deno 2.9.6 throws a TypeError when such a key signs.
  }
  throw invalid("its private and its public half do not belong together", cause);
}

function refuseWellKnown(key: VerifyingKey, options: ImportKeyOptions): void {
  const source = options.allowWellKnown === true ? undefined : findWellKnownKey(key.keyId);
  if (source === undefined) return;
  throw new KeyError({
    code: "well-known-key",
    message: `Cannot use key: its private half is published (${source})`,
    advice: "Generate a key of your own with coreslot keygen",
  });
}

function wrongKind(label: string, expected: string): KeyError {
  const isPrivate = label.endsWith("PRIVATE KEY");
  return new KeyError({
    code: /^(RSA|DSA) /.test(label) ? "unsupported-algorithm" : "wrong-kind",
    message: `Cannot use key: expected ${expected}, got ${label}`,
    advice: isPrivate
      ? "openssl pkey -in key.pem -pubout gives the public half of a private key"
      : "Give the file that coreslot keygen or openssl genpkey wrote",
  });
}

function invalid(state: string, cause?: unknown): KeyError {
  return new KeyError({ code: "invalid-key", message: `Cannot use key: ${state}`, cause });
}
