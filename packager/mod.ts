/**
 * The packager: firmware files in, one signed and verified bundle out, and everything taken apart again.
 *
 * Bytes in, bytes out: no files, no clock, no terminal. FORMAT.md is the normative description of what is written.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export { type Bundle, BUNDLE_HEADER_SIZE_BYTES, decodeBundle, encodeBundle } from "./bundle.ts";
export { type CommitWord, decodeCommitWord, encodeCommitWord } from "./commit_word.ts";
export { decodeContainer, encodeContainer, type Image } from "./container.ts";
export * from "./container_error.ts";
export * from "./detached.ts";
export { encodeEcdsaDer } from "./ecdsa_der.ts";
export * from "./extract.ts";
export type { Field, Place } from "./field_table.ts";
export * from "./generate_key.ts";
export {
  type CrcKind,
  decodeHeader,
  encodeHeader,
  HEADER_SIZE_BYTES,
  type ImageHeader,
  type KeyType,
  SIGNED_SIZE_BYTES,
} from "./header.ts";
export { formatHexDump } from "./hex_dump.ts";
export * from "./inspect.ts";
export * from "./key_error.ts";
export * from "./key_header.ts";
export {
  exportPublicKey,
  type ImportKeyOptions,
  importPrivateKey,
  importPublicKey,
  type SigningKey,
  type VerifyingKey,
} from "./keys.ts";
export * from "./pack.ts";
export { deriveProductId } from "./product_id.ts";
export { computeSetId } from "./set_id.ts";
export { normalizeSignature } from "./signature.ts";
export * from "./signature_error.ts";
export { decodeSlotImage, encodeSlotImage } from "./slot_image.ts";
export type { UpdateKind } from "./update.ts";
export * from "./verification_error.ts";
export * from "./verify.ts";
export * from "./version.ts";
export * from "./checks/mod.ts";
export * from "./formats/mod.ts";
export * from "./layouts/mod.ts";
