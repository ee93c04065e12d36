/**
 * Writes the records of Intel HEX and S-record texts into a buffer of exactly the right size.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import { ImageFormatError } from "./error.ts";
import { FORMAT_NAMES, type ImageFormat } from "./format.ts";

/** What ends a line. */
export type LineEnd = "\n" | "\r\n";

/** The two digits of every byte as one little-endian 16-bit number, so that a byte is one store. */
const DIGIT_PAIRS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const pair = byte.toString(16).toUpperCase().padStart(2, "0");
  return pair.charCodeAt(0) | pair.charCodeAt(1) << 8;
});

/** A text that grows record by record, and the sum of the record that is being written. */
export class RecordWriter {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  readonly #lineEnd: LineEnd;
  #offset = 0;
  #sum = 0;

  constructor(sizeBytes: number, lineEnd: LineEnd) {
    this.#bytes = new Uint8Array(sizeBytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#lineEnd = lineEnd;
  }

  /** Begins a record with characters that no sum counts. */
  begin(mark: string): void {
    this.#putText(mark);
    this.#sum = 0;
  }

  /** Writes the low byte of a number as two digits. */
  putByte(value: number): void {
    this.#view.setUint16(this.#offset, DIGIT_PAIRS[value & 0xff]!, true);
    this.#offset += 2;
    this.#sum += value & 0xff;
  }

  /** Writes a number of 1 to 4 bytes, the most significant first. */
  putNumber(value: number, sizeBytes: number): void {
    for (let shift = 8 * (sizeBytes - 1); shift >= 0; shift -= 8) this.putByte(value >>> shift);
  }

  /** Writes part of some data. */
  putBytes(data: Uint8Array, start: number, end: number): void {
    let offset = this.#offset;
    let sum = this.#sum;
    for (let index = start; index < end; index++, offset += 2) {
      const byte = data[index]!;
      this.#view.setUint16(offset, DIGIT_PAIRS[byte]!, true);
      sum += byte;
    }
    this.#offset = offset;
    this.#sum = sum;
  }

  /** Ends a record with the byte that makes its sum what the format wants, modulo 256. */
  end(sum: number): void {
    this.putByte(sum - this.#sum);
    this.#putText(this.#lineEnd);
  }

  /** Hands the text over, which must be full. */
  take(): Bytes {
    if (this.#offset !== this.#bytes.length) {
      throw new RangeError(`Cannot take the text: ${this.#offset} of ${this.#bytes.length} characters are written`);
    }
    return this.#bytes;
  }

  #putText(text: string): void {
    for (let index = 0; index < text.length; index++) this.#bytes[this.#offset++] = text.charCodeAt(index);
  }
}

/**
 * Checks that a number of data bytes fits a record.
 *
 * @param recordSizeBytes The number.
 * @param limit The largest that fits.
 * @throws {RangeError} When it does not.
 */
export function checkRecordSize(recordSizeBytes: number, limit: number): void {
  if (!Number.isInteger(recordSizeBytes) || recordSizeBytes < 1 || recordSizeBytes > limit) {
    throw new RangeError(`Cannot write records of ${recordSizeBytes} bytes: a record takes 1 to ${limit}`);
  }
}

/**
 * Checks that there is something to write. Every reader of ours refuses a file without data.
 *
 * @param image The image.
 * @param format What it is written as.
 * @throws {ImageFormatError} When the image is empty.
 */
export function checkNotEmpty(image: MemoryImage, format: ImageFormat): void {
  if (image.segments.length > 0) return;
  throw new ImageFormatError({
    code: "no-data",
    format,
    message: `Cannot write a ${FORMAT_NAMES[format]} file: the image holds no data`,
    advice: "Look at the build or the selection that made the image: its output was empty",
  });
}
