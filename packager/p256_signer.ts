/**
 * ECDSA on P-256 with SHA-256, deterministic as in RFC 6979 and with a low s, on every platform.
 *
 * WebCrypto leaves open how the secret number of a signature is chosen. Deno 2.9.6 chooses it as RFC 6979 does; Node and
 * browsers choose at random. So the platform is asked for a signature that RFC 6979 prints, and where it gives another one
 * its place is taken by @noble/curves, which is loaded only then (12 ms to load and 30 ms for the first signature, where
 * the platform takes under 1 ms).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../core/bytes.ts";
import { parseHex } from "../core/hex.ts";
import { encodePkcs8, type PrivateKeyParts, type PublicKeyParts } from "./key_der.ts";
import { normalizeSignature } from "./signature.ts";

/** A private key with its public half. */
export type KeyPairParts = PrivateKeyParts & PublicKeyParts;

/** Signs a message. */
export type Signer = (message: Bytes) => Promise<Bytes>;

/** What WebCrypto calls the kind of key. */
export const P256_KEY_ALGORITHM: EcKeyImportParams = { name: "ECDSA", namedCurve: "P-256" };
/** What WebCrypto calls the kind of signature. */
export const P256_SIGN_ALGORITHM: EcdsaParams = { name: "ECDSA", hash: "SHA-256" };

/** RFC 6979, A.2.5: the key. */
const KNOWN_KEY: KeyPairParts = {
  type: "p256",
  secret: parseHex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
  rawPublicKey: parseHex(
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  ),
};
/** RFC 6979, A.2.5: the signature of "sample" with SHA-256, as printed; its s is high. */
const KNOWN_MESSAGE = new TextEncoder().encode("sample");
const KNOWN_SIGNATURE = normalizeSignature(
  "p256",
  parseHex(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
  ),
);

let platformAnswer: Promise<boolean> | undefined;

/**
 * Makes the signer that this platform is good for.
 *
 * @param key The key.
 * @returns The signer: 64 bytes, r and s, low s; the same bytes for the same message, everywhere.
 */
export async function createP256Signer(key: KeyPairParts): Promise<Signer> {
  platformAnswer ??= isPlatformDeterministic();
  return await platformAnswer ? createPlatformSigner(key) : createPortableSigner(key);
}

/**
 * Makes a signer that asks WebCrypto.
 *
 * @param key The key.
 * @returns The signer; deterministic where the platform is.
 */
export async function createPlatformSigner(key: KeyPairParts): Promise<Signer> {
  const cryptoKey = await crypto.subtle.importKey("pkcs8", encodePkcs8(key), P256_KEY_ALGORITHM, false, ["sign"]);
  return async (message) => {
    const signature = await crypto.subtle.sign(P256_SIGN_ALGORITHM, cryptoKey, message);
    return normalizeSignature("p256", new Uint8Array(signature));
  };
}

/**
 * Makes a signer that asks @noble/curves.
 *
 * @param key The key.
 * @returns The signer; deterministic everywhere.
 */
export async function createPortableSigner(key: KeyPairParts): Promise<Signer> {
  const { p256 } = await import("@noble/curves/nist.js");
  return (message) => {
    const signature = p256.sign(message, key.secret, { prehash: true, lowS: true, format: "compact" });
    return Promise.resolve(normalizeSignature("p256", signature));
  };
}

/**
 * Computes the public half of a P-256 key.
 *
 * @param secret The number d, 32 bytes, 1 to n - 1.
 * @returns X and Y, 32 bytes each.
 */
export async function deriveP256PublicKey(secret: Bytes): Promise<Bytes> {
  const { p256 } = await import("@noble/curves/nist.js");
  return Uint8Array.from(p256.getPublicKey(secret, false).subarray(1));
}

async function isPlatformDeterministic(): Promise<boolean> {
  try {
    const sign = await createPlatformSigner(KNOWN_KEY);
    return equalBytes(await sign(KNOWN_MESSAGE), KNOWN_SIGNATURE);
  } catch {
    return false; // A platform without the algorithm, or that cannot import the key.
  }
}
