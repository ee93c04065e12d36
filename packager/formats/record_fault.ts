/**
 * Says what is wrong with a line of an Intel HEX or S-record text.
 *
 * The readers only notice that something is: they run through the text once, fast, and leave the question to here.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { ImageFormatError, type ImageFormatErrorOptions } from "./error.ts";
import { FORMAT_NAMES } from "./format.ts";
import { byteAt, findLineEnd, lineNumberAt, type RecordGrammar, type RecordText } from "./record_text.ts";

const MERGE_MARKER_REGEXP = /^(?:<{7}|\|{7}|={7}|>{7})/;
const BYTE_ORDER_MARK_REGEXP = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/;
const HEX_DIGIT_REGEXP = /^[0-9A-Fa-f]$/;
const WHITE_SPACE_REGEXP = /^[ \t]/;

/** What is wrong, and where if not at the beginning of the line. */
export interface LineFault extends Omit<ImageFormatErrorOptions, "message" | "format" | "line"> {
  /** What follows the colon in the message. */
  readonly state: string;
}

/**
 * Makes the error for a line.
 *
 * @param text The text.
 * @param offset Where the line's record begins.
 * @param fault What is wrong with it.
 * @returns The error, to be thrown.
 */
export function lineError(text: RecordText, offset: number, { state, ...fault }: LineFault): ImageFormatError {
  const { format } = text.grammar;
  const line = lineNumberAt(text.bytes, offset);
  const message = `Cannot read line ${line} of the ${FORMAT_NAMES[format]} file: ${state}`;
  return new ImageFormatError({ offset, ...fault, format, line, message });
}

/**
 * Makes the error for a text that ends too early or holds nothing.
 *
 * @param text The text.
 * @param fault What is wrong with it.
 * @returns The error, to be thrown.
 */
export function textError(text: RecordText, { state, ...fault }: LineFault): ImageFormatError {
  const { format } = text.grammar;
  return new ImageFormatError({
    offset: text.bytes.length,
    ...fault,
    format,
    line: lineNumberAt(text.bytes, text.bytes.length - 1),
    message: `Cannot read the ${FORMAT_NAMES[format]} file: ${state}`,
  });
}

/**
 * Finds out why a line is no well-formed record.
 *
 * @param text The text.
 * @param offset Where the line begins. Its record is known to be malformed.
 * @returns The error, to be thrown.
 */
export function explainRecord(text: RecordText, offset: number): ImageFormatError {
  const end = findLineEnd(text.bytes, offset);
  const fault = findMarkFault(text, offset, end) ?? findDigitFault(text, offset, end) ??
    findLengthFault(text, offset, end) ?? describeSumFault(text, offset);
  return lineError(text, offset, fault);
}

function findMarkFault({ bytes, grammar }: RecordText, offset: number, end: number): LineFault | undefined {
  const beginning = String.fromCharCode(...bytes.subarray(offset, Math.min(end, offset + 8)));
  if (beginning.startsWith(grammar.mark)) return undefined;
  if (MERGE_MARKER_REGEXP.test(beginning)) {
    return {
      code: "merge-conflict",
      state: `it is the marker "${beginning.slice(0, 7)}" of an unresolved merge`,
      advice: "Resolve the merge or build the file again: both versions may be in it",
    };
  }
  const fault = { code: "bad-character", expected: grammar.mark, got: describeCharacter(bytes[offset]!) } as const;
  if (BYTE_ORDER_MARK_REGEXP.test(beginning)) {
    return {
      ...fault,
      state: "it begins with a byte order mark",
      advice: "Save the file as plain ASCII, without a byte order mark",
    };
  }
  return {
    ...fault,
    state: `it begins with ${fault.got} and not with "${grammar.mark}"`,
    advice: askForRecordsAlone(grammar),
  };
}

function askForRecordsAlone({ mark }: RecordGrammar): string {
  return `Remove everything but records: each begins with "${mark}" and stands alone on its line`;
}

function findDigitFault({ bytes, grammar }: RecordText, offset: number, end: number): LineFault | undefined {
  for (let index = offset + grammar.markLength; index < end; index++) {
    const character = String.fromCharCode(bytes[index]!);
    if (HEX_DIGIT_REGEXP.test(character)) continue;
    const got = describeCharacter(bytes[index]!);
    const isBehindRecord = character === grammar.mark || WHITE_SPACE_REGEXP.test(character);
    return {
      code: "bad-character",
      state: `column ${index - offset + 1} holds ${got} and no hexadecimal digit`,
      advice: isBehindRecord ? askForRecordsAlone(grammar) : "Build or copy the file again: it is damaged",
      offset: index,
      expected: "hexadecimal digit",
      got,
    };
  }
  return undefined;
}

function findLengthFault({ bytes, view, grammar }: RecordText, offset: number, end: number): LineFault | undefined {
  const countOffset = offset + grammar.markLength;
  const got = Math.max(0, end - countOffset);
  const count = got < 2 ? 0 : byteAt(view, countOffset);
  const expected = 2 * (count + grammar.uncountedBytes);
  if (got === expected) return undefined;
  if (got < expected && end === bytes.length) {
    return {
      code: "truncated",
      state: `the file ends in the middle of a record, after ${got} of ${expected} digits`,
      advice: "Build or copy the file again: its end is missing",
      expected,
      got,
    };
  }
  return {
    code: "bad-length",
    state: `it has ${got} digits, and its count asks for ${expected}`,
    advice: "Build or copy the file again: it is damaged",
    field: grammar.fields.count,
    expected,
    got,
  };
}

function describeSumFault({ view, grammar }: RecordText, offset: number): LineFault {
  const countOffset = offset + grammar.markLength;
  const size = byteAt(view, countOffset) + grammar.uncountedBytes;
  const checksumOffset = countOffset + 2 * (size - 1);
  let sum = 0;
  for (let index = countOffset; index < checksumOffset; index += 2) sum += byteAt(view, index);
  const expected = grammar.sum - sum & 0xff;
  const got = byteAt(view, checksumOffset);
  return {
    code: "bad-checksum",
    state: `its checksum is ${formatByte(got)} and should be ${formatByte(expected)}`,
    advice: "Build or copy the file again: it is damaged, or was edited by hand",
    offset: checksumOffset,
    field: grammar.fields.checksum,
    expected,
    got,
  };
}

function formatByte(byte: number): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

function describeCharacter(byte: number): string {
  if (byte === 0x20) return "a space";
  if (byte === 0x09) return "a tab";
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : formatByte(byte);
}
