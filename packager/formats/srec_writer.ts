/**
 * Writes Motorola S-records.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import type { MemoryImage, StartAddress } from "../../core/memory_image.ts";
import { checkNotEmpty, checkRecordSize, type LineEnd, RecordWriter } from "./record_writer.ts";

/** How {@linkcode formatSrec} lays its records out. */
export interface FormatSrecOptions {
  /**
   * Text of the S0 record, at most 252 bytes as UTF-8.
   *
   * @default {""}
   */
  readonly header?: string;
  /**
   * Data bytes in a record, 1 to 250.
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

const DEFAULTS = { header: "", recordSizeBytes: 16, lineEnd: "\n" } as const satisfies FormatSrecOptions;

/** The count, one byte, takes in a 4-byte address and the checksum. */
const RECORD_SIZE_LIMIT = 0xff - 5;
/** The same with the 2-byte address of S0. */
const HEADER_SIZE_LIMIT = 0xff - 3;
/** S, type, count and checksum. */
const RECORD_OVERHEAD_LENGTH = 6;

/** Types of data and of the end of the file, by the size of an address. */
const TYPES = {
  2: { data: "S1", end: "S9" },
  3: { data: "S2", end: "S8" },
  4: { data: "S3", end: "S7" },
} as const;

/**
 * Formats an image as Motorola S-records.
 *
 * An S0 record; data in S1, S2 or S3 records, whichever is the shortest that fits every address; their number in S5 or S6;
 * and S9, S8 or S7 with the start address, or 0 when the image has none. A start given as CS:IP becomes the address that
 * the pair stands for, as srec_cat and objcopy have it.
 *
 * @param image The image; not empty.
 * @param options Header text, size of records, line end.
 * @returns Fresh bytes, ASCII but for the header.
 * @throws {ImageFormatError} When the image is empty.
 * @throws {RangeError} When `header` or `recordSizeBytes` does not fit a record.
 *
 * @example One byte in the H7's first sector
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { formatSrec } from "@coreslot/coreslot/packager";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0800_0000, data: Uint8Array.of(0x55) }]);
 * const text = new TextDecoder().decode(formatSrec(image));
 * console.assert(text === "S0030000FC\nS30608000000559C\nS5030001FB\nS70500000000FA\n");
 * ```
 */
export function formatSrec(image: MemoryImage, options: FormatSrecOptions = {}): Bytes {
  const { header, recordSizeBytes, lineEnd } = { ...DEFAULTS, ...options };
  const headerBytes = new TextEncoder().encode(header);
  if (headerBytes.length > HEADER_SIZE_LIMIT) {
    throw new RangeError(`Cannot write a header of ${headerBytes.length} bytes: S0 takes ${HEADER_SIZE_LIMIT}`);
  }
  checkRecordSize(recordSizeBytes, RECORD_SIZE_LIMIT);
  checkNotEmpty(image, "srec");
  const runs = [...planRuns(image, headerBytes, recordSizeBytes)];
  const writer = new RecordWriter(runs.reduce((sum, run) => sum + measureRun(run, lineEnd), 0), lineEnd);
  for (const run of runs) writeRun(writer, run);
  return writer.take();
}

/** Records of one type, with addresses that follow one another: the data of one segment, or a single other record. */
interface Run {
  readonly type: string;
  readonly address: number;
  readonly addressSizeBytes: number;
  readonly data: Uint8Array;
  readonly recordSizeBytes: number;
}

function* planRuns(image: MemoryImage, header: Uint8Array, recordSizeBytes: number): Generator<Run> {
  const start = linearAddress(image.start);
  const addressSizeBytes = sizeOfAddress(Math.max(image.addressEnd - 1, start));
  const { data: dataType, end: endType } = TYPES[addressSizeBytes];
  yield { type: "S0", address: 0, addressSizeBytes: 2, data: header, recordSizeBytes: HEADER_SIZE_LIMIT };
  let count = 0;
  for (const { address, data } of image.segments) {
    const run = { type: dataType, address, addressSizeBytes, data, recordSizeBytes };
    count += countRecords(run);
    yield run;
  }
  const none = { data: new Uint8Array(), recordSizeBytes: 1 };
  // Above 2^24 records (256 MiB in records of 16) no type can hold the number, and it is left out.
  if (count <= 0xffff) yield { type: "S5", address: count, addressSizeBytes: 2, ...none };
  else if (count <= 0xff_ffff) yield { type: "S6", address: count, addressSizeBytes: 3, ...none };
  yield { type: endType, address: start, addressSizeBytes, ...none };
}

function linearAddress(start: StartAddress | undefined): number {
  if (start === undefined) return 0;
  return start.kind === "linear" ? start.address : start.cs * 0x10 + start.ip;
}

function sizeOfAddress(address: number): 2 | 3 | 4 {
  if (address <= 0xffff) return 2;
  return address <= 0xff_ffff ? 3 : 4;
}

function countRecords({ data, recordSizeBytes }: Run): number {
  return Math.max(1, Math.ceil(data.length / recordSizeBytes));
}

function measureRun(run: Run, lineEnd: LineEnd): number {
  const recordLength = RECORD_OVERHEAD_LENGTH + 2 * run.addressSizeBytes + lineEnd.length;
  return countRecords(run) * recordLength + 2 * run.data.length;
}

function writeRun(writer: RecordWriter, { type, address, addressSizeBytes, data, recordSizeBytes }: Run): void {
  let start = 0;
  do {
    const end = Math.min(start + recordSizeBytes, data.length);
    writer.begin(type);
    writer.putByte(addressSizeBytes + end - start + 1);
    writer.putNumber(address + start, addressSizeBytes);
    writer.putBytes(data, start, end);
    writer.end(0xff);
    start = end;
  } while (start < data.length);
}
