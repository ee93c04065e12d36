/**
 * Verifies signatures without waiting, as a loader does.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { concatBytes } from "../../core/mod.ts";
import { findSignatureFlaw } from "../../packager/signature.ts";
import { ContentMemo } from "./content_memo.ts";
import type { LoaderKey } from "./loader_config.ts";

/** Begins a P-256 point that is not compressed (SEC 1, 2.3.3). */
const UNCOMPRESSED = 0x04;

/** Answers that were given: one takes a millisecond. */
const KNOWN = new ContentMemo<boolean>();

/**
 * Verifies the signature of a message: its form first, then the mathematics.
 *
 * @param key The key; decides how.
 * @param message The message (for P-256 too, not its digest).
 * @param signature 64 bytes, as in a header.
 * @returns Whether it is this key's signature of the message.
 */
export function verifySignature(key: LoaderKey, message: Uint8Array, signature: Uint8Array): boolean {
  return KNOWN.get(
    [key.rawPublicKey, signature, message],
    () => findSignatureFlaw(key.type, signature) === undefined && compute(key, message, signature),
  );
}

function compute({ type, rawPublicKey }: LoaderKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (type === "ed25519") return ed25519.verify(signature, message, rawPublicKey, { zip215: false });
  return p256.verify(signature, message, concatBytes([Uint8Array.of(UNCOMPRESSED), rawPublicKey]), { lowS: true });
}
