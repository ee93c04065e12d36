/**
 * Reads Motorola S-records; the rules are in `srec.ts`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { ADDRESS_SPACE_END, type MemoryImage } from "../../core/memory_image.ts";
import { explainRecord, lineError, textError } from "./record_fault.ts";
import { byteAt, isLineEnd, NOT_A_BYTE, openRecordText, type RecordGrammar, skipLineEnds } from "./record_text.ts";
import type { RecordText } from "./record_text.ts";
import { SegmentCollector } from "./segment_collector.ts";

/** What the types do, and the size of their address (of S5 and S6: of their number), by type. S4 is reserved. */
const RECORD_TYPES = [
  { role: "header", addressSizeBytes: 2 },
  { role: "data", addressSizeBytes: 2 },
  { role: "data", addressSizeBytes: 3 },
  { role: "data", addressSizeBytes: 4 },
  undefined,
  { role: "count", addressSizeBytes: 2 },
  { role: "count", addressSizeBytes: 3 },
  { role: "end", addressSizeBytes: 4 },
  { role: "end", addressSizeBytes: 3 },
  { role: "end", addressSizeBytes: 2 },
] as const;

const LETTER_S = 0x53;
const DIGIT_ZERO = 0x30;
/** S, type and count. */
const PREFIX_LENGTH = 4;

const GRAMMAR: RecordGrammar = {
  format: "srec",
  mark: "S",
  markLength: 2,
  uncountedBytes: 1,
  sum: 0xff,
  fields: { count: "count", checksum: "checksum" },
  dataSizeAt: (view, offset) => {
    const type = RECORD_TYPES[view.getUint8(offset + 1) - DIGIT_ZERO];
    return type?.role === "data" ? byteAt(view, offset + 2) - type.addressSizeBytes - 1 : 0;
  },
};

/**
 * Parses a Motorola S-record text, strictly.
 *
 * The whole text is checked. Time and memory grow with the length of the text only, never with the distance between its
 * addresses. What is read and what is refused stands in the table of this module.
 *
 * @param text The characters. Not modified, not kept.
 * @returns The image, gaps left open, with the start address of the S7, S8 or S9 record unless that is 0.
 * @throws {ImageFormatError} When the text is not right, or when well-known readers would make different images of it.
 *
 * @example A byte for the H7's first sector
 * ```ts
 * import { parseSrec } from "@coreslot/coreslot/packager";
 *
 * const image = parseSrec(new TextEncoder().encode("S30608000000559C\nS70508000000F2\n"));
 * console.assert(image.addressStart === 0x0800_0000);
 * console.assert(image.segments[0]!.data[0] === 0x55);
 * ```
 */
export function parseSrec(text: Uint8Array): MemoryImage {
  return new SrecReader(text).read();
}

class SrecReader {
  readonly #text: RecordText;
  readonly #collector: SegmentCollector;
  #dataRecordCount = 0;
  /** A right count in the last record proves, as well as a terminator does, that no data is missing. */
  #isCounted = false;

  constructor(text: Uint8Array) {
    this.#text = openRecordText(text, GRAMMAR);
    this.#collector = new SegmentCollector(this.#text);
  }

  read(): MemoryImage {
    const { bytes, view } = this.#text;
    let offset = skipLineEnds(bytes, 0);
    while (offset < bytes.length) {
      const isTooShort = offset + PREFIX_LENGTH > bytes.length;
      const count = isTooShort ? NOT_A_BYTE : byteAt(view, offset + 2);
      const end = offset + PREFIX_LENGTH + 2 * count;
      const isRecord = bytes[offset] === LETTER_S && count !== NOT_A_BYTE && end <= bytes.length;
      if (!isRecord || !isLineEnd(bytes, end)) throw explainRecord(this.#text, offset);

      const type = RECORD_TYPES[bytes[offset + 1]! - DIGIT_ZERO];
      if (type === undefined) throw this.#explainType(offset);
      const { role, addressSizeBytes } = type;
      const dataOffset = offset + PREFIX_LENGTH + 2 * addressSizeBytes;
      const dataCount = count - addressSizeBytes - 1;
      if (dataCount < 0 || dataCount > 0 && (role === "count" || role === "end")) {
        throw this.#explainCount(offset, addressSizeBytes + 1, count);
      }

      let address = 0;
      let sum = count;
      for (let index = offset + PREFIX_LENGTH; index < dataOffset; index += 2) {
        const byte = byteAt(view, index);
        address = address * 0x100 + byte;
        sum += byte;
      }
      sum += this.#collector.decode(dataOffset, dataCount) + byteAt(view, end - 2);
      if ((sum & 0xff) !== GRAMMAR.sum || sum >= NOT_A_BYTE) throw explainRecord(this.#text, offset);

      if (role === "end") return this.#finish(end, address);
      if (role === "data") this.#keep(offset, address, dataCount);
      if (role === "count") this.#checkCount(offset, address);
      this.#isCounted = role === "count";
      offset = skipLineEnds(bytes, end);
    }
    return this.#finishWithoutEnd();
  }

  #keep(offset: number, address: number, count: number): void {
    if (address + count > ADDRESS_SPACE_END) {
      throw lineError(this.#text, offset, {
        code: "address-range",
        state: `its ${count} bytes at ${formatAddress(address)} run over the last address, 0xFFFFFFFF`,
        advice: "Look at the linker script of the build that wrote it",
        address,
      });
    }
    this.#dataRecordCount++;
    this.#collector.keep(address, count, offset);
  }

  #checkCount(offset: number, got: number): void {
    const expected = this.#dataRecordCount;
    if (got === expected) return;
    throw lineError(this.#text, offset, {
      code: "bad-count",
      state: `it counts ${got} data records before it, and there are ${expected}`,
      advice: "Build or copy the file again: records are missing, or were added by hand",
      expected,
      got,
    });
  }

  #finish(end: number, address: number): MemoryImage {
    const { bytes } = this.#text;
    const rest = skipLineEnds(bytes, end);
    if (rest < bytes.length) {
      throw lineError(this.#text, rest, {
        code: "trailing-data",
        state: "it stands behind the record that ends the file",
        advice: "Cut the file off after its first S7, S8 or S9 record, or write two files: readers differ on the rest",
      });
    }
    return this.#collector.build(address === 0 ? undefined : { kind: "linear", address });
  }

  #finishWithoutEnd(): MemoryImage {
    const { bytes } = this.#text;
    const isBlank = skipLineEnds(bytes, 0) === bytes.length;
    if (this.#isCounted || isBlank) return this.#collector.build(undefined);
    throw textError(this.#text, {
      code: "truncated",
      state: "it ends without an S7, S8 or S9 record, and without a count of its records",
      advice: "Build or copy the file again: its end is missing",
      expected: "S7, S8, S9, S5 or S6",
    });
  }

  #explainType(offset: number): Error {
    const got = `S${String.fromCharCode(this.#text.bytes[offset + 1]!)}`;
    return lineError(this.#text, offset, {
      code: "unknown-type",
      state: `"${got}" is no record type`,
      advice: "Build or copy the file again: it is damaged, or of a kind that readers do not agree about",
      field: "type",
      got,
    });
  }

  #explainCount(offset: number, expected: number, got: number): Error {
    return lineError(this.#text, offset, {
      code: "bad-length",
      state: `its count is ${got}, and this type of record wants ${expected}`,
      advice: "Build or copy the file again: it is damaged",
      field: GRAMMAR.fields.count,
      expected,
      got,
    });
  }
}
