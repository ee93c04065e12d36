/**
 * Verifying an update as strictly as a device: nothing that is not signed steers a decision.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../core/bytes.ts";
import { formatHex } from "../core/hex.ts";
import type { Image } from "./container.ts";
import { SIGNED_SIZE_BYTES } from "./header.ts";
import type { VerifyingKey } from "./keys.ts";
import type { Layout } from "./layouts/layout.ts";
import { matchLayout } from "./match_layout.ts";
import { refuse } from "./refuse.ts";
import { computeSetId } from "./set_id.ts";
import { findSignatureFlaw } from "./signature.ts";
import { decodeUpdate, type Update, type UpdateKind } from "./update.ts";

const WRONG_KEY_ADVICE = "Give the public key that it was signed with";
const CHANGED_ADVICE = "Get the update anew from where it was signed: it was changed since, or signed by another key";

/** What an update is verified against. */
export interface VerifyUpdateOptions {
  /** The keys that are trusted, at least one. The one with the header's key id decides, and how: by its own kind. */
  readonly keys: readonly VerifyingKey[];
  /**
   * The layout of the device. When given, part, cores, addresses and slot sizes must be the layout's.
   *
   * @default {undefined}
   */
  readonly layout?: Layout | undefined;
}

/** A verified update. What is in it may be trusted. */
export interface VerificationReport {
  /** What the file is. */
  readonly kind: UpdateKind;
  /** The images, in index order; payloads are views into the file. */
  readonly images: readonly Image[];
  /** The metadata, a view into the file; empty where none is carried. */
  readonly metadata: Bytes;
  /**
   * `none`: the release binds none. `verified`: it is the metadata that was signed. `not-carried`: the release binds some,
   * and a container does not carry it.
   */
  readonly metadataState: "none" | "verified" | "not-carried";
  /** The key that signed it. */
  readonly key: VerifyingKey;
  /** Name of the layout it was checked against; `null` when there was none. */
  readonly layoutName: string | null;
}

/**
 * Verifies a bundle, or a container that is a whole set: structure and CRCs, completeness, set id, signatures, digests,
 * and the layout when one is given.
 *
 * @param bytes The whole file.
 * @param options Keys and layout.
 * @returns What is in it.
 * @throws {ContainerFormatError} When the file is damaged or not well formed.
 * @throws {VerificationError} When it is not to be trusted, or not for this layout.
 * @throws {RangeError} When no key is given.
 *
 * @example What was packed, verified for the device it is for
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle, verifyUpdate } from "@coreslot/coreslot/packager";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32f411"),
 *   images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key,
 * });
 * const report = await verifyUpdate(bundle, { keys: [key.publicKey], layout: findLayout("stm32f411") });
 * console.assert(report.images[0]?.header.version.major === 1);
 * ```
 */
export async function verifyUpdate(bytes: Bytes, options: VerifyUpdateOptions): Promise<VerificationReport> {
  const { keys, layout } = options;
  if (keys.length === 0) throw new RangeError("Cannot verify an update: no key is given");
  const update = decodeUpdate(bytes);
  checkComplete(update);
  const key = selectKey(update, keys);
  await checkSetId(update);
  await checkSignatures(update, key);
  await checkDigests(update);
  if (layout !== undefined) matchLayout(update, layout);
  return {
    kind: update.kind,
    images: update.images,
    metadata: update.metadata,
    metadataState: metadataStateOf(update),
    key,
    layoutName: layout?.name ?? null,
  };
}

function checkComplete(update: Update): void {
  const { imageCount } = update.images[0]!.header;
  if (imageCount === update.images.length) return;
  throw refuse(update, 0, {
    code: "incomplete-set",
    name: "imageCount",
    expected: `${update.images.length}, as many images as the file has`,
    advice: "Verify the bundle: one image of a set says nothing about the others",
  });
}

function selectKey(update: Update, keys: readonly VerifyingKey[]): VerifyingKey {
  const { keyId, signatureKind, signature } = update.images[0]!.header;
  if (signature.every((byte) => byte === 0)) {
    throw refuse(update, 0, {
      code: "unsigned",
      name: "signature",
      expected: "a signature",
      got: "zeros",
      advice: "Sign it: coreslot digest gives what to sign, coreslot attach takes the signatures",
    });
  }
  const key = keys.find((key) => equalBytes(key.keyId, keyId));
  if (key === undefined) {
    const expected = keys.map((key) => formatHex(key.keyId)).join(" or ");
    throw refuse(update, 0, { code: "unknown-key", name: "keyId", expected, advice: WRONG_KEY_ADVICE });
  }
  if (key.type !== signatureKind) {
    const expected = `the kind of the key, ${key.type}`;
    throw refuse(update, 0, { code: "wrong-signature-kind", name: "signatureKind", expected, got: signatureKind });
  }
  return key;
}

async function checkSetId(update: Update): Promise<void> {
  const setId = await computeSetId(update.records);
  if (equalBytes(setId, update.images[0]!.header.setId)) return;
  throw refuse(update, 0, { code: "bad-set-id", name: "setId", expected: formatHex(setId), advice: CHANGED_ADVICE });
}

async function checkSignatures(update: Update, key: VerifyingKey): Promise<void> {
  for (const [index, record] of update.records.entries()) {
    const { signature } = update.images[index]!.header;
    if (await key.verify(record.slice(0, SIGNED_SIZE_BYTES), signature)) continue;
    throw refuse(update, index, {
      code: "bad-signature",
      name: "signature",
      expected: `a signature by key ${formatHex(key.keyId)}`,
      got: findSignatureFlaw(key.type, signature) ?? "another one",
      advice: CHANGED_ADVICE,
    });
  }
}

async function checkDigests(update: Update): Promise<void> {
  const digests = await Promise.all(update.images.map(({ payload }) => crypto.subtle.digest("SHA-256", payload)));
  for (const [index, digest] of digests.entries()) {
    const got = new Uint8Array(digest);
    if (equalBytes(got, update.images[index]!.header.payloadDigest)) continue;
    const expected = "the digest of the payload, " + formatHex(got);
    throw refuse(update, index, { code: "bad-digest", name: "payloadDigest", expected });
  }
  if (update.metadata.length === 0) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", update.metadata));
  if (equalBytes(digest, update.images[0]!.header.metadataDigest)) return;
  const expected = "the digest of the metadata, " + formatHex(digest);
  throw refuse(update, 0, { code: "bad-metadata-digest", name: "metadataDigest", expected });
}

function metadataStateOf({ images, metadata }: Update): VerificationReport["metadataState"] {
  if (metadata.length > 0) return "verified";
  return images[0]!.header.metadataDigest.every((byte) => byte === 0) ? "none" : "not-carried";
}
