/**
 * One block of a UF2 file.
 *
 * 512 bytes, little endian:
 *
 * | offset | size | field |
 * | ---: | ---: | --- |
 * | 0 | 4 | magicStart0: 0x0A324655, `UF2` and a line feed |
 * | 4 | 4 | magicStart1: 0x9E5D5157 |
 * | 8 | 4 | flags |
 * | 12 | 4 | targetAddr |
 * | 16 | 4 | payloadSize, at most 476 |
 * | 20 | 4 | blockNo, from 0 |
 * | 24 | 4 | numBlocks |
 * | 28 | 4 | familyID, or the size of the file, or 0 |
 * | 32 | 476 | data: the payload; extension tags behind it; an MD5 sum in the last 24 bytes |
 * | 508 | 4 | magicEnd: 0x0AB16F30 |
 *
 * Runs in Deno, Node and browsers.
 *
 * @see microsoft/uf2, README.md, "Overview" and "Flags", commit 90e9741f217f5a40c98ba74d663e408041037578
 * @module
 */

import { type Bytes, roundUp } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import { ImageFormatError, type ImageFormatErrorCode, type ImageFormatErrorOptions } from "./error.ts";

/** Size of a block. */
export const BLOCK_SIZE_BYTES = 512;
/** Offset of the payload in a block. */
export const DATA_OFFSET = 32;

/** The three magic numbers of a block. */
export const MAGICS: readonly { readonly field: string; readonly offset: number; readonly value: number }[] = [
  { field: "magicStart0", offset: 0, value: 0x0a32_4655 },
  { field: "magicStart1", offset: 4, value: 0x9e5d_5157 },
  { field: "magicEnd", offset: 508, value: 0x0ab1_6f30 },
];

/** The block is not for the flash of the device. */
export const FLAG_NOT_MAIN_FLASH = 0x0001;
/** The block is part of a file for a file system. */
export const FLAG_FILE_CONTAINER = 0x1000;
/** The field at offset 28 is a family. */
export const FLAG_FAMILY = 0x2000;
/** The last 24 bytes of the data tell the MD5 sum of a region of flash. */
export const FLAG_MD5 = 0x4000;
/** Extension tags stand behind the payload. */
export const FLAG_TAGS = 0x8000;
const FLAGS_KNOWN = FLAG_NOT_MAIN_FLASH | FLAG_FILE_CONTAINER | FLAG_FAMILY | FLAG_MD5 | FLAG_TAGS;

const DATA_SIZE_BYTES = 476;
const MD5_SIZE_BYTES = 24;
const TAG_HEADER_SIZE_BYTES = 4;

/** A block, decoded. */
export interface Uf2Block {
  /** Number of the block as it stands in the file, from 0. */
  readonly index: number;
  /** As in the file. */
  readonly flags: number;
  /** `targetAddr`. */
  readonly address: number;
  /** `blockNo`, below `count`. */
  readonly number: number;
  /** `numBlocks`. */
  readonly count: number;
  /** `familyID`, when the flags say that there is one. */
  readonly familyId: number | undefined;
  /** The payload, a copy. */
  readonly data: Bytes;
}

/**
 * Decodes and checks one block.
 *
 * @param bytes The whole file.
 * @param index Number of the block as it stands in the file, from 0; the block lies inside.
 * @returns The block.
 * @throws {ImageFormatError} When it contradicts itself, or is not for flash.
 */
export function decodeBlock(bytes: Uint8Array, index: number): Uf2Block {
  const view = new DataView(bytes.buffer, bytes.byteOffset + index * BLOCK_SIZE_BYTES, BLOCK_SIZE_BYTES);
  const word = (offset: number) => view.getUint32(offset, true);
  const refuse = (code: ImageFormatErrorCode, field: string, offset: number, why: string) => {
    throw uf2Error(code, `${field} of block ${index} is ${formatAddress(word(offset))}, ${why}`, {
      offset: index * BLOCK_SIZE_BYTES + offset,
      field: `${field} of block ${index}`,
      got: word(offset),
    });
  };
  for (const { field, offset, value } of MAGICS) {
    if (word(offset) !== value) refuse("bad-magic", field, offset, `not ${formatAddress(value)}`);
  }
  const [flags, address, sizeBytes, number, count] = [word(8), word(12), word(16), word(20), word(24)] as const;
  const roomBytes = DATA_SIZE_BYTES - ((flags & FLAG_MD5) === 0 ? 0 : MD5_SIZE_BYTES);
  if ((flags & ~FLAGS_KNOWN) !== 0) refuse("bad-field", "flags", 8, "with bits that are not defined");
  if ((flags & FLAG_FILE_CONTAINER) !== 0) refuse("unsupported", "flags", 8, "part of a file for a file system");
  if (address % 4 !== 0) refuse("bad-field", "targetAddr", 12, "not a multiple of 4");
  if (sizeBytes === 0 || sizeBytes > roomBytes) refuse("bad-length", "payloadSize", 16, `not 1 to ${roomBytes}`);
  if (sizeBytes % 4 !== 0) refuse("bad-length", "payloadSize", 16, "not a multiple of 4");
  if (number >= count) refuse("bad-count", "blockNo", 20, `not below numBlocks, which is ${count}`);
  if ((flags & FLAG_TAGS) !== 0) checkTags(view, index, DATA_OFFSET + sizeBytes, DATA_OFFSET + roomBytes);
  const familyId = (flags & FLAG_FAMILY) === 0 ? undefined : word(28);
  const dataOffset = index * BLOCK_SIZE_BYTES + DATA_OFFSET;
  return { index, flags, address, number, count, familyId, data: bytes.slice(dataOffset, dataOffset + sizeBytes) };
}

/** Walks over the tags: size (1 byte), type (3 bytes), data; each begins at a multiple of 4, and a zero word ends them. */
function checkTags(view: DataView, index: number, offset: number, end: number): void {
  while (offset + TAG_HEADER_SIZE_BYTES <= end) {
    if (view.getUint32(offset, true) === 0) return;
    const sizeBytes = view.getUint8(offset);
    if (sizeBytes < TAG_HEADER_SIZE_BYTES || offset + sizeBytes > end) {
      throw uf2Error("bad-length", `an extension tag of block ${index} has ${sizeBytes} bytes`, {
        offset: index * BLOCK_SIZE_BYTES + offset,
        field: `extension tag of block ${index}`,
        got: sizeBytes,
      });
    }
    offset = roundUp(offset + sizeBytes, 4);
  }
  throw uf2Error("truncated", `the extension tags of block ${index} do not end`, {
    offset: index * BLOCK_SIZE_BYTES + offset,
    field: `extension tag of block ${index}`,
  });
}

/**
 * Makes an error about a UF2 file.
 *
 * @param code What is wrong.
 * @param state The end of the message: what the file says.
 * @param details Field, offset and the rest.
 * @returns The error, not thrown.
 */
export function uf2Error(
  code: ImageFormatErrorCode,
  state: string,
  details: Omit<ImageFormatErrorOptions, "code" | "format" | "message">,
): ImageFormatError {
  return new ImageFormatError({ code, format: "uf2", message: `Cannot read the UF2 file: ${state}`, ...details });
}
