/**
 * Reads the executables that Arm linkers write: ELF, 32 bits, little endian, for ARM.
 *
 * The image is what a loader loads: the file's part (`p_filesz`) of every program header of type PT_LOAD, at its load
 * address (`p_paddr`). The run address (`p_vaddr`) decides nothing: `.data` runs in RAM but is flashed behind the code.
 * Sections decide nothing either, with one exception that {@linkcode decodeElf} explains.
 *
 * Runs in Deno, Node and browsers.
 *
 * @see Tool Interface Standard, Executable and Linking Format Specification Version 1.2, "Program Header"
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { MemoryImage, StartAddress } from "../../core/memory_image.ts";
import { assembleImage, type FileSegment } from "./assemble_image.ts";
import {
  decodeElfHeader,
  ELF_HEADER_SIZE_BYTES,
  elfError,
  type ElfHeader,
  PROGRAM_HEADER_SIZE_BYTES,
} from "./elf_header.ts";
import type { ImageFormatError } from "./error.ts";

/** Types and flags: TIS ELF 1.2, "Program Header", "Section Header". */
const PT_LOAD = 1;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const SECTION_HEADER_SIZE_BYTES = 40;

/** The fields of a program header that matter here, and where it stands. */
interface ProgramHeader {
  readonly index: number;
  readonly headerOffset: number;
  readonly type: number;
  readonly offset: number;
  readonly addressRun: number;
  readonly addressLoad: number;
  readonly sizeInFileBytes: number;
  readonly sizeInMemoryBytes: number;
}

/**
 * Reads an ELF executable for ARM into a memory image.
 *
 * Program headers of other types (PT_ARM_EXIDX, PT_TLS, PT_NOTE ...) describe bytes that a PT_LOAD loads too, and are
 * left alone. A PT_LOAD without bytes in the file (`.bss`) loads nothing. Segments for RAM stay in the image: whether an
 * address is flash is for the packaging checks to say. The order of the program headers does not matter.
 *
 * One kind of segment is cut. GNU ld lets the first segment begin at a multiple of the page size (4 KiB or 64 KiB), and
 * where the firmware begins further on it loads the ELF header itself, and padding, in front of the firmware: often over
 * the loader. Such a segment is taken from its first allocated section on, as `objcopy -O binary` does. When the section
 * headers have been stripped, nobody can tell where the firmware begins, and the file is refused.
 *
 * @param bytes The whole file. Not modified, not kept.
 * @returns The image, over fresh bytes; its start is `e_entry` (bit 0 is set for Thumb), or absent when that is 0.
 * @throws {ImageFormatError} When the file is not such an executable, or contradicts itself. Time and memory are bounded
 *   by the size of the file.
 *
 * @example Telling a damaged file
 * ```ts
 * import { decodeElf, ImageFormatError } from "@coreslot/coreslot/packager";
 *
 * try {
 *   decodeElf(new TextEncoder().encode("\x7fELF and no more"));
 * } catch (error) {
 *   if (!(error instanceof ImageFormatError)) throw error;
 *   console.assert(error.code === "truncated" && error.format === "elf");
 * }
 * ```
 */
export function decodeElf(bytes: Uint8Array): MemoryImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elf = decodeElfHeader(view);
  const headers = decodeProgramHeaders(view, elf).filter(({ type }) => type === PT_LOAD);
  checkSizes(headers, bytes.length);
  const loaded = headers.filter(({ sizeInFileBytes }) => sizeInFileBytes > 0);
  const [covering, another] = loaded.filter(({ offset, sizeInFileBytes }) =>
    coversHeaders(elf, offset, offset + sizeInFileBytes)
  );
  if (another !== undefined) throw coversHeadersError(another);
  const segments = loaded.flatMap((header) => {
    const firmwareOffset = header === covering ? findFirmware(view, elf, header) : header.offset;
    return firmwareOffset === undefined ? [] : [loadSegment(bytes, header, firmwareOffset)];
  });
  return assembleImage("elf", segments, findStart(elf, headers));
}

function decodeProgramHeaders(view: DataView, { programHeaders }: ElfHeader): readonly ProgramHeader[] {
  return Array.from({ length: programHeaders.count }, (_, index) => {
    const headerOffset = programHeaders.offset + index * PROGRAM_HEADER_SIZE_BYTES;
    const word = (at: number) => view.getUint32(headerOffset + at, true);
    return {
      index,
      headerOffset,
      type: word(0),
      offset: word(4),
      addressRun: word(8),
      addressLoad: word(12),
      sizeInFileBytes: word(16),
      sizeInMemoryBytes: word(20),
    };
  });
}

function checkSizes(headers: readonly ProgramHeader[], fileSizeBytes: number): void {
  let loadedBytes = 0;
  for (const { index, headerOffset, offset, sizeInFileBytes, sizeInMemoryBytes } of headers) {
    const field = `p_filesz of program header ${index}`;
    if (sizeInFileBytes > sizeInMemoryBytes) {
      throw elfError("bad-length", `${field} is ${sizeInFileBytes}, more than its p_memsz of ${sizeInMemoryBytes}`, {
        field,
        offset: headerOffset + 16,
        expected: sizeInMemoryBytes,
        got: sizeInFileBytes,
      });
    }
    if (sizeInFileBytes > 0 && offset + sizeInFileBytes > fileSizeBytes) {
      throw elfError(
        "truncated",
        `program header ${index} loads ${sizeInFileBytes} bytes from offset ${offset} on, past the end of the file`,
        {
          field: `p_offset of program header ${index}`,
          offset: headerOffset + 4,
          expected: offset + sizeInFileBytes,
          got: fileSizeBytes,
        },
      );
    }
    loadedBytes += sizeInFileBytes;
    // Without this, a small file could load the same bytes 65,534 times and fill 4 GiB.
    if (loadedBytes > fileSizeBytes) {
      throw elfError("inconsistent", "its program headers load more bytes than the file has", {
        field,
        offset: headerOffset + 16,
        expected: fileSizeBytes,
        got: loadedBytes,
      });
    }
  }
}

function loadSegment(bytes: Uint8Array, header: ProgramHeader, firmwareOffset: number): FileSegment {
  const { index, headerOffset, offset, addressLoad, sizeInFileBytes } = header;
  return {
    address: addressLoad + firmwareOffset - offset,
    data: bytes.slice(firmwareOffset, offset + sizeInFileBytes),
    offset: headerOffset + 12,
    field: `p_paddr of program header ${index}`,
  };
}

function coversHeaders({ programHeaders }: ElfHeader, offset: number, end: number): boolean {
  const tableEnd = programHeaders.offset + programHeaders.count * PROGRAM_HEADER_SIZE_BYTES;
  return offset < ELF_HEADER_SIZE_BYTES || offset < tableEnd && end > programHeaders.offset;
}

function coversHeadersError({ index, headerOffset, offset }: ProgramHeader): ImageFormatError {
  return elfError("inconsistent", `program header ${index} loads the headers of the file as if they were firmware`, {
    field: `p_offset of program header ${index}`,
    offset: headerOffset + 4,
    got: offset,
    advice: "Give the file as it was before it was stripped, or link it with -Wl,-n",
  });
}

/** Where in the file the firmware begins in a segment that covers headers; `undefined` when that holds nothing else. */
function findFirmware(view: DataView, elf: ElfHeader, header: ProgramHeader): number | undefined {
  const { offset, count, entrySizeBytes } = elf.sectionHeaders;
  const tableEnd = offset + count * SECTION_HEADER_SIZE_BYTES;
  if (count === 0 || entrySizeBytes !== SECTION_HEADER_SIZE_BYTES || tableEnd > view.byteLength) {
    throw coversHeadersError(header);
  }
  const first = findFirstSection(view, offset, tableEnd, header);
  if (first !== undefined && coversHeaders(elf, first, header.offset + header.sizeInFileBytes)) {
    throw coversHeadersError(header);
  }
  return first;
}

function findFirstSection(
  view: DataView,
  tableOffset: number,
  tableEnd: number,
  header: ProgramHeader,
): number | undefined {
  let first = header.offset + header.sizeInFileBytes;
  for (let at = tableOffset; at < tableEnd; at += SECTION_HEADER_SIZE_BYTES) {
    const type = view.getUint32(at + 4, true);
    const flags = view.getUint32(at + 8, true);
    const offset = view.getUint32(at + 16, true);
    const sizeBytes = view.getUint32(at + 20, true);
    const isLoaded = type !== SHT_NOBITS && (flags & SHF_ALLOC) !== 0 && sizeBytes > 0;
    if (isLoaded && offset >= header.offset && offset < first) first = offset;
  }
  return first < header.offset + header.sizeInFileBytes ? first : undefined;
}

/** `e_entry` is where the code runs, so it is looked for where segments run, not where they are loaded. */
function findStart({ entry }: ElfHeader, headers: readonly ProgramHeader[]): StartAddress | undefined {
  if (entry === 0) return undefined;
  const isInside = headers.some(({ addressRun, sizeInMemoryBytes }) =>
    entry >= addressRun && entry < addressRun + sizeInMemoryBytes
  );
  if (!isInside) {
    throw elfError("inconsistent", `its entry point ${formatAddress(entry)} is in none of its segments`, {
      field: "e_entry",
      offset: 24,
      address: entry,
      got: entry,
      advice: "Name the reset handler in ENTRY() of the linker script",
    });
  }
  return { kind: "linear", address: entry };
}
