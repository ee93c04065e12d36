/**
 * The product id: which product a release is for, in 16 bytes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { parseHex } from "../core/hex.ts";

/** Size of a product id in bytes. */
export const PRODUCT_ID_SIZE_BYTES = 16;

/** RFC 9562, section 4: 32 digits in five groups. */
const UUID_REGEXP = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Keeps this digest apart from every other one: no other message of ours begins with it. */
const LABEL = "coreslot product 1\0";

/**
 * Derives the product id from a UUID or from a name.
 *
 * A UUID stands for its 16 bytes in the order of its text. Anything else is a name, and stands for the start of a SHA-256
 * over a label and the name's UTF-8 in Unicode normalization form C, so that it does not matter how a keyboard composes
 * an accent. Case and white space matter.
 *
 * @param product A UUID of 8-4-4-4-12 digits in either case, not all zeros; or a name, not blank.
 * @returns 16 bytes, not all zeros.
 * @throws {RangeError} When the product is empty or only white space, the nil UUID, or holds half a surrogate pair.
 *
 * @example A UUID stands for itself
 * ```ts
 * import { deriveProductId } from "@coreslot/coreslot/packager";
 *
 * const productId = await deriveProductId("00112233-4455-6677-8899-aabbccddeeff");
 * console.assert(productId[1] === 0x11);
 * ```
 */
export async function deriveProductId(product: string): Promise<Bytes> {
  if (UUID_REGEXP.test(product)) {
    const uuid = parseHex(product.replaceAll("-", ""));
    if (uuid.some((byte) => byte !== 0)) return uuid;
    throw new RangeError("Cannot use product: the nil UUID stands for no product");
  }
  if (product.trim() === "") throw new RangeError("Cannot use product: the name is blank");
  if (!product.isWellFormed()) throw new RangeError("Cannot use product: the name is not well-formed Unicode");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(LABEL + product.normalize("NFC")));
  return new Uint8Array(digest).slice(0, PRODUCT_ID_SIZE_BYTES);
}
