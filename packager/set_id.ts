/**
 * The set id: what binds the images of one release to one another. Signed in every header, recomputed by every reader.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/bytes.ts";
import type { Field } from "./field_table.ts";
import { HEADER_FIELDS } from "./header.ts";

/** Size of a set id in bytes. */
export const SET_ID_SIZE_BYTES = 16;

/** Keeps this digest apart from every other one: no other message of ours begins with it. */
const LABEL = new TextEncoder().encode("coreslot set 1\0");

/** Fields that are not known before the set id is, and so count as zeros. */
const LEFT_OUT: readonly Field[] = [HEADER_FIELDS.headerCrc, HEADER_FIELDS.setId, HEADER_FIELDS.signature];

/**
 * Computes the set id of a release.
 *
 * @param headers Every header of the set, 256 bytes each, in index order. CRC, set id and signature are left out of
 *   account.
 * @returns 16 bytes: the start of a SHA-256.
 *
 * @example One header, all zeros
 * ```ts
 * import { computeSetId } from "@coreslot/coreslot/packager";
 *
 * const setId = await computeSetId([new Uint8Array(256)]);
 * console.assert(setId.length === 16);
 * ```
 */
export async function computeSetId(headers: readonly Uint8Array[]): Promise<Bytes> {
  const digest = await crypto.subtle.digest("SHA-256", setIdMessage(headers));
  return new Uint8Array(digest).slice(0, SET_ID_SIZE_BYTES);
}

/**
 * Gives what the set id is the digest of.
 *
 * @param headers Every header of the set, in index order.
 * @returns Fresh bytes.
 */
export function setIdMessage(headers: readonly Uint8Array[]): Bytes {
  return concatBytes([LABEL, ...headers.map(withoutLeftOut)]);
}

function withoutLeftOut(header: Uint8Array): Uint8Array {
  const copy = header.slice();
  for (const { offset, sizeBytes } of LEFT_OUT) copy.fill(0, offset, offset + sizeBytes);
  return copy;
}
