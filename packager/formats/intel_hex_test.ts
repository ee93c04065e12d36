import assert from "node:assert/strict";
import { MemoryImage, type StartAddress } from "../../core/memory_image.ts";
import { hexLine, textOf } from "../../tests/record_lines.ts";
import { ImageFormatError, type ImageFormatErrorCode, PIECE_LIMIT } from "./error.ts";
import { formatIntelHex, parseIntelHex } from "./intel_hex.ts";

const DATA = hexLine(0, 0, 1, 2, 3, 4);
const END = ":00000001FF";
const data = (loadOffset: number, ...bytes: number[]) => hexLine(0, loadOffset, ...bytes);
const segmentBase = (base: number) => hexLine(2, 0, base >> 8, base & 0xff);
const linearBase = (base: number) => hexLine(4, 0, base >> 8, base & 0xff);
const startLinear = (address: number) =>
  hexLine(5, 0, address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, address & 0xff);
const startSegment = (cs: number, ip: number) => hexLine(3, 0, cs >> 8, cs & 0xff, ip >> 8, ip & 0xff);
const plain = (image: MemoryImage) => image.segments.map((segment) => [segment.address, ...segment.data]);
const count = (length: number) => Array.from({ length }, (_, index) => index & 0xff);

type Read = readonly [name: string, lines: string[], segments: number[][], start?: StartAddress];

const READ: readonly Read[] = [
  ["CRLF", [`${DATA}\r`, `${END}\r`], [[0, 1, 2, 3, 4]]],
  ["CR alone", [`${DATA}\r${END}`], [[0, 1, 2, 3, 4]]],
  ["empty lines anywhere", ["", "\r", DATA, "", "", END, ""], [[0, 1, 2, 3, 4]]],
  ["lower and mixed case", [":02000000aBcD86", ":00000001ff"], [[0, 0xab, 0xcd]]],
  ["a record of 0 bytes", [data(0x10), DATA, END], [[0, 1, 2, 3, 4]]],
  ["a record of 255 bytes", [data(0, ...count(255)), END], [[0, ...count(255)]]],
  ["records that follow one another", [data(0, 1), data(1, 2), END], [[0, 1, 2]]],
  ["records in descending order", [data(2, 3), data(1, 2), data(0, 1), END], [[0, 1, 2, 3]]],
  ["a gap of one byte", [data(0, 1), data(2, 3), END], [[0, 1], [2, 3]]],
  ["records over a 64 KiB boundary", [data(0xffff, 1), linearBase(1), data(0, 2), END], [[0xffff, 1, 2]]],
  ["a record over 64 KiB without a base", [data(0xffff, 1, 2), END], [[0xffff, 1, 2]]],
  ["a record over 64 KiB, type 04", [linearBase(0x800), data(0xffff, 1, 2), END], [[0x0800_ffff, 1, 2]]],
  ["a record up to the end of its segment", [segmentBase(0x1000), data(0xfffe, 1, 2), END], [[0x1_fffe, 1, 2]]],
  ["the highest segment", [segmentBase(0xffff), data(0xffff, 1), END], [[0x10_ffef, 1]]],
  ["the last byte there is", [linearBase(0xffff), data(0xffff, 1), END], [[0xffff_ffff, 1]]],
  ["two bytes 4 GiB apart", [data(0, 1), linearBase(0xffff), data(0xffff, 2), END], [[0, 1], [0xffff_ffff, 2]]],
  ["a base that is set back", [linearBase(1), data(0, 2), linearBase(0), data(0, 1), END], [[0, 1], [0x1_0000, 2]]],
  ["type 04, with 02 at 0000", [segmentBase(0x10), segmentBase(0), linearBase(1), DATA, END], [[0x1_0000, 1, 2, 3, 4]]],
  ["type 02, with 04 at 0000", [linearBase(1), linearBase(0), segmentBase(0x10), DATA, END], [[0x100, 1, 2, 3, 4]]],
  ["both types, none before data", [linearBase(1), segmentBase(0x10), segmentBase(0), linearBase(2), DATA, END], [
    [0x2_0000, 1, 2, 3, 4],
  ]],
  ["type 05", [DATA, startLinear(0xffff_fffe), END], [[0, 1, 2, 3, 4]], { kind: "linear", address: 0xffff_fffe }],
  ["type 03", [startSegment(0x3000, 0xe000), DATA, END], [[0, 1, 2, 3, 4]], {
    kind: "segmented",
    cs: 0x3000,
    ip: 0xe000,
  }],
  ["type 05 twice", [startLinear(1), DATA, startLinear(1), END], [[0, 1, 2, 3, 4]], { kind: "linear", address: 1 }],
  ["a start in the end record", [DATA, hexLine(1, 0x1234)], [[0, 1, 2, 3, 4]], { kind: "linear", address: 0x1234 }],
  ["a start before the end record's", [DATA, startLinear(1), hexLine(1, 0x1234)], [[0, 1, 2, 3, 4]], {
    kind: "linear",
    address: 1,
  }],
];

for (const [name, lines, segments, start] of READ) {
  Deno.test(`parseIntelHex() reads ${name}`, () => {
    const image = parseIntelHex(textOf(...lines));
    assert.deepEqual(plain(image), segments);
    assert.deepEqual(image.start, start);
  });
}

type Refused = readonly [name: string, lines: string[], code: ImageFormatErrorCode, line: number, field?: string];

const REFUSED: readonly Refused[] = [
  ["no end record", [DATA], "truncated", 1],
  ["an empty text", [], "no-data", 1],
  ["line ends alone", ["", "\r", ""], "no-data", 3],
  ["an end record alone", [END], "no-data", 1],
  ["a start and no data", [startLinear(0x0800_0000), END], "no-data", 2],
  ["two end records", [DATA, END, END], "trailing-data", 3],
  ["data behind the end record", [DATA, END, "", data(8, 1)], "trailing-data", 4],
  ["a word behind the end record", [DATA, END, "hello"], "trailing-data", 3],
  ["Ctrl-Z behind the end record", [DATA, END, "\x1a"], "trailing-data", 3],
  ["NUL behind the end record", [DATA, END, "\0\0"], "trailing-data", 3],
  ["Ctrl-Z in the end record's line", [DATA, `${END}\x1a`], "bad-character", 2],
  ["a wrong checksum", [DATA.slice(0, -1) + "0", END], "bad-checksum", 1, "CHKSUM"],
  ["a wrong checksum in the end record", [DATA, ":0000000100"], "bad-checksum", 2, "CHKSUM"],
  ["a flipped bit in the data", [DATA.replace("0102", "0103"), END], "bad-checksum", 1, "CHKSUM"],
  ["an odd number of digits", [`${DATA}0`, END], "bad-length", 1, "RECLEN"],
  ["a count that is too large", [`:05${DATA.slice(3)}`, END], "bad-length", 1, "RECLEN"],
  ["a count that is too small", [`:03${DATA.slice(3)}`, END], "bad-length", 1, "RECLEN"],
  ["a mark alone", [":", END], "bad-length", 1, "RECLEN"],
  ["three bytes", [":000000", END], "bad-length", 1, "RECLEN"],
  ["a letter among the digits", [DATA.replace("0102", "0G02"), END], "bad-character", 1],
  ["a letter in the count", [":0x000000FF", END], "bad-character", 1],
  ["a letter in the checksum", [`${DATA.slice(0, -1)}x`, END], "bad-character", 1],
  ["a high character", [DATA.replace("0102", "0\xb202"), END], "bad-character", 1],
  ["two records on one line", [`${DATA}${DATA}`, END], "bad-character", 1],
  ["spaces before a record", [DATA, `  ${END}`], "bad-character", 2],
  ["spaces behind a record", [`${DATA}  `, END], "bad-character", 1],
  ["a tab behind a record", [`${DATA}\t`, END], "bad-character", 1],
  ["a UTF-8 byte order mark", [`\xef\xbb\xbf${DATA}`, END], "bad-character", 1],
  ["a UTF-16 byte order mark", [`\xff\xfe${DATA}`, END], "bad-character", 1],
  ["a missing mark", [DATA.slice(1), END], "bad-character", 1],
  ["text before the mark", [DATA, `abc${END}`], "bad-character", 2],
  ["a comment", ["; made by hand", DATA, END], "bad-character", 1],
  ["a merge", ["<<<<<<< HEAD", DATA, "=======", DATA, ">>>>>>> branch", END], "merge-conflict", 1],
  ["a merge in the middle", [DATA, "=======", END], "merge-conflict", 2],
  ["type 06", [hexLine(6, 0, 1), DATA, END], "unknown-type", 1, "RECTYP"],
  ["type FF", [DATA, hexLine(0xff, 0), END], "unknown-type", 2, "RECTYP"],
  ["universal HEX", [hexLine(0x0a, 0, 0x99, 3, 0xc0, 0xde), DATA, END], "unknown-type", 1, "RECTYP"],
  ["type 04 with 1 byte", [hexLine(4, 0, 8), DATA, END], "bad-length", 1, "RECLEN"],
  ["type 04 with 3 bytes", [hexLine(4, 0, 8, 0, 0), DATA, END], "bad-length", 1, "RECLEN"],
  ["type 02 with 0 bytes", [hexLine(2, 0), DATA, END], "bad-length", 1, "RECLEN"],
  ["type 03 with 3 bytes", [hexLine(3, 0, 8, 0, 1), DATA, END], "bad-length", 1, "RECLEN"],
  ["type 05 with 5 bytes", [DATA, hexLine(5, 0, 8, 0, 1, 1, 1), END], "bad-length", 2, "RECLEN"],
  ["an end record with data", [DATA, hexLine(1, 0, 0x55)], "bad-length", 2, "RECLEN"],
  ["type 02 at 0001", [hexLine(2, 1, 8, 0), DATA, END], "bad-field", 1, "LOAD OFFSET"],
  ["type 04 at 1234", [hexLine(4, 0x1234, 8, 0), DATA, END], "bad-field", 1, "LOAD OFFSET"],
  ["type 05 at 0010", [DATA, hexLine(5, 0x10, 8, 0, 1, 1), END], "bad-field", 2, "LOAD OFFSET"],
  ["the same data twice", [DATA, DATA, END], "overlap", 2],
  ["other data over data", [DATA, data(8, 1), data(3, 9, 9), END], "overlap", 3],
  ["an overlap in the middle of a run", [data(4, 1), data(0, 1, 2), data(2, 3, 4, 5), data(5, 6), END], "overlap", 3],
  ["an overlap by way of a base", [linearBase(1), data(0, 1), linearBase(0), data(0xffff, 1, 2), END], "overlap", 4],
  ["a segment's end overrun", [segmentBase(0x1000), data(0xffff, 1, 2), END], "ambiguous-address", 2],
  ["segment 0000 overrun", [segmentBase(0), data(0xffff, 1, 2), END], "ambiguous-address", 2],
  ["segment FFFF overrun", [segmentBase(0xffff), data(0xffff, 1, 2), END], "ambiguous-address", 2],
  ["4 GiB overrun", [linearBase(0xffff), data(0xffff, 1, 2), END], "address-range", 2],
  ["02 after 04", [linearBase(1), DATA, segmentBase(0x10), DATA, END], "ambiguous-address", 4],
  ["04 after 02", [segmentBase(0x10), DATA, linearBase(1), DATA, END], "ambiguous-address", 4],
  ["02 at 0000 after 04", [linearBase(1), DATA, segmentBase(0), DATA, END], "ambiguous-address", 4],
  ["04 at 0000 after 02", [segmentBase(0x10), DATA, linearBase(0), DATA, END], "ambiguous-address", 4],
  ["two starts", [startLinear(1), DATA, startLinear(2), END], "ambiguous-start", 3],
  ["starts of both kinds", [startSegment(0, 1), DATA, startLinear(1), END], "ambiguous-start", 3],
];

for (const [name, lines, code, line, field] of REFUSED) {
  Deno.test(`parseIntelHex() refuses ${name}`, () => {
    const error = refusal(textOf(...lines));
    assert.deepEqual([error.code, error.line, error.field], [code, line, field], error.message);
  });
}

function refusal(text: Uint8Array): ImageFormatError {
  try {
    parseIntelHex(text);
  } catch (error) {
    assert(error instanceof ImageFormatError, String(error));
    assert.equal(error.format, "hex");
    assert.match(error.message, /^Cannot read (line \d+ of )?the Intel HEX file: .*[^.]$/);
    assert.match(error.advice ?? "", /^[A-Z].*[^.]$/);
    return error;
  }
  assert.fail("The text was read");
}

Deno.test("parseIntelHex() says where, what it wants and what it has", () => {
  const checksum = refusal(textOf(DATA, `${data(4, 5).slice(0, -2)}00`, END));
  assert.deepEqual([checksum.offset, checksum.expected, checksum.got], [DATA.length + 1 + 11, 0xf6, 0x00]);
  const character = refusal(textOf(DATA.replace("0102", "0G02"), END));
  assert.deepEqual([character.offset, character.expected, character.got], [10, "hexadecimal digit", '"G"']);
  const length = refusal(textOf(`${DATA}0`, END));
  assert.deepEqual([length.offset, length.expected, length.got], [0, 18, 19]);
  const overlap = refusal(textOf(data(0, 1, 2, 3), data(8, 1), data(2, 9), END));
  assert.deepEqual([overlap.address, overlap.line], [2, 3]);
  assert.match(overlap.message, /0x00000002 a byte, as line 1 did$/);
  const start = refusal(textOf(startSegment(0xf000, 0x9db5), DATA, startLinear(0x0800_0101), END));
  assert.deepEqual([start.expected, start.got], ["F000:9DB5", "0x08000101"]);
});

const SMALL = textOf(
  linearBase(0x0800),
  data(0, 0xab, 0xcd, 0x12),
  "",
  data(0x10, 0x0f),
  startLinear(0x0800_0001),
  END,
);

Deno.test("parseIntelHex() notices every truncation that costs more than the last line end", () => {
  for (let length = 0; length < SMALL.length - 1; length++) {
    const { code } = refusal(SMALL.subarray(0, length));
    assert.equal(code, length === 0 ? "no-data" : "truncated", `${length} of ${SMALL.length} characters`);
  }
  assert.deepEqual(plain(parseIntelHex(SMALL.subarray(0, -1))), plain(parseIntelHex(SMALL)));
});

Deno.test("parseIntelHex() notices every flipped bit that does more than change a letter's case", () => {
  const letters = /[A-F]/;
  for (let bit = 0; bit < SMALL.length * 8; bit++) {
    const damaged = SMALL.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const isCase = letters.test(String.fromCharCode(SMALL[bit >> 3]!)) && (bit & 7) === 5;
    if (isCase) assert.deepEqual(plain(parseIntelHex(damaged)), plain(parseIntelHex(SMALL)));
    else refusal(damaged);
  }
});

function oneByteRecords(recordCount: number, addressOf: (index: number) => number): Uint8Array {
  const lines: string[] = [];
  let upper = 0;
  for (let index = 0; index < recordCount; index++) {
    const address = addressOf(index);
    if (address >>> 16 !== upper) lines.push(linearBase(upper = address >>> 16));
    lines.push(data(address & 0xffff, index & 0xff));
  }
  return textOf(lines.join("\n"), END);
}

Deno.test("parseIntelHex() reads a million records of one byte", () => {
  const { segments, sizeBytes } = parseIntelHex(oneByteRecords(1e6, (index) => index));
  assert.deepEqual([segments.length, sizeBytes], [1, 1e6]);
});

const SCATTERED: readonly [name: string, addressOf: (index: number) => number, segmentCount: number][] = [
  ["backwards", (index) => 1e6 - index, 1],
  ["with gaps", (index) => 2 * index, PIECE_LIMIT],
];

for (const [name, addressOf, segmentCount] of SCATTERED) {
  Deno.test(`parseIntelHex() reads as many pieces as the limit allows and not one more, ${name}`, () => {
    assert.equal(parseIntelHex(oneByteRecords(PIECE_LIMIT, addressOf)).segments.length, segmentCount);
    assert.equal(refusal(oneByteRecords(PIECE_LIMIT + 1, addressOf)).code, "too-many-pieces");
  });
}

Deno.test("parseIntelHex() refuses a line of 1 MiB and 1 MiB of anything", () => {
  const size = 2 ** 20;
  assert.equal(refusal(textOf(`:${"0".repeat(size)}`, END)).code, "bad-length");
  assert.equal(refusal(textOf(`:${"F".repeat(size)}`, END)).code, "bad-length");
  assert.equal(refusal(textOf(":".repeat(size), END)).code, "bad-character");
  assert.equal(refusal(new Uint8Array(size)).code, "bad-character");
  assert.equal(refusal(new Uint8Array(size).fill(0x0a)).code, "no-data");
});

const WRITTEN: readonly [string, [number, ...number[]][], StartAddress | undefined, string[]][] = [
  ["a byte", [[0, 0x55]], undefined, [":0100000055AA", END]],
  ["seventeen bytes", [[0x0800_0000, ...count(17)]], undefined, [
    ":020000040800F2",
    data(0, ...count(16)),
    data(16, 16),
    END,
  ]],
  ["two segments of one 64 KiB block", [[0x0800_0000, 1], [0x0800_fffe, 2, 3]], undefined, [
    ":020000040800F2",
    data(0, 1),
    data(0xfffe, 2, 3),
    END,
  ]],
  ["a segment over a 64 KiB boundary", [[0xfffe, 1, 2, 3]], { kind: "linear", address: 0x0800_0101 }, [
    data(0xfffe, 1, 2),
    ":020000040001F9",
    data(0, 3),
    ":0400000508000101ED",
    END,
  ]],
  ["the last byte and CS:IP", [[0xffff_ffff, 1]], { kind: "segmented", cs: 0x1234, ip: 0x5678 }, [
    ":02000004FFFFFC",
    data(0xffff, 1),
    ":0400000312345678E5",
    END,
  ]],
];

for (const [name, segments, start, lines] of WRITTEN) {
  Deno.test(`formatIntelHex() writes ${name}`, () => {
    const image = MemoryImage.fromSegments(
      segments.map(([address, ...bytes]) => ({ address, data: Uint8Array.from(bytes) })),
      start,
    );
    assert.deepEqual(formatIntelHex(image), textOf(...lines));
    assert.deepEqual(parseIntelHex(formatIntelHex(image)), image);
  });
}

Deno.test("formatIntelHex() keeps to the size of records and the line end it is given", () => {
  const image = MemoryImage.fromSegments([{ address: 0xfffe, data: Uint8Array.from(count(300)) }]);
  for (const recordSizeBytes of [1, 2, 16, 32, 254, 255]) {
    for (const lineEnd of ["\n", "\r\n"] as const) {
      const text = formatIntelHex(image, { recordSizeBytes, lineEnd });
      const sizes = new TextDecoder().decode(text).split(lineEnd).map((line) => parseInt(line.slice(1, 3), 16));
      assert.equal(Math.max(...sizes.filter((size) => !isNaN(size))), Math.max(2, recordSizeBytes));
      assert.deepEqual(parseIntelHex(text), image);
    }
  }
  for (const recordSizeBytes of [0, 256, 1.5, NaN]) {
    assert.throws(() => formatIntelHex(image, { recordSizeBytes }), RangeError);
  }
});

Deno.test("formatIntelHex() refuses an empty image", () => {
  assert.throws(() => formatIntelHex(MemoryImage.fromSegments([])), { name: "ImageFormatError", code: "no-data" });
});
