/**
 * Collects the data of record after record into the segments of a memory image.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import { MemoryImage, OverlapError, type Segment, type StartAddress } from "../../core/memory_image.ts";
import { type ImageFormatError, PIECE_LIMIT } from "./error.ts";
import { lineError, textError } from "./record_fault.ts";
import { decodePairs, findLineEnd, lineNumberAt, type RecordText, skipLineEnds } from "./record_text.ts";

/**
 * Decodes records into one buffer, in the order of the text.
 *
 * The buffer is as large as the text could ever need, whatever its addresses are. A segment is a view of it, and a record
 * that goes on where the one before ended costs no allocation.
 */
export class SegmentCollector {
  readonly #text: RecordText;
  readonly #bytes: Bytes;
  readonly #segments: Segment[] = [];
  /** Where in the text the first record of each segment begins. */
  readonly #textOffsets: number[] = [];
  /** End of what is kept in the buffer, and beginning of the segment that is still growing. */
  #end = 0;
  #segmentStart = 0;
  #segmentAddress = 0;
  #segmentTextOffset = 0;
  #nextAddress = -1;

  constructor(text: RecordText) {
    this.#text = text;
    this.#bytes = new Uint8Array(text.bytes.length >>> 1);
  }

  /** Decodes pairs of digits, to be kept or not, and gives their sum as {@linkcode decodePairs} does. */
  decode(offset: number, count: number): number {
    return decodePairs(this.#text.view, offset, count, this.#bytes, this.#end);
  }

  /** Keeps the bytes decoded last, those of the record at `textOffset`. */
  keep(address: number, count: number, textOffset: number): void {
    if (address !== this.#nextAddress) {
      this.#closeSegment();
      this.#segmentAddress = address;
      this.#segmentTextOffset = textOffset;
    }
    this.#end += count;
    this.#nextAddress = address + count;
  }

  /** Builds the image out of all that was kept. */
  build(start: StartAddress | undefined): MemoryImage {
    this.#closeSegment();
    if (this.#end === 0) {
      throw textError(this.#text, {
        code: "no-data",
        state: "it holds no data",
        advice: "Look at the build that wrote it: its output was empty",
      });
    }
    try {
      return MemoryImage.fromSegments(this.#segments, start);
    } catch (error) {
      throw error instanceof OverlapError ? this.#explainOverlap(error) : error;
    }
  }

  #closeSegment(): void {
    if (this.#end === this.#segmentStart) return;
    if (this.#segments.length === PIECE_LIMIT) {
      throw lineError(this.#text, this.#segmentTextOffset, {
        code: "too-many-pieces",
        state: `it begins run of bytes number ${PIECE_LIMIT + 1}`,
        advice:
          "Write the file again in the order of addresses, without gaps: this is no firmware as compilers write it",
        address: this.#segmentAddress,
      });
    }
    const data = this.#bytes.subarray(this.#segmentStart, this.#end);
    this.#segments.push({ address: this.#segmentAddress, data });
    this.#textOffsets.push(this.#segmentTextOffset);
    this.#segmentStart = this.#end;
  }

  #explainOverlap(cause: OverlapError): ImageFormatError {
    const { address, advice } = cause;
    const [first, second] = this.#segments.flatMap((segment, index) => {
      const isHere = segment.address <= address && address < segment.address + segment.data.length;
      return isHere ? [this.#findRecord(address - segment.address, this.#textOffsets[index]!)] : [];
    });
    const firstLine = lineNumberAt(this.#text.bytes, first!);
    return lineError(this.#text, second!, {
      code: "overlap",
      state: `it gives ${formatAddress(address)} a byte, as line ${firstLine} did`,
      advice,
      address,
      cause,
    });
  }

  /** Finds the record of a segment's byte, from the segment's first record on. */
  #findRecord(byteOffset: number, textOffset: number): number {
    const { bytes, view, grammar } = this.#text;
    let end = grammar.dataSizeAt(view, textOffset);
    while (end <= byteOffset) {
      textOffset = skipLineEnds(bytes, findLineEnd(bytes, textOffset));
      end += grammar.dataSizeAt(view, textOffset);
    }
    return textOffset;
  }
}
