/**
 * Keys from PEM files.
 *
 * @module
 */

import { importPrivateKey, importPublicKey, type SigningKey, type VerifyingKey } from "../packager/keys.ts";
import { inFile } from "./file_content_error.ts";
import { readTextInput } from "./files.ts";

/** Options of {@linkcode loadSigningKey} and {@linkcode loadVerifyingKey}. */
export interface LoadKeyOptions {
  /** Whether keys are taken whose private half is published. */
  readonly allowWellKnown: boolean;
}

/**
 * Loads a private key.
 *
 * @param path A PEM file: PKCS#8 or SEC1, not encrypted.
 * @param options Whether published keys are taken.
 * @returns The key.
 * @throws {FileError} When the file cannot be read.
 * @throws {FileContentError} When it does not hold such a key.
 */
export async function loadSigningKey(path: string, options: LoadKeyOptions): Promise<SigningKey> {
  const pem = readTextInput(path);
  return await inFile(path, () => importPrivateKey(pem, options));
}

/**
 * Loads a public key.
 *
 * @param path A PEM file: SPKI.
 * @param options Whether published keys are taken.
 * @returns The key.
 * @throws {FileError} When the file cannot be read.
 * @throws {FileContentError} When it does not hold such a key.
 */
export async function loadVerifyingKey(path: string, options: LoadKeyOptions): Promise<VerifyingKey> {
  const pem = readTextInput(path);
  return await inFile(path, () => importPublicKey(pem, options));
}
