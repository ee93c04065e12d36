/**
 * What an attacker can do to a bundle: change any field and make everything fit again that needs no key.
 *
 * @module
 */

import { type Bytes, crc32 } from "../core/mod.ts";
import { BUNDLE_FIELDS, headerOffset } from "../packager/bundle.ts";
import type { Field } from "../packager/field_table.ts";
import { computeHeaderCrc, HEADER_FIELDS, HEADER_SIZE_BYTES, SIGNED_SIZE_BYTES } from "../packager/header.ts";
import type { SigningKey } from "../packager/keys.ts";
import { computeSetId } from "../packager/set_id.ts";

/** Values by the names of fields. */
export type Changes<Table> = { readonly [Name in keyof Table]?: number | Bytes };

/**
 * Changes fields of an image header and repairs its CRC, unless that is among the changes.
 *
 * @param header 256 bytes.
 * @param changes The new values.
 * @returns Fresh bytes.
 */
export function forgeHeader(header: Uint8Array, changes: Changes<typeof HEADER_FIELDS>): Bytes {
  const forged = Uint8Array.from(header);
  setFields(forged, HEADER_FIELDS, changes);
  if (changes.headerCrc === undefined) setFields(forged, HEADER_FIELDS, { headerCrc: computeHeaderCrc(forged) });
  return forged;
}

/**
 * Changes fields of the header of one image in a bundle and repairs its CRC.
 *
 * @param bundle The bundle.
 * @param index Index of the image.
 * @param changes The new values.
 * @returns Fresh bytes.
 */
export function forgeImage(bundle: Uint8Array, index: number, changes: Changes<typeof HEADER_FIELDS>): Bytes {
  const forged = Uint8Array.from(bundle);
  const offset = headerOffset(index);
  forged.set(forgeHeader(bundle.subarray(offset, offset + HEADER_SIZE_BYTES), changes), offset);
  return forged;
}

/**
 * Changes fields of the bundle header and repairs its CRC, unless that is among the changes.
 *
 * @param bundle The bundle.
 * @param changes The new values.
 * @returns Fresh bytes.
 */
export function forgeBundle(bundle: Uint8Array, changes: Changes<typeof BUNDLE_FIELDS>): Bytes {
  const forged = Uint8Array.from(bundle);
  setFields(forged, BUNDLE_FIELDS, changes);
  if (changes.headerCrc === undefined) {
    setFields(forged, BUNDLE_FIELDS, { headerCrc: crc32(forged.subarray(0, BUNDLE_FIELDS.headerCrc.offset)) });
  }
  return forged;
}

/**
 * Recomputes the set id of a bundle and signs every header anew: what the holder of a key can do.
 *
 * @param bundle The bundle.
 * @param imageCount Number of headers in it.
 * @param key The key; its id goes into no header.
 * @returns Fresh bytes.
 */
export async function resign(bundle: Uint8Array, imageCount: number, key: SigningKey): Promise<Bytes> {
  const indexes = Array.from({ length: imageCount }, (_, index) => index);
  const setId = await computeSetId(
    indexes.map((index) => bundle.subarray(headerOffset(index), headerOffset(index + 1))),
  );
  let forged = Uint8Array.from(bundle);
  for (const index of indexes) {
    forged = forgeImage(forged, index, { setId });
    const offset = headerOffset(index);
    const signature = await key.sign(forged.slice(offset, offset + SIGNED_SIZE_BYTES));
    forged.set(signature, offset + HEADER_FIELDS.signature.offset);
  }
  return forged;
}

function setFields(bytes: Bytes, table: Readonly<Record<string, Field>>, changes: Changes<typeof table>): void {
  for (const [name, value] of Object.entries(changes)) {
    const { offset, sizeBytes } = table[name]!;
    const content = typeof value === "number"
      ? Uint8Array.from({ length: sizeBytes }, (_, index) => Math.floor(value / 256 ** index))
      : value!;
    bytes.set(content, offset);
  }
}
