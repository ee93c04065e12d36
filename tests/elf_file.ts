/**
 * ELF files for tests, built from the specification without any of the code under test.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";

const HEADER_SIZE_BYTES = 52;
const PROGRAM_HEADER_SIZE_BYTES = 32;
const SECTION_HEADER_SIZE_BYTES = 40;

/** A program header and its bytes; what is left out is made to fit. */
export interface ElfSegment {
  /** PT_LOAD is 1, the default. */
  readonly type?: number;
  /** Where the bytes stand in the file; they are only placed when this is left out. */
  readonly offset?: number;
  /** Where it is loaded. */
  readonly paddr: number;
  /** Where it runs; where it is loaded by default. */
  readonly vaddr?: number;
  /** Its bytes in the file. */
  readonly data?: readonly number[];
  /** Their number, when `offset` is given. */
  readonly filesz?: number;
  /** Its size in memory; that in the file by default. */
  readonly memsz?: number;
}

/** A section header, without a name. */
export interface ElfSection {
  /** SHT_PROGBITS is 1, SHT_NOBITS 8. */
  readonly type: number;
  /** SHF_ALLOC is 2. */
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
}

/** What goes into a file. */
export interface ElfFile {
  readonly entry?: number;
  readonly segments: readonly ElfSegment[];
  readonly sections?: readonly ElfSection[];
}

/**
 * Builds an executable for ARM: header, program headers, data, section headers.
 *
 * @param file What goes in.
 * @returns Its bytes.
 */
export function buildElf({ entry = 0, segments, sections = [] }: ElfFile): Bytes {
  const dataOffset = HEADER_SIZE_BYTES + segments.length * PROGRAM_HEADER_SIZE_BYTES;
  const data = segments.flatMap((segment) => segment.data ?? []);
  const sectionsOffset = dataOffset + data.length;
  const bytes = new Uint8Array(sectionsOffset + sections.length * SECTION_HEADER_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  const words = (offset: number, ...values: number[]) =>
    values.forEach((value, index) => view.setUint32(offset + 4 * index, value, true));
  const halves = (offset: number, ...values: number[]) =>
    values.forEach((value, index) => view.setUint16(offset + 2 * index, value, true));

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  halves(16, 2, 40);
  words(20, 1, entry, HEADER_SIZE_BYTES, sections.length === 0 ? 0 : sectionsOffset, 0x0500_0400);
  halves(40, HEADER_SIZE_BYTES, PROGRAM_HEADER_SIZE_BYTES, segments.length);
  halves(46, SECTION_HEADER_SIZE_BYTES, sections.length, 0);
  let offset = dataOffset;
  segments.forEach((segment, index) => {
    const sizeBytes = segment.filesz ?? segment.data?.length ?? 0;
    words(
      HEADER_SIZE_BYTES + index * PROGRAM_HEADER_SIZE_BYTES,
      segment.type ?? 1,
      segment.offset ?? offset,
      segment.vaddr ?? segment.paddr,
      segment.paddr,
      sizeBytes,
      segment.memsz ?? sizeBytes,
      5,
      4,
    );
    offset += segment.data?.length ?? 0;
  });
  bytes.set(data, dataOffset);
  sections.forEach((section, index) => {
    const at = sectionsOffset + index * SECTION_HEADER_SIZE_BYTES;
    words(at, 0, section.type, section.flags, 0, section.offset, section.size);
  });
  return bytes;
}
