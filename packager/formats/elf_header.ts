/**
 * The first 52 bytes of an ELF file: what it is for, and where its tables stand.
 *
 * Runs in Deno, Node and browsers.
 *
 * @see Tool Interface Standard, Executable and Linking Format Specification Version 1.2, "ELF Header"
 * @module
 */

import { ImageFormatError, type ImageFormatErrorCode, type ImageFormatErrorOptions } from "./error.ts";

/** Size of the ELF header of a 32-bit file. */
export const ELF_HEADER_SIZE_BYTES = 52;
/** Size of a program header. */
export const PROGRAM_HEADER_SIZE_BYTES = 32;
/** System V ABI, "Program Header": the real number of headers then stands in a section header. */
const PN_XNUM = 0xffff;

/** A field of the ELF header that can have one value only. */
interface RequiredField {
  readonly field: string;
  readonly offset: number;
  readonly sizeBytes: 1 | 2 | 4;
  readonly expected: number;
  readonly meaning: string;
  readonly code: ImageFormatErrorCode;
  readonly advice?: string;
}

/** EM_ARM is 40 in "ELF for the Arm Architecture" (aaelf32), "Machine". */
const REQUIRED_FIELDS: readonly RequiredField[] = [
  { field: "EI_MAG", offset: 0, sizeBytes: 4, expected: 0x464c_457f, meaning: "0x7F, E, L, F", code: "bad-magic" },
  { field: "EI_CLASS", offset: 4, sizeBytes: 1, expected: 1, meaning: "32 bits", code: "unsupported" },
  { field: "EI_DATA", offset: 5, sizeBytes: 1, expected: 1, meaning: "little endian", code: "unsupported" },
  { field: "EI_VERSION", offset: 6, sizeBytes: 1, expected: 1, meaning: "current", code: "bad-field" },
  {
    field: "e_type",
    offset: 16,
    sizeBytes: 2,
    expected: 2,
    meaning: "an executable",
    code: "unsupported",
    advice: "Give the linker's final output: object files, libraries and shared objects have no load addresses",
  },
  {
    field: "e_machine",
    offset: 18,
    sizeBytes: 2,
    expected: 40,
    meaning: "ARM",
    code: "unsupported",
    advice: "Give the output of the cross compiler for the device, not a program for another machine",
  },
  { field: "e_version", offset: 20, sizeBytes: 4, expected: 1, meaning: "current", code: "bad-field" },
  { field: "e_ehsize", offset: 40, sizeBytes: 2, expected: 52, meaning: "the ELF header's size", code: "bad-field" },
  {
    field: "e_phentsize",
    offset: 42,
    sizeBytes: 2,
    expected: 32,
    meaning: "a program header's size",
    code: "bad-field",
  },
];

/** A table in the file. */
export interface ElfTable {
  /** Offset of its first entry in the file. */
  readonly offset: number;
  /** Number of entries. */
  readonly count: number;
  /** Size of an entry. */
  readonly entrySizeBytes: number;
}

/** The ELF header. */
export interface ElfHeader {
  /** `e_entry`, 0 for none. */
  readonly entry: number;
  /** The program headers; the table lies inside the file and behind the ELF header. */
  readonly programHeaders: ElfTable;
  /** The section headers, unchecked: a loader does not need them, and they may have been stripped. */
  readonly sectionHeaders: ElfTable;
}

/**
 * Decodes and checks the ELF header.
 *
 * @param view The whole file.
 * @returns The header.
 * @throws {ImageFormatError} When the file is not an executable for ARM, or its program headers are not in the file.
 */
export function decodeElfHeader(view: DataView): ElfHeader {
  if (view.byteLength < ELF_HEADER_SIZE_BYTES) {
    throw elfError("truncated", `it ends inside the ELF header, after ${view.byteLength} bytes`, {
      offset: view.byteLength,
      expected: ELF_HEADER_SIZE_BYTES,
      got: view.byteLength,
    });
  }
  for (const { field, offset, sizeBytes, expected, meaning, code, advice } of REQUIRED_FIELDS) {
    const got = readNumber(view, offset, sizeBytes);
    if (got === expected) continue;
    throw elfError(code, `${field} is ${got}, not ${expected} (${meaning})`, { field, offset, expected, got, advice });
  }
  const half = (offset: number) => view.getUint16(offset, true);
  const word = (offset: number) => view.getUint32(offset, true);
  const programHeaders = { offset: word(28), count: half(44), entrySizeBytes: half(42) };
  checkProgramHeaderTable(programHeaders, view.byteLength);
  return {
    entry: word(24),
    programHeaders,
    sectionHeaders: { offset: word(32), count: half(48), entrySizeBytes: half(46) },
  };
}

function checkProgramHeaderTable({ offset, count }: ElfTable, fileSizeBytes: number): void {
  if (count === 0) {
    throw elfError("no-data", "it has no program headers", { field: "e_phnum", offset: 44, got: count });
  }
  if (count === PN_XNUM) {
    throw elfError("unsupported", "e_phnum is 0xFFFF (PN_XNUM), which stands for 65,535 program headers or more", {
      field: "e_phnum",
      offset: 44,
      got: count,
    });
  }
  if (offset < ELF_HEADER_SIZE_BYTES) {
    throw elfError("bad-field", `e_phoff is ${offset}, inside the ELF header`, {
      field: "e_phoff",
      offset: 28,
      got: offset,
    });
  }
  const end = offset + count * PROGRAM_HEADER_SIZE_BYTES;
  if (end > fileSizeBytes) {
    throw elfError("truncated", `its ${count} program headers at offset ${offset} run past the end of the file`, {
      field: "e_phoff",
      offset: 28,
      expected: end,
      got: fileSizeBytes,
    });
  }
}

function readNumber(view: DataView, offset: number, sizeBytes: 1 | 2 | 4): number {
  if (sizeBytes === 1) return view.getUint8(offset);
  return sizeBytes === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
}

/**
 * Makes an error about an ELF file.
 *
 * @param code What is wrong.
 * @param state The end of the message: what the file says.
 * @param details Field, offset and the rest.
 * @returns The error, not thrown.
 */
export function elfError(
  code: ImageFormatErrorCode,
  state: string,
  details: Omit<ImageFormatErrorOptions, "code" | "format" | "message">,
): ImageFormatError {
  return new ImageFormatError({ code, format: "elf", message: `Cannot read the ELF file: ${state}`, ...details });
}
