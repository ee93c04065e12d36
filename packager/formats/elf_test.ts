import assert from "node:assert/strict";
import { countRefusals, mutations, truncations } from "../../tests/damage.ts";
import { buildElf, type ElfFile, type ElfSection, type ElfSegment } from "../../tests/elf_file.ts";
import { decodeElf } from "./elf.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "./error.ts";

const PT_NOTE = 4;
const PT_TLS = 7;
const PT_ARM_EXIDX = 0x7000_0001;
const CODE: ElfSegment = { paddr: 0x0800_0000, data: [1, 2, 3, 4] };
const plain = (bytes: Uint8Array) => decodeElf(bytes).segments.map(({ address, data }) => [address, ...data]);

const READ: readonly [name: string, segments: ElfSegment[], expected: number[][]][] = [
  ["one segment", [CODE], [[0x0800_0000, 1, 2, 3, 4]]],
  [".data at its load address, not where it runs", [
    CODE,
    { paddr: 0x0800_0004, vaddr: 0x2000_0000, data: [5, 6], memsz: 64 },
  ], [[0x0800_0000, 1, 2, 3, 4, 5, 6]]],
  ["no more than p_filesz of a segment that goes on in RAM", [{ ...CODE, memsz: 4416 }], [[0x0800_0000, 1, 2, 3, 4]]],
  ["segments in any order", [{ paddr: 0x0810_0000, data: [9] }, CODE], [[0x0800_0000, 1, 2, 3, 4], [0x0810_0000, 9]]],
  [".bss as nothing", [CODE, { paddr: 0x2000_0000, memsz: 0x1000 }], [[0x0800_0000, 1, 2, 3, 4]]],
  [".bss whose p_offset is past the end of the file", [
    CODE,
    { paddr: 0x2000_0000, offset: 0x7fff_ffff, filesz: 0, memsz: 4 },
  ], [[0x0800_0000, 1, 2, 3, 4]]],
  ["other types as nothing", [
    CODE,
    { type: PT_ARM_EXIDX, paddr: 0x0800_0000, offset: 0x7fff_ffff, filesz: 8, memsz: 1 },
    { type: PT_TLS, paddr: 0x0800_0000, data: [7] },
    { type: PT_NOTE, paddr: 0x0800_0000, data: [7] },
    { type: 0, paddr: 0x0800_0000, data: [7] },
  ], [[0x0800_0000, 1, 2, 3, 4]]],
  ["a segment for RAM", [{ paddr: 0x2400_0004, data: [1] }], [[0x2400_0004, 1]]],
  ["option bytes far away", [CODE, { paddr: 0x5200_2020, data: [0xaa] }], [
    [0x0800_0000, 1, 2, 3, 4],
    [0x5200_2020, 0xaa],
  ]],
  ["the last byte there is", [{ paddr: 0xffff_ffff, data: [1] }], [[0xffff_ffff, 1]]],
];

for (const [name, segments, expected] of READ) {
  Deno.test(`decodeElf() reads ${name}`, () => {
    assert.deepEqual(plain(buildElf({ segments })), expected);
  });
}

const STARTS: readonly [name: string, entry: number, expected: number | undefined][] = [
  ["with bit 0 for Thumb", 0x0800_0001, 0x0800_0001],
  ["without it", 0x0800_0002, 0x0800_0002],
  ["in a segment that runs in RAM", 0x2000_0003, 0x2000_0003],
  ["0, which means none", 0, undefined],
];

for (const [name, entry, expected] of STARTS) {
  Deno.test(`decodeElf() takes the entry point as the start, ${name}`, () => {
    const ram: ElfSegment = { paddr: 0x0800_0004, vaddr: 0x2000_0000, data: [5, 6, 7, 8] };
    const { start } = decodeElf(buildElf({ entry, segments: [CODE, ram] }));
    assert.deepEqual(start, expected === undefined ? undefined : { kind: "linear", address: expected });
  });
}

/** One program header at offset 52; its data at 84. */
const ONE: ElfFile = { segments: [CODE] };
const P = 52;
type Patch = (view: DataView) => void;
const u8 = (offset: number, value: number): Patch => (view) => view.setUint8(offset, value);
const u16 = (offset: number, value: number): Patch => (view) => view.setUint16(offset, value, true);
const u32 = (offset: number, value: number): Patch => (view) => view.setUint32(offset, value, true);

type Refusal = readonly [name: string, patch: Patch, code: ImageFormatErrorCode, field: string, offset: number];

const REFUSED: readonly Refusal[] = [
  ["another magic number", u8(1, 0x46), "bad-magic", "EI_MAG", 0],
  ["64 bits", u8(4, 2), "unsupported", "EI_CLASS", 4],
  ["big endian", u8(5, 2), "unsupported", "EI_DATA", 5],
  ["another EI_VERSION", u8(6, 0), "bad-field", "EI_VERSION", 6],
  ["ET_REL", u16(16, 1), "unsupported", "e_type", 16],
  ["ET_DYN", u16(16, 3), "unsupported", "e_type", 16],
  ["ET_CORE", u16(16, 4), "unsupported", "e_type", 16],
  ["x86", u16(18, 3), "unsupported", "e_machine", 18],
  ["AArch64", u16(18, 183), "unsupported", "e_machine", 18],
  ["RISC-V", u16(18, 243), "unsupported", "e_machine", 18],
  ["another e_version", u32(20, 2), "bad-field", "e_version", 20],
  ["e_ehsize 64", u16(40, 64), "bad-field", "e_ehsize", 40],
  ["e_phentsize 0", u16(42, 0), "bad-field", "e_phentsize", 42],
  ["e_phentsize 31", u16(42, 31), "bad-field", "e_phentsize", 42],
  ["e_phentsize 33", u16(42, 33), "bad-field", "e_phentsize", 42],
  ["e_phnum 0", u16(44, 0), "no-data", "e_phnum", 44],
  ["e_phnum 2, past the end", u16(44, 2), "truncated", "e_phoff", 28],
  ["PN_XNUM", u16(44, 0xffff), "unsupported", "e_phnum", 44],
  ["e_phoff 0", u32(28, 0), "bad-field", "e_phoff", 28],
  ["e_phoff past the end", u32(28, 88), "truncated", "e_phoff", 28],
  ["e_phoff 2^32 - 1", u32(28, 0xffff_ffff), "truncated", "e_phoff", 28],
  ["p_offset past the end", u32(P + 4, 0x1000), "truncated", "p_offset of program header 0", P + 4],
  ["p_offset + p_filesz = 2^32", u32(P + 4, 0xffff_fffc), "truncated", "p_offset of program header 0", P + 4],
  [
    "p_filesz one too many",
    (view) => {
      u32(P + 16, 5)(view);
      u32(P + 20, 5)(view);
    },
    "truncated",
    "p_offset of program header 0",
    P + 4,
  ],
  ["p_filesz above p_memsz", u32(P + 20, 3), "bad-length", "p_filesz of program header 0", P + 16],
  ["p_paddr + p_filesz above 2^32", u32(P + 12, 0xffff_fffd), "address-range", "p_paddr of program header 0", P + 12],
  ["an entry point outside", u32(24, 0x0800_0005), "inconsistent", "e_entry", 24],
];

for (const [name, patch, code, field, offset] of REFUSED) {
  Deno.test(`decodeElf() refuses ${name}`, () => {
    const bytes = buildElf(ONE);
    patch(new DataView(bytes.buffer));
    assert.throws(() => decodeElf(bytes), (error) => {
      assert(error instanceof ImageFormatError);
      assert.deepEqual([error.format, error.code, error.field, error.offset], ["elf", code, field, offset]);
      return true;
    });
  });
}

const refusedWith = (code: ImageFormatErrorCode, field: string | undefined) => (error: unknown) => {
  assert(error instanceof ImageFormatError);
  assert.deepEqual([error.format, error.code, error.field], ["elf", code, field]);
  return true;
};

Deno.test("decodeElf() refuses segments that overlap, and names the second", () => {
  const segments = [{ paddr: 0x0800_0002, data: [9] }, { paddr: 0x0801_0000, data: [9] }, CODE];
  assert.throws(() => decodeElf(buildElf({ segments })), refusedWith("overlap", "p_paddr of program header 0"));
});

Deno.test("decodeElf() refuses a file that loads nothing", () => {
  for (const segments of [[{ paddr: 0x2000_0000, memsz: 4 }], [{ type: PT_NOTE, paddr: 0, data: [1] }]]) {
    assert.throws(() => decodeElf(buildElf({ segments })), refusedWith("no-data", undefined));
  }
});

Deno.test("decodeElf() refuses 65,534 segments that share their bytes, at once", () => {
  const shared = { offset: 0, filesz: 0x1_0000 };
  const segments = Array.from({ length: 65_534 }, (_, index) => ({ ...shared, paddr: index * 0x1_0000 }));
  assert.throws(() => decodeElf(buildElf({ segments })), refusedWith("inconsistent", "p_filesz of program header 31"));
});

Deno.test("decodeElf() reads 65,534 segments of one byte", () => {
  const segments = Array.from({ length: 65_534 }, (_, index) => ({ paddr: 2 * index, data: [index & 0xff] }));
  assert.equal(decodeElf(buildElf({ segments })).segments.length, 65_534);
});

/**
 * What GNU ld makes of firmware that does not begin at a multiple of the page size: the first segment begins with the ELF
 * header, two program headers and padding, here up to offset 128, where four bytes of firmware stand.
 */
const AROUND_HEADERS: ElfSegment = { paddr: 0x0800_0000, offset: 0, filesz: 132 };
const PADDED: ElfSegment = { type: PT_NOTE, paddr: 0, data: [...new Array<number>(12).fill(0), 1, 2, 3, 4] };
const FIRMWARE: ElfSection = { type: 1, flags: 2, offset: 128, size: 4 };

const NOT_FIRMWARE: readonly ElfSection[] = [
  { type: 0, flags: 0, offset: 0, size: 0 },
  { type: 8, flags: 3, offset: 120, size: 64 },
  { type: 1, flags: 0, offset: 121, size: 4 },
  { type: 1, flags: 2, offset: 122, size: 0 },
  { type: 1, flags: 2, offset: 132, size: 4 },
];

Deno.test("decodeElf() leaves out the ELF header and padding in front of the first section", () => {
  const later = { ...FIRMWARE, offset: 130, size: 2 };
  const sections = [...NOT_FIRMWARE, later, FIRMWARE];
  assert.deepEqual(plain(buildElf({ segments: [AROUND_HEADERS, PADDED], sections })), [[0x0800_0080, 1, 2, 3, 4]]);
});

Deno.test("decodeElf() looks for the first section in the segment only", () => {
  const segments = [{ paddr: 0x0800_003c, offset: 60, filesz: 72 }, PADDED];
  const sections = [{ ...FIRMWARE, offset: 56 }, FIRMWARE];
  assert.deepEqual(plain(buildElf({ segments, sections })), [[0x0800_0080, 1, 2, 3, 4]]);
});

Deno.test("decodeElf() leaves out a segment of nothing but headers", () => {
  const segments = [{ ...AROUND_HEADERS, filesz: 116 }, CODE];
  assert.deepEqual(plain(buildElf({ segments, sections: NOT_FIRMWARE })), [[0x0800_0000, 1, 2, 3, 4]]);
});

const HEADERS_AS_FIRMWARE: readonly [name: string, file: ElfFile, patch: Patch, index: number][] = [
  ["without section headers", { segments: [AROUND_HEADERS, PADDED] }, () => {}, 0],
  [
    "with section headers of another size",
    { segments: [AROUND_HEADERS, PADDED], sections: [FIRMWARE] },
    u16(46, 64),
    0,
  ],
  ["with section headers past the end", { segments: [AROUND_HEADERS, PADDED], sections: [FIRMWARE] }, u16(48, 2), 0],
  [
    "with a section over the ELF header",
    { segments: [AROUND_HEADERS, PADDED], sections: [{ ...FIRMWARE, offset: 51 }] },
    () => {},
    0,
  ],
  [
    "with a section over the program headers",
    { segments: [AROUND_HEADERS, PADDED], sections: [{ ...FIRMWARE, offset: 115 }] },
    () => {},
    0,
  ],
  [
    "in two segments",
    { segments: [{ ...AROUND_HEADERS, filesz: 52 }, { paddr: 0, offset: 60, filesz: 1 }], sections: NOT_FIRMWARE },
    () => {},
    1,
  ],
];

for (const [name, file, patch, index] of HEADERS_AS_FIRMWARE) {
  Deno.test(`decodeElf() refuses a segment that covers the headers of the file, ${name}`, () => {
    const bytes = buildElf(file);
    patch(new DataView(bytes.buffer));
    assert.throws(() => decodeElf(bytes), refusedWith("inconsistent", `p_offset of program header ${index}`));
  });
}

Deno.test("decodeElf() gives bytes of its own, also from the middle of a buffer", () => {
  const file = buildElf(ONE);
  const buffer = new Uint8Array(file.length + 7).fill(0xa5);
  buffer.set(file, 3);
  const image = decodeElf(buffer.subarray(3, 3 + file.length));
  buffer.fill(0);
  assert.deepEqual([...image.segments[0]!.data], [1, 2, 3, 4]);
});

Deno.test("decodeElf() reads or refuses every damaged file, and throws nothing else", () => {
  const bytes = buildElf({ segments: [AROUND_HEADERS, PADDED, CODE], sections: [FIRMWARE], entry: 0x0800_0001 });
  const cut = countRefusals(truncations(bytes), decodeElf, [ImageFormatError]);
  assert.equal(cut.read, 0);
  const changed = countRefusals(mutations(bytes), decodeElf, [ImageFormatError]);
  assert(changed.refused > 0 && changed.read > 0);
});
