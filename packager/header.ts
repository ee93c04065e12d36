/**
 * The image header: 256 bytes that say what an image is, where it goes and who signed it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { crc32 } from "../core/crc32.ts";
import type { CoreTag } from "../core/parts/part.ts";
import { checkExtent } from "./extent.ts";
import {
  checkFixedField,
  checkFixedFields,
  fieldError,
  type FieldValues,
  type Place,
  readFields,
  reserved,
  writeFields,
} from "./field_table.ts";
import { CORE_TAGS, HEADER_RULES } from "./header_rules.ts";
import { checkMagic, HEADER_MAGIC } from "./magic.ts";
import type { Version } from "./version.ts";

/** Size of an image header in bytes. */
export const HEADER_SIZE_BYTES = 256;
/** Bytes of a header that its signature covers: everything before the signature. */
export const SIGNED_SIZE_BYTES = 192;

/** The fields of the image header. FORMAT.md explains each. */
export const HEADER_FIELDS = {
  magic: { offset: 0, sizeBytes: 8, type: "bytes", always: HEADER_MAGIC },
  formatVersion: { offset: 8, sizeBytes: 2, type: "number", always: 1 },
  headerSizeBytes: { offset: 10, sizeBytes: 2, type: "number", always: HEADER_SIZE_BYTES },
  headerCrc: { offset: 12, sizeBytes: 4, type: "hex" },
  flags: { offset: 16, sizeBytes: 4, type: "hex", always: 0 },
  core: { offset: 20, sizeBytes: 4, type: "text" },
  runAddress: { offset: 24, sizeBytes: 4, type: "address" },
  stagingAddress: { offset: 28, sizeBytes: 4, type: "address" },
  slotSizeBytes: { offset: 32, sizeBytes: 4, type: "number" },
  payloadSizeBytes: { offset: 36, sizeBytes: 4, type: "number" },
  payloadCrc: { offset: 40, sizeBytes: 4, type: "hex" },
  fill: { offset: 44, sizeBytes: 1, type: "hex" },
  reservedA: reserved(45, 3),
  crcKind: { offset: 48, sizeBytes: 1, type: "number" },
  digestKind: { offset: 49, sizeBytes: 1, type: "number", always: 1 },
  signatureKind: { offset: 50, sizeBytes: 1, type: "number" },
  encryptionKind: { offset: 51, sizeBytes: 1, type: "number", always: 0 },
  versionMajor: { offset: 52, sizeBytes: 2, type: "number" },
  versionMinor: { offset: 54, sizeBytes: 2, type: "number" },
  versionPatch: { offset: 56, sizeBytes: 2, type: "number" },
  reservedB: reserved(58, 2),
  versionBuild: { offset: 60, sizeBytes: 4, type: "number" },
  counter: { offset: 64, sizeBytes: 4, type: "number" },
  chipId: { offset: 68, sizeBytes: 4, type: "hex" },
  productId: { offset: 72, sizeBytes: 16, type: "bytes" },
  setId: { offset: 88, sizeBytes: 16, type: "bytes" },
  payloadDigest: { offset: 104, sizeBytes: 32, type: "bytes" },
  keyId: { offset: 136, sizeBytes: 8, type: "bytes" },
  metadataDigest: { offset: 144, sizeBytes: 32, type: "bytes" },
  imageCount: { offset: 176, sizeBytes: 1, type: "number" },
  index: { offset: 177, sizeBytes: 1, type: "number" },
  loaderFormat: { offset: 178, sizeBytes: 2, type: "number", always: 1 },
  reservedC: reserved(180, 12),
  signature: { offset: SIGNED_SIZE_BYTES, sizeBytes: 64, type: "bytes" },
} as const;

/** The values of all fields of an image header, as they stand in the record. */
export type HeaderValues = FieldValues<typeof HEADER_FIELDS>;

/** How the CRC of a payload is computed: as zlib does, or as the CRC unit of an STM32 in its reset state does. */
export type CrcKind = "zlib" | "stm32";

/** Kind of a signature and of its key: Ed25519, or ECDSA over NIST P-256 with SHA-256. */
export type KeyType = "ed25519" | "p256";

const CRC_KINDS: Readonly<Record<CrcKind, number>> = { zlib: 1, stm32: 2 };
const SIGNATURE_KINDS: Readonly<Record<KeyType, number>> = { ed25519: 1, p256: 2 };

/** What an image header says. Fields that have one value only in this version of the format are left out. */
export interface ImageHeader {
  /** Core that the image is for. */
  readonly core: CoreTag;
  /** Absolute address of slot A, where the image runs. */
  readonly runAddress: number;
  /** Absolute address of slot B, which receives the image; equal to the run address where there is one slot only. */
  readonly stagingAddress: number;
  /** Size of each slot in bytes. */
  readonly slotSizeBytes: number;
  /** Size of the payload in bytes, padding not counted, 1 or more. */
  readonly payloadSizeBytes: number;
  /** CRC of the payload, 0 to 0xFFFFFFFF. */
  readonly payloadCrc: number;
  /** What erased flash reads and padding holds: 0x00 or 0xFF. */
  readonly fill: number;
  /** How the payload's CRC is computed. */
  readonly crcKind: CrcKind;
  /** Kind of the signature. Never decides how it is verified: the key does. */
  readonly signatureKind: KeyType;
  /** Version of the release. */
  readonly version: Version;
  /** Security counter of the release, 0 to 0xFFFFFFFF. */
  readonly counter: number;
  /** Chip id of the part, as its boot ROM reports it. */
  readonly chipId: number;
  /** Product id, 16 bytes. */
  readonly productId: Bytes;
  /** Set id, 16 bytes: equal in all images of one release. */
  readonly setId: Bytes;
  /** SHA-256 of the payload, 32 bytes. */
  readonly payloadDigest: Bytes;
  /** Start of the SHA-256 of the signing key's SPKI DER, 8 bytes. */
  readonly keyId: Bytes;
  /** SHA-256 of the bound metadata, 32 bytes, or zeros where there is none. */
  readonly metadataDigest: Bytes;
  /** Number of images in the set, 1 to 6. */
  readonly imageCount: number;
  /** Index of this image in the set. */
  readonly index: number;
  /** Signature over the first 192 bytes, 64 bytes; zeros where it is still to be attached. */
  readonly signature: Bytes;
}

/**
 * Encodes an image header. Its CRC is computed.
 *
 * @param header What it shall say.
 * @returns 256 fresh bytes.
 * @throws {RangeError} When a value does not fit its field.
 * @throws {ContainerFormatError} When the header breaks a rule of the format.
 *
 * @example The record of a header, as it stands in the bundle
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { decodeBundle, encodeHeader, findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
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
 * const [image] = decodeBundle(bundle).images;
 * console.assert(encodeHeader(image!.header).every((byte, index) => byte === bundle[32 + index]));
 * ```
 */
export function encodeHeader(header: ImageHeader): Bytes {
  const { version, crcKind, signatureKind, ...same } = header;
  const values = {
    ...same,
    crcKind: CRC_KINDS[crcKind],
    signatureKind: SIGNATURE_KINDS[signatureKind],
    versionMajor: version.major,
    versionMinor: version.minor,
    versionPatch: version.patch,
    versionBuild: version.build,
  };
  const headerCrc = computeHeaderCrc(writeFields(HEADER_FIELDS, values));
  const bytes = writeFields(HEADER_FIELDS, { ...values, headerCrc });
  decodeHeader(bytes);
  return bytes;
}

/**
 * Decodes an image header and checks all that it says by itself. Nothing in it is to be trusted before its signature,
 * set id and payload have been verified: see `verifyUpdate()`.
 *
 * @param bytes 256 bytes.
 * @param place What to call the header in errors, and its offset in the caller's bytes.
 * @default place {{ path: "header", offset: 0 }}
 * @returns What it says; byte fields are copies.
 * @throws {ContainerFormatError} When a byte of it is not as FORMAT.md says.
 *
 * @example Zeros are no header
 * ```ts
 * import { decodeHeader } from "@coreslot/coreslot/packager";
 * import { throws } from "node:assert/strict";
 *
 * throws(() => decodeHeader(new Uint8Array(256)), { code: "bad-magic", field: "header.magic" });
 * ```
 */
export function decodeHeader(bytes: Uint8Array, place: Place = { path: "header", offset: 0 }): ImageHeader {
  checkMagic(bytes, HEADER_MAGIC, place);
  checkExtent(bytes, HEADER_SIZE_BYTES, place);
  const values = readFields(HEADER_FIELDS, bytes);
  checkFixedField(HEADER_FIELDS, values, place, "formatVersion");
  checkFixedField(HEADER_FIELDS, values, place, "headerSizeBytes");
  const expected = computeHeaderCrc(bytes);
  if (values.headerCrc !== expected) {
    throw fieldError(HEADER_FIELDS, values, place, { name: "headerCrc", code: "bad-crc", expected });
  }
  checkFixedFields(HEADER_FIELDS, values, place);
  for (const { isKept, ...finding } of HEADER_RULES) {
    if (!isKept(values)) throw fieldError(HEADER_FIELDS, values, place, finding);
  }
  return toHeader(values);
}

/**
 * Computes the CRC that belongs into a header.
 *
 * @param bytes The header; the CRC it holds is left out of account.
 * @returns zlib's CRC-32 of the first 192 bytes with the CRC field at zero.
 */
export function computeHeaderCrc(bytes: Uint8Array): number {
  const signed = bytes.slice(0, SIGNED_SIZE_BYTES);
  const { offset, sizeBytes } = HEADER_FIELDS.headerCrc;
  return crc32(signed.fill(0, offset, offset + sizeBytes));
}

function toHeader(values: HeaderValues): ImageHeader {
  return {
    core: CORE_TAGS.find((tag) => tag === values.core)!,
    runAddress: values.runAddress,
    stagingAddress: values.stagingAddress,
    slotSizeBytes: values.slotSizeBytes,
    payloadSizeBytes: values.payloadSizeBytes,
    payloadCrc: values.payloadCrc,
    fill: values.fill,
    crcKind: values.crcKind === CRC_KINDS.zlib ? "zlib" : "stm32",
    signatureKind: values.signatureKind === SIGNATURE_KINDS.ed25519 ? "ed25519" : "p256",
    version: {
      major: values.versionMajor,
      minor: values.versionMinor,
      patch: values.versionPatch,
      build: values.versionBuild,
    },
    counter: values.counter,
    chipId: values.chipId,
    productId: values.productId,
    setId: values.setId,
    payloadDigest: values.payloadDigest,
    keyId: values.keyId,
    metadataDigest: values.metadataDigest,
    imageCount: values.imageCount,
    index: values.index,
    signature: values.signature,
  };
}
