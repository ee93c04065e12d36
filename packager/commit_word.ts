/**
 * The commit word: the last 32 bytes of a slot, written last of all. It says that everything before it is in place.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { crc32 } from "../core/crc32.ts";
import { checkExtent } from "./extent.ts";
import { fieldError, type Place, readFields, writeFields } from "./field_table.ts";
import { checkMagic, COMMIT_MAGIC } from "./magic.ts";

/** Size of a commit word in bytes: one program unit, or a whole number of them, on every part. */
export const COMMIT_WORD_SIZE_BYTES = 32;

const CHECKED_SIZE_BYTES = 28;

/** The fields of the commit word. */
export const COMMIT_WORD_FIELDS = {
  magic: { offset: 0, sizeBytes: 8, type: "bytes", always: COMMIT_MAGIC },
  headerRecordCrc: { offset: 8, sizeBytes: 4, type: "hex" },
  setId: { offset: 12, sizeBytes: 16, type: "bytes" },
  commitCrc: { offset: CHECKED_SIZE_BYTES, sizeBytes: 4, type: "hex" },
} as const;

/** What a commit word says. */
export interface CommitWord {
  /** zlib's CRC-32 of all 256 bytes of the header that stands before it, signature included. */
  readonly headerRecordCrc: number;
  /** Set id of that header, 16 bytes. */
  readonly setId: Bytes;
}

/**
 * Encodes a commit word.
 *
 * @param word What it shall say.
 * @returns 32 fresh bytes.
 * @throws {RangeError} When a value does not fit its field.
 *
 * @example The commit word of a header
 * ```ts
 * import { crc32 } from "@coreslot/coreslot/core";
 * import { encodeCommitWord } from "@coreslot/coreslot/packager";
 *
 * const header = new Uint8Array(256);
 * const word = encodeCommitWord({ headerRecordCrc: crc32(header), setId: header.slice(88, 104) });
 * console.assert(word.length === 32);
 * ```
 */
export function encodeCommitWord(word: CommitWord): Bytes {
  const { headerRecordCrc, setId } = word;
  const bytes = writeFields(COMMIT_WORD_FIELDS, { headerRecordCrc, setId });
  const commitCrc = crc32(bytes.subarray(0, CHECKED_SIZE_BYTES));
  return writeFields(COMMIT_WORD_FIELDS, { headerRecordCrc, setId, commitCrc });
}

/**
 * Decodes a commit word.
 *
 * @param bytes 32 bytes.
 * @param place What to call it in errors, and its offset in the caller's bytes.
 * @default place {{ path: "commitWord", offset: 0 }}
 * @returns What it says. Whether that fits the header before it is for the caller to compare.
 * @throws {ContainerFormatError} When it is none, or damaged.
 *
 * @example Erased flash holds no commit word
 * ```ts
 * import { decodeCommitWord } from "@coreslot/coreslot/packager";
 * import { throws } from "node:assert/strict";
 *
 * throws(() => decodeCommitWord(new Uint8Array(32).fill(0xff)), { code: "bad-magic" });
 * ```
 */
export function decodeCommitWord(bytes: Uint8Array, place: Place = { path: "commitWord", offset: 0 }): CommitWord {
  checkMagic(bytes, COMMIT_MAGIC, place);
  checkExtent(bytes, COMMIT_WORD_SIZE_BYTES, place);
  const values = readFields(COMMIT_WORD_FIELDS, bytes);
  const expected = crc32(bytes.subarray(0, CHECKED_SIZE_BYTES));
  if (expected !== values.commitCrc) {
    throw fieldError(COMMIT_WORD_FIELDS, values, place, { name: "commitCrc", code: "bad-crc", expected });
  }
  return { headerRecordCrc: values.headerRecordCrc, setId: values.setId };
}
