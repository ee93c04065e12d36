/**
 * Looking into an update without trusting it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { BUNDLE_FIELDS, BUNDLE_HEADER_SIZE_BYTES, headerOffset } from "./bundle.ts";
import type { Image } from "./container.ts";
import { type Field, type FieldTable, formatField, type Place, readFields } from "./field_table.ts";
import { HEADER_FIELDS } from "./header.ts";
import { decodeUpdate, type UpdateKind } from "./update.ts";

/** A field of a record, as it stands in the file. */
export interface InspectedField {
  /** Name of the field, as in FORMAT.md. */
  readonly name: string;
  /** Offset in the file, in bytes. */
  readonly offset: number;
  /** Size in bytes. */
  readonly sizeBytes: number;
  /** How to read it: bytes, ASCII text, or a number that is shown as a decimal, in hexadecimal or as an address. */
  readonly type: Field["type"];
  /** Its value as text: a number, an address, quoted text, or hexadecimal digits. */
  readonly text: string;
}

/** A record of the file: the bundle header, or the header of an image. */
export interface InspectedRecord {
  /** Path of the record: `bundle`, `images[1]`, `header`. */
  readonly path: string;
  /** Its fields, in order; they cover it without a gap. */
  readonly fields: readonly InspectedField[];
}

/** What a file says of itself. None of it has been verified. */
export interface Inspection {
  /** What the file is. */
  readonly kind: UpdateKind;
  /** Always `false`: structure and CRCs are right, but anybody can write those. */
  readonly isTrusted: false;
  /** Whether there is something in place of every signature; not whether it is one. */
  readonly isSigned: boolean;
  /** The images, in index order; payloads are views into the file. */
  readonly images: readonly Image[];
  /** The metadata, a view into the file; empty where none is carried. */
  readonly metadata: Bytes;
  /** Every field of every record, in file order. */
  readonly records: readonly InspectedRecord[];
}

/**
 * Reads what a bundle or a container says of itself. Nothing in the answer is to be trusted: no signature, set id or digest
 * has been looked at. Use `verifyUpdate()` before you act on any of it.
 *
 * @param bytes The whole file.
 * @returns Its records and images.
 * @throws {ContainerFormatError} When the file is damaged or not well formed.
 *
 * @example Every field of a file from somewhere
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, inspectUpdate, packBundle } from "@coreslot/coreslot/packager";
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
 * const { isTrusted, records } = inspectUpdate(bundle);
 * console.assert(!isTrusted);
 * console.assert(records.length === 2);
 * ```
 */
export function inspectUpdate(bytes: Bytes): Inspection {
  const { kind, images, records, metadata } = decodeUpdate(bytes);
  const isBundle = kind === "bundle";
  const bundleHeader = bytes.subarray(0, BUNDLE_HEADER_SIZE_BYTES);
  return {
    kind,
    isTrusted: false,
    isSigned: images.every(({ header }) => header.signature.some((byte) => byte !== 0)),
    images,
    metadata,
    records: [
      ...(isBundle ? [inspectRecord(BUNDLE_FIELDS, bundleHeader, { path: "bundle", offset: 0 })] : []),
      ...records.map((record, index) =>
        inspectRecord(HEADER_FIELDS, record, {
          path: isBundle ? `images[${index}]` : "header",
          offset: isBundle ? headerOffset(index) : 0,
        })
      ),
    ],
  };
}

function inspectRecord(table: FieldTable, bytes: Bytes, place: Place): InspectedRecord {
  const values = readFields(table, bytes);
  const fields = Object.entries(table).map(([name, field]) => ({
    name,
    offset: place.offset + field.offset,
    sizeBytes: field.sizeBytes,
    type: field.type,
    text: formatField(field, values[name]!),
  }));
  return { path: place.path, fields };
}
