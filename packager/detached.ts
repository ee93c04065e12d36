/**
 * Signing elsewhere: what to sign comes out, signatures go in.
 *
 * For keys in a hardware module or a key service. A bundle that was packed with a public key carries zeros in place of its
 * signatures; everything else is final.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../core/bytes.ts";
import { formatHex } from "../core/hex.ts";
import type { CoreTag } from "../core/parts/part.ts";
import { headerOffset } from "./bundle.ts";
import { HEADER_FIELDS, type KeyType, SIGNED_SIZE_BYTES } from "./header.ts";
import type { VerifyingKey } from "./keys.ts";
import { refuse } from "./refuse.ts";
import { normalizeSignature } from "./signature.ts";
import { decodeUpdate, type Update } from "./update.ts";
import { verifyUpdate } from "./verify.ts";

/** What a signer elsewhere is given for one image. */
export interface MessageToSign {
  /** Core of the image. */
  readonly core: CoreTag;
  /** Kind of the signature that is wanted. */
  readonly signatureKind: KeyType;
  /** Ed25519: the 192 bytes to sign. P-256: their SHA-256, 32 bytes, to be signed as a digest. */
  readonly message: Bytes;
}

/** A signature that was made elsewhere. */
export interface CoreSignature {
  /** Core of the image that it is for. */
  readonly core: CoreTag;
  /** 64 raw bytes, or for P-256 DER; a high s is taken and brought down. */
  readonly signature: Bytes;
}

/** What to attach. */
export interface AttachSignaturesOptions {
  /** One signature for every image, in any order. */
  readonly signatures: readonly CoreSignature[];
  /** The key that made them, the one that the bundle was packed with. */
  readonly key: VerifyingKey;
}

/**
 * Gives what has to be signed, one message an image.
 *
 * @param update A bundle, signed or not.
 * @returns The messages, in index order.
 * @throws {ContainerFormatError} When the update is not well formed.
 *
 * @example What to take to the signer
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, messagesToSign, packBundle } from "@coreslot/coreslot/packager";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32f411"),
 *   images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key: key.publicKey,
 * });
 * const [message] = await messagesToSign(bundle);
 * console.assert(message?.core === "CM4" && message.message.length === 192);
 * ```
 */
export async function messagesToSign(update: Bytes): Promise<readonly MessageToSign[]> {
  const { images, records } = decodeUpdate(update);
  return await Promise.all(images.map(async ({ header }, index) => {
    const signed = records[index]!.slice(0, SIGNED_SIZE_BYTES);
    const isDigest = header.signatureKind === "p256";
    const message = isDigest ? new Uint8Array(await crypto.subtle.digest("SHA-256", signed)) : signed;
    return { core: header.core, signatureKind: header.signatureKind, message };
  }));
}

/**
 * Puts signatures that were made elsewhere into a bundle and verifies it.
 *
 * @param update The bundle that the messages were taken from; signatures that it has are replaced.
 * @param options Signatures and key.
 * @returns Fresh bytes: those that packing with the private key gives, where signing is deterministic.
 * @throws {ContainerFormatError} When the update is not well formed.
 * @throws {SignatureFormatError} When a signature has no known form.
 * @throws {VerificationError} When a signature is missing or is not the key's.
 * @throws {RangeError} When a signature is for a core that the bundle has no image for, or two are for one core.
 *
 * @example A key that never leaves its place
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import {
 *   attachSignatures,
 *   findLayout,
 *   generateKey,
 *   messagesToSign,
 *   packBundle,
 *   verifyUpdate,
 * } from "@coreslot/coreslot/packager";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32f411"),
 *   images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key: key.publicKey,
 * });
 * const signatures = await Promise.all(
 *   (await messagesToSign(bundle)).map(async ({ core, message }) => ({ core, signature: await key.sign(message) })),
 * );
 * const signed = await attachSignatures(bundle, { signatures, key: key.publicKey });
 * console.assert((await verifyUpdate(signed, { keys: [key.publicKey] })).images.length === 1);
 * ```
 */
export async function attachSignatures(update: Bytes, options: AttachSignaturesOptions): Promise<Bytes> {
  const { signatures, key } = options;
  const decoded = decodeUpdate(update);
  checkCores(decoded, signatures);
  checkKey(decoded, key);
  const signed = update.slice();
  for (const [index, { header }] of decoded.images.entries()) {
    const given = signatures.find(({ core }) => core === header.core);
    if (given === undefined) {
      const expected = `a signature for ${header.core}`;
      throw refuse(decoded, index, { code: "missing-signature", name: "signature", expected, got: "none" });
    }
    const start = decoded.kind === "bundle" ? headerOffset(index) : 0;
    signed.set(normalizeSignature(key.type, given.signature), start + HEADER_FIELDS.signature.offset);
  }
  await verifyUpdate(signed, { keys: [key] });
  return signed;
}

function checkCores({ images }: Update, signatures: readonly CoreSignature[]): void {
  const cores = images.map(({ header }) => header.core);
  for (const [index, { core }] of signatures.entries()) {
    if (!cores.includes(core)) throw new RangeError(`Cannot attach a signature for ${core}: there is no such image`);
    if (signatures.findIndex((other) => other.core === core) !== index) {
      throw new RangeError(`Cannot attach signatures: there are two for ${core}`);
    }
  }
}

function checkKey(update: Update, key: VerifyingKey): void {
  const { keyId } = update.images[0]!.header;
  if (equalBytes(keyId, key.keyId)) return;
  throw refuse(update, 0, {
    code: "unknown-key",
    name: "keyId",
    expected: formatHex(key.keyId),
    advice: "Attach with the public key that the bundle was packed with",
  });
}
