/**
 * Writes Intel HEX.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import { BLOCK_SIZE_BYTES, RECORD_TYPES } from "./intel_hex_reader.ts";
import { checkNotEmpty, checkRecordSize, RecordWriter } from "./record_writer.ts";

/** How {@linkcode formatIntelHex} lays its records out. */
export interface FormatIntelHexOptions {
  /**
   * Data bytes in a record, 1 to 255. Some loaders take no more than 16 or 32.
   *
   * @default {16}
   */
  readonly recordSizeBytes?: number;
  /**
   * What ends a line.
   *
   * @default {"\n"}
   */
  readonly lineEnd?: "\n" | "\r\n";
}

const DEFAULTS = { recordSizeBytes: 16, lineEnd: "\n" } as const satisfies FormatIntelHexOptions;

/** Mark, RECLEN, LOAD OFFSET, RECTYP and CHKSUM. */
const RECORD_OVERHEAD_LENGTH = 11;

/** Of all record types but data: the two start addresses carry four bytes. */
const LARGEST_INFO_SIZE_BYTES = 4;

/**
 * Formats an image as Intel HEX.
 *
 * Digits in upper case; a record of type 04 wherever the upper half of the address changes (none for 0000 at the
 * beginning); no record over a 64 KiB boundary; then the start address, if any, and the end-of-file record. For addresses
 * above 1 MiB this is, byte for byte, what GNU objcopy 2.40 writes, which ends lines with CRLF.
 *
 * @param image The image; not empty.
 * @param options Size of records and line end.
 * @returns Fresh bytes, ASCII.
 * @throws {ImageFormatError} When the image is empty.
 * @throws {RangeError} When `recordSizeBytes` does not fit a record.
 *
 * @example One byte in the H7's first sector
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { formatIntelHex } from "@coreslot/coreslot/packager";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0800_0000, data: Uint8Array.of(0x55) }]);
 * const text = new TextDecoder().decode(formatIntelHex(image));
 * console.assert(text === ":020000040800F2\n:0100000055AA\n:00000001FF\n");
 * ```
 */
export function formatIntelHex(image: MemoryImage, options: FormatIntelHexOptions = {}): Bytes {
  const { recordSizeBytes, lineEnd } = { ...DEFAULTS, ...options };
  checkRecordSize(recordSizeBytes, 0xff);
  checkNotEmpty(image, "hex");
  const runs = [...planRuns(image, recordSizeBytes)];
  const overhead = RECORD_OVERHEAD_LENGTH + lineEnd.length;
  const writer = new RecordWriter(
    runs.reduce((sum, run) => sum + countRecords(run) * overhead + 2 * run.data.length, 0),
    lineEnd,
  );
  for (const run of runs) writeRun(writer, run);
  return writer.take();
}

/** Records of one type, with addresses that follow one another: data of one 64 KiB block, or a single other record. */
interface Run {
  readonly type: number;
  readonly loadOffset: number;
  readonly data: Uint8Array;
  readonly recordSizeBytes: number;
}

function countRecords({ data, recordSizeBytes }: Run): number {
  return Math.max(1, Math.ceil(data.length / recordSizeBytes));
}

function* planRuns(image: MemoryImage, recordSizeBytes: number): Generator<Run> {
  let upper = 0;
  for (const { address, data } of image.segments) {
    for (let start = 0; start < data.length;) {
      const loadOffset = (address + start) % BLOCK_SIZE_BYTES;
      const end = Math.min(data.length, start + BLOCK_SIZE_BYTES - loadOffset);
      const blockUpper = Math.floor((address + start) / BLOCK_SIZE_BYTES);
      if (blockUpper !== upper) yield controlRun(RECORD_TYPES.extendedLinearAddress, blockUpper);
      upper = blockUpper;
      yield { type: RECORD_TYPES.data, loadOffset, data: data.subarray(start, end), recordSizeBytes };
      start = end;
    }
  }
  if (image.start?.kind === "linear") {
    const { address } = image.start;
    yield controlRun(RECORD_TYPES.startLinearAddress, address >>> 16, address & 0xffff);
  }
  if (image.start?.kind === "segmented") {
    yield controlRun(RECORD_TYPES.startSegmentAddress, image.start.cs, image.start.ip);
  }
  yield controlRun(RECORD_TYPES.endOfFile);
}

function controlRun(type: number, ...words: number[]): Run {
  const data = Uint8Array.from(words.flatMap((word) => [word >>> 8, word & 0xff]));
  return { type, loadOffset: 0, data, recordSizeBytes: LARGEST_INFO_SIZE_BYTES };
}

function writeRun(writer: RecordWriter, { type, loadOffset, data, recordSizeBytes }: Run): void {
  let start = 0;
  do {
    const end = Math.min(start + recordSizeBytes, data.length);
    writer.begin(":");
    writer.putByte(end - start);
    writer.putNumber(loadOffset + start, 2);
    writer.putByte(type);
    writer.putBytes(data, start, end);
    writer.end(0);
    start = end;
  } while (start < data.length);
}
