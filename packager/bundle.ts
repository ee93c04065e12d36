/**
 * The bundle: one file for a whole update. Bundle header, all image headers, all payloads, the bound metadata.
 *
 * All signed headers come before the first payload, so that a device that takes the file from a stream can refuse it
 * before it has erased anything.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../core/bytes.ts";
import { crc32 } from "../core/crc32.ts";
import type { Image } from "./container.ts";
import type { ContainerFormatError } from "./container_error.ts";
import { checkExtent } from "./extent.ts";
import {
  checkFixedField,
  checkFixedFields,
  fieldError,
  type FieldFinding,
  type FieldValues,
  type Place,
  readFields,
  reserved,
  writeFields,
} from "./field_table.ts";
import { decodeHeader, encodeHeader, HEADER_FIELDS, HEADER_SIZE_BYTES, type ImageHeader } from "./header.ts";
import { CORE_TAGS } from "./header_rules.ts";
import { BUNDLE_MAGIC, checkMagic } from "./magic.ts";
import { paddedSizeBytes, paddingOf, takePayload } from "./payload.ts";
import { checkSet } from "./set_rules.ts";

/** Size of a bundle header in bytes. */
export const BUNDLE_HEADER_SIZE_BYTES = 32;

const CHECKED_SIZE_BYTES = 28;
const PLACE: Place = { path: "bundle", offset: 0 };

/** The fields of the bundle header. It is not signed: it says how to read the file, and steers nothing else. */
export const BUNDLE_FIELDS = {
  magic: { offset: 0, sizeBytes: 8, type: "bytes", always: BUNDLE_MAGIC },
  formatVersion: { offset: 8, sizeBytes: 2, type: "number", always: 1 },
  headerSizeBytes: { offset: 10, sizeBytes: 2, type: "number", always: BUNDLE_HEADER_SIZE_BYTES },
  totalSizeBytes: { offset: 12, sizeBytes: 4, type: "number" },
  metadataSizeBytes: { offset: 16, sizeBytes: 4, type: "number" },
  imageCount: { offset: 20, sizeBytes: 1, type: "number" },
  reservedA: reserved(21, 3),
  reservedB: reserved(24, 4),
  headerCrc: { offset: CHECKED_SIZE_BYTES, sizeBytes: 4, type: "hex" },
} as const;

type BundleValues = FieldValues<typeof BUNDLE_FIELDS>;

/** A whole update. */
export interface Bundle {
  /** The images, in index order. */
  readonly images: readonly Image[];
  /** The bound metadata (an SBOM, provenance ...), empty where there is none. */
  readonly metadata: Bytes;
}

/**
 * Encodes a bundle.
 *
 * @param bundle Its images, in index order, and its metadata.
 * @returns Fresh bytes.
 * @throws {RangeError} When a value does not fit its field, or a payload is not as long as its header says.
 * @throws {ContainerFormatError} When the bundle breaks a rule of the format.
 *
 * @example Decoding and encoding gives the same bytes
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { decodeBundle, encodeBundle, findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
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
 * console.assert(encodeBundle(decodeBundle(bundle)).every((byte, index) => byte === bundle[index]));
 * ```
 */
export function encodeBundle(bundle: Bundle): Bytes {
  const bytes = assembleBundle(bundle);
  decodeBundle(bytes);
  return bytes;
}

/**
 * Puts a bundle together without the checks that {@linkcode encodeBundle} makes of the result.
 *
 * @param bundle Its images and metadata.
 * @returns Fresh bytes, to be decoded or verified before they are used.
 */
export function assembleBundle(bundle: Bundle): Bytes {
  const { images, metadata } = bundle;
  const headers = images.map(({ header }) => encodeHeader(header));
  const parts = [...headers, ...images.flatMap((image) => [image.payload, paddingOf(image)]), metadata];
  const values = {
    totalSizeBytes: parts.reduce((sum, { length }) => sum + length, BUNDLE_HEADER_SIZE_BYTES),
    metadataSizeBytes: metadata.length,
    imageCount: images.length,
  };
  const headerCrc = crc32(writeFields(BUNDLE_FIELDS, values).subarray(0, CHECKED_SIZE_BYTES));
  return concatBytes([writeFields(BUNDLE_FIELDS, { ...values, headerCrc }), ...parts]);
}

/**
 * Decodes a bundle and checks its structure, the rules of its set, and all CRCs. Nothing in it is to be trusted before it
 * has been verified: see `verifyUpdate()`.
 *
 * @param bytes The whole file.
 * @returns Images and metadata; payloads and metadata are views into `bytes`.
 * @throws {ContainerFormatError} When a byte of it is not as FORMAT.md says.
 *
 * @example A bundle that went through a text-mode transfer
 * ```ts
 * import { decodeBundle } from "@coreslot/coreslot/packager";
 * import { throws } from "node:assert/strict";
 *
 * const sent = "\x89CSB\n\x1a\n\x01\0 \0";
 * const bytes = Uint8Array.from(sent, (char) => char.charCodeAt(0));
 * throws(() => decodeBundle(bytes), { code: "damaged-in-transfer" });
 * ```
 */
export function decodeBundle(bytes: Bytes): Bundle {
  const values = decodeBundleHeader(bytes);
  const headers = decodeHeaders(bytes, values);
  checkSizes(values, headers);
  const images: Image[] = [];
  let offset = headerOffset(headers.length);
  for (const [index, header] of headers.entries()) {
    const end = offset + paddedSizeBytes(header.payloadSizeBytes);
    const place = { path: `images[${index}].payload`, offset };
    images.push({ header, payload: takePayload(bytes.subarray(offset, end), header, place) });
    offset = end;
  }
  return { images, metadata: bytes.subarray(offset) };
}

/**
 * Gives the place of an image header in a bundle.
 *
 * @param index Index of the image; the number of images gives the place of the first payload.
 * @returns Its offset in bytes.
 */
export function headerOffset(index: number): number {
  return BUNDLE_HEADER_SIZE_BYTES + index * HEADER_SIZE_BYTES;
}

function decodeBundleHeader(bytes: Bytes): BundleValues {
  checkMagic(bytes, BUNDLE_MAGIC, PLACE);
  const record = bytes.subarray(0, BUNDLE_HEADER_SIZE_BYTES);
  checkExtent(record, BUNDLE_HEADER_SIZE_BYTES, PLACE);
  const values = readFields(BUNDLE_FIELDS, record);
  checkFixedField(BUNDLE_FIELDS, values, PLACE, "formatVersion");
  checkFixedField(BUNDLE_FIELDS, values, PLACE, "headerSizeBytes");
  const crc = crc32(record.subarray(0, CHECKED_SIZE_BYTES));
  if (values.headerCrc !== crc) throw bundleError(values, { name: "headerCrc", code: "bad-crc", expected: crc });
  checkFixedFields(BUNDLE_FIELDS, values, PLACE);
  if (values.imageCount < 1 || values.imageCount > CORE_TAGS.length) {
    throw bundleError(values, { name: "imageCount", code: "bad-count", expected: `1 to ${CORE_TAGS.length}` });
  }
  if (values.totalSizeBytes < headerOffset(values.imageCount)) {
    const expected = `${headerOffset(values.imageCount)} or more, for the headers`;
    throw bundleError(values, { name: "totalSizeBytes", code: "bad-size", expected });
  }
  checkExtent(bytes, values.totalSizeBytes, PLACE);
  return values;
}

function decodeHeaders(bytes: Bytes, values: BundleValues): ImageHeader[] {
  const offsets = Array.from({ length: values.imageCount }, (_, index) => headerOffset(index));
  const records = offsets.map((offset) => ({ offset, bytes: bytes.subarray(offset, offset + HEADER_SIZE_BYTES) }));
  const headers = records.map((record, index) =>
    decodeHeader(record.bytes, { path: `images[${index}]`, offset: record.offset })
  );
  checkSet(records.map((record) => ({ values: readFields(HEADER_FIELDS, record.bytes), offset: record.offset })));
  return headers;
}

function checkSizes(values: BundleValues, headers: readonly ImageHeader[]): void {
  const payloads = headers.reduce((sum, { payloadSizeBytes }) => sum + paddedSizeBytes(payloadSizeBytes), 0);
  const expected = headerOffset(headers.length) + payloads + values.metadataSizeBytes;
  if (values.totalSizeBytes !== expected) {
    throw bundleError(values, { name: "totalSizeBytes", code: "bad-size", expected });
  }
  const isBound = headers.some(({ metadataDigest }) => metadataDigest.some((byte) => byte !== 0));
  if (isBound !== values.metadataSizeBytes > 0) {
    const finding = isBound ? "the metadata that the headers bind" : "0, as no header binds metadata";
    throw bundleError(values, { name: "metadataSizeBytes", code: "metadata-mismatch", expected: finding });
  }
}

function bundleError(values: BundleValues, finding: FieldFinding<typeof BUNDLE_FIELDS>): ContainerFormatError {
  return fieldError(BUNDLE_FIELDS, values, PLACE, finding);
}
