/**
 * The set id, computed without waiting, for readers that cannot.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { sha256 } from "../../core/sha256.ts";
import { SET_ID_SIZE_BYTES, setIdMessage } from "../set_id.ts";

/**
 * Computes the set id of a release, as `computeSetId()` does.
 *
 * @param headers Every header of the set, 256 bytes each, in index order.
 * @returns 16 bytes.
 */
export function computeSetIdSync(headers: readonly Uint8Array[]): Bytes {
  return sha256(setIdMessage(headers)).slice(0, SET_ID_SIZE_BYTES);
}
