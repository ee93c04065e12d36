import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryImage, type StartAddress } from "../../core/memory_image.ts";
import { srecLine, textOf } from "../../tests/record_lines.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "./error.ts";
import { formatSrec, parseSrec } from "./srec.ts";

const HEADER = "S00600004844521B";
const DATA = srecLine(1, 0, 1, 2, 3, 4);
const END = "S9030000FC";
const plain = (image: MemoryImage) => image.segments.map((segment) => [segment.address, ...segment.data]);
const count = (length: number) => Array.from({ length }, (_, index) => index & 0xff);

type Read = readonly [name: string, lines: string[], segments: number[][], start?: number];

const READ: readonly Read[] = [
  ["S0, S1, S9", [HEADER, DATA, END], [[0, 1, 2, 3, 4]]],
  ["no S0", [DATA, END], [[0, 1, 2, 3, 4]]],
  ["an empty S0", ["S0030000FC", DATA, END], [[0, 1, 2, 3, 4]]],
  ["S0 twice, at other addresses", [srecLine(0, 0x1234, 1), DATA, srecLine(0, 1), END], [[0, 1, 2, 3, 4]]],
  ["S1, S2 and S3 mixed", [srecLine(1, 0, 1), srecLine(2, 0x10_0000, 2), srecLine(3, 0xffff_ffff, 3), END], [
    [0, 1],
    [0x10_0000, 2],
    [0xffff_ffff, 3],
  ]],
  ["S3 ended by S7", [srecLine(3, 0x0800_0000, 1), srecLine(7, 0x0800_0101)], [[0x0800_0000, 1]], 0x0800_0101],
  ["S2 ended by S8", [srecLine(2, 0x10_0000, 1), srecLine(8, 0x10_0000)], [[0x10_0000, 1]], 0x10_0000],
  ["S2 ended by S9", [srecLine(2, 0x10_0000, 1), srecLine(9, 1)], [[0x10_0000, 1]], 1],
  ["S1 ended by S7", [srecLine(1, 0, 1), srecLine(7, 0x0800_0101)], [[0, 1]], 0x0800_0101],
  ["a right S5", [DATA, srecLine(1, 4, 5), srecLine(5, 2), END], [[0, 1, 2, 3, 4, 5]]],
  ["a right S6", [DATA, srecLine(6, 1), END], [[0, 1, 2, 3, 4]]],
  ["S5 before the first record and between two", [srecLine(5, 0), DATA, srecLine(5, 1), srecLine(1, 4, 5), END], [
    [0, 1, 2, 3, 4, 5],
  ]],
  ["S5 in place of an end", [HEADER, DATA, srecLine(5, 1)], [[0, 1, 2, 3, 4]]],
  ["S6 in place of an end", [DATA, srecLine(6, 1), ""], [[0, 1, 2, 3, 4]]],
  ["an S1 without data", [srecLine(1, 0x100), DATA, srecLine(5, 2), END], [[0, 1, 2, 3, 4]]],
  ["250 bytes in an S3", [srecLine(3, 0x0800_0000, ...count(250)), END], [[0x0800_0000, ...count(250)]]],
  ["records out of order", [srecLine(1, 2, 3), srecLine(1, 0, 1, 2), END], [[0, 1, 2, 3]]],
  ["a gap", [srecLine(1, 0, 1), srecLine(1, 2, 3), END], [[0, 1], [2, 3]]],
  ["S1 over 0xFFFF", [srecLine(1, 0xffff, 1, 2), END], [[0xffff, 1, 2]]],
  ["S2 over 0xFFFFFF", [srecLine(2, 0xff_ffff, 1, 2), END], [[0xff_ffff, 1, 2]]],
  ["two bytes 4 GiB apart", [srecLine(1, 0, 1), srecLine(3, 0xffff_ffff, 2), END], [[0, 1], [0xffff_ffff, 2]]],
  ["CRLF and empty lines", ["\r", `${DATA}\r`, "\r", `${END}\r`, ""], [[0, 1, 2, 3, 4]]],
  ["CR alone", [`${DATA}\r${END}`], [[0, 1, 2, 3, 4]]],
  ["digits in lower case", [srecLine(1, 0, 0xab).replace("AB", "ab"), END], [[0, 0xab]]],
];

for (const [name, lines, segments, start] of READ) {
  Deno.test(`parseSrec() reads ${name}`, () => {
    const image = parseSrec(textOf(...lines));
    assert.deepEqual(plain(image), segments);
    assert.deepEqual(image.start, start === undefined ? undefined : { kind: "linear", address: start });
  });
}

type Refused = readonly [name: string, lines: string[], code: ImageFormatErrorCode, line: number, field?: string];

const REFUSED: readonly Refused[] = [
  ["an empty text", [], "no-data", 1],
  ["a header alone", [HEADER, END], "no-data", 2],
  ["a count of nothing alone", [srecLine(5, 0)], "no-data", 1],
  ["no end and no count", [HEADER, DATA], "truncated", 2],
  ["a header alone without an end", [HEADER], "truncated", 1],
  ["a count, then data, and no end", [DATA, srecLine(5, 1), srecLine(1, 4, 5)], "truncated", 3],
  ["a count that is too high", [DATA, srecLine(5, 2), END], "bad-count", 2],
  ["a count that is too low", [DATA, srecLine(1, 4, 5), srecLine(6, 1), END], "bad-count", 3],
  ["a count with data", [DATA, srecLine(5, 1, 0), END], "bad-length", 2, "count"],
  ["an end with data", [DATA, srecLine(9, 0, 1)], "bad-length", 2, "count"],
  ["data behind the end", [DATA, END, srecLine(1, 8, 1)], "trailing-data", 3],
  ["two ends", [DATA, END, END], "trailing-data", 3],
  ["a word behind the end", [DATA, END, "hello"], "trailing-data", 3],
  ["S4", [srecLine(4, 0), DATA, END], "unknown-type", 1, "type"],
  ["SA", [DATA.replace("S1", "SA"), END], "unknown-type", 1, "type"],
  ["S in lower case", [DATA.toLowerCase(), END], "bad-character", 1],
  ["a wrong checksum", [`${DATA.slice(0, -1)}0`, END], "bad-checksum", 1, "checksum"],
  ["a wrong checksum in a header", ["S00600004844521C", DATA, END], "bad-checksum", 1, "checksum"],
  ["a wrong checksum in the end", [DATA, "S9030000FD"], "bad-checksum", 2, "checksum"],
  ["a flipped bit in the data", [DATA.replace("01020304", "01020305"), END], "bad-checksum", 1, "checksum"],
  ["a count of 0", ["S000", DATA, END], "bad-length", 1, "count"],
  ["a count of 2", ["S10200FD", DATA, END], "bad-length", 1, "count"],
  ["S3 with a count of 4", ["S304000000FB", DATA, END], "bad-length", 1, "count"],
  ["a count beyond the line", [`S1FF${DATA.slice(4)}`, END], "bad-length", 1, "count"],
  ["a count short of the line", [`S103${DATA.slice(4)}`, END], "bad-length", 1, "count"],
  ["an odd number of digits", [`${DATA}0`, END], "bad-length", 1, "count"],
  ["S alone", ["S", END], "bad-length", 1, "count"],
  ["S1 alone", ["S1", END], "bad-length", 1, "count"],
  ["a letter among the digits", [DATA.replace("0102", "0G02"), END], "bad-character", 1],
  ["a letter in the address", [DATA.replace("S1070000", "S107000x"), END], "bad-character", 1],
  ["two records on one line", [DATA + DATA, END], "bad-character", 1],
  ["spaces before a record", [` ${DATA}`, END], "bad-character", 1],
  ["spaces behind a record", [`${DATA} `, END], "bad-character", 1],
  ["a byte order mark", [`\xef\xbb\xbf${DATA}`, END], "bad-character", 1],
  ["a merge", ["<<<<<<< HEAD", DATA, END], "merge-conflict", 1],
  ["S3 over 4 GiB", [srecLine(3, 0xffff_ffff, 1, 2), END], "address-range", 1],
  ["the same data twice", [DATA, DATA, END], "overlap", 2],
  ["other data over data", [HEADER, DATA, srecLine(5, 1), srecLine(2, 3, 9), END], "overlap", 4],
];

for (const [name, lines, code, line, field] of REFUSED) {
  Deno.test(`parseSrec() refuses ${name}`, () => {
    const error = refusal(textOf(...lines));
    assert.deepEqual([error.code, error.line, error.field], [code, line, field], error.message);
  });
}

function refusal(text: Uint8Array): ImageFormatError {
  try {
    parseSrec(text);
  } catch (error) {
    assert(error instanceof ImageFormatError, String(error));
    assert.equal(error.format, "srec");
    assert.match(error.message, /^Cannot read (line \d+ of )?the Motorola S-record file: .*[^.]$/);
    assert.match(error.advice ?? "", /^[A-Z].*[^.]$/);
    return error;
  }
  assert.fail("The text was read");
}

Deno.test("parseSrec() says where, what it wants and what it has", () => {
  const checksum = refusal(textOf(DATA, `${DATA.slice(0, -2)}00`, END));
  assert.deepEqual([checksum.offset, checksum.expected, checksum.got], [DATA.length + 1 + 16, 0xee, 0x00]);
  const counted = refusal(textOf(DATA, srecLine(5, 7), END));
  assert.deepEqual([counted.offset, counted.expected, counted.got], [DATA.length + 1, 1, 7]);
  const overlap = refusal(textOf(srecLine(3, 0x0800_0000, 1, 2), srecLine(3, 0x0800_0001, 2), END));
  assert.deepEqual([overlap.address, overlap.line], [0x0800_0001, 2]);
});

const SMALL = textOf(HEADER, srecLine(3, 0x0800_0000, 0xab, 0xcd), srecLine(3, 0x0800_0010, 1), "S70508000000F2");

Deno.test("parseSrec() notices every truncation that costs more than the last line end", () => {
  for (let length = 0; length < SMALL.length - 1; length++) {
    const { code } = refusal(SMALL.subarray(0, length));
    assert.equal(code, length === 0 ? "no-data" : "truncated", `${length} of ${SMALL.length} characters`);
  }
  assert.deepEqual(parseSrec(SMALL.subarray(0, -1)), parseSrec(SMALL));
});

Deno.test("parseSrec() notices every flipped bit, except in types (no checksum covers them) and in a letter's case", () => {
  for (let bit = 0; bit < SMALL.length * 8; bit++) {
    const index = bit >> 3;
    if (String.fromCharCode(SMALL[index - 1] ?? 0) === "S") continue;
    const damaged = SMALL.slice();
    damaged[index]! ^= 1 << (bit & 7);
    const isCase = /[A-F]/.test(String.fromCharCode(SMALL[index]!)) && (bit & 7) === 5;
    if (isCase) assert.deepEqual(parseSrec(damaged), parseSrec(SMALL));
    else refusal(damaged);
  }
});

Deno.test("parseSrec() refuses a line of 1 MiB and 1 MiB of anything", () => {
  const size = 2 ** 20;
  assert.equal(refusal(textOf(`S1${"0".repeat(size)}`, END)).code, "bad-length");
  assert.equal(refusal(textOf("S".repeat(size), END)).code, "bad-character");
  assert.equal(refusal(new Uint8Array(size)).code, "bad-character");
});

const WRITTEN: readonly [string, [number, ...number[]][], StartAddress | undefined, string[]][] = [
  ["S1 and S9", [[0, 0x55]], undefined, ["S0030000FC", "S104000055A6", "S5030001FB", "S9030000FC"]],
  ["S1 up to its last address", [[0xffff, 1]], undefined, [
    "S0030000FC",
    srecLine(1, 0xffff, 1),
    "S5030001FB",
    "S9030000FC",
  ]],
  ["S2 and S8 from 0x10000", [[0xffff, 1, 2]], undefined, [
    "S0030000FC",
    srecLine(2, 0xffff, 1, 2),
    "S5030001FB",
    "S804000000FB",
  ]],
  ["S3 and S7 with a start", [[0x0800_0000, ...count(17)]], { kind: "linear", address: 0x0800_0000 }, [
    "S0030000FC",
    srecLine(3, 0x0800_0000, ...count(16)),
    srecLine(3, 0x0800_0010, 16),
    "S5030002FA",
    "S70508000000F2",
  ]],
  ["S3 for the start's sake", [[0, 1]], { kind: "linear", address: 0x0800_0000 }, [
    "S0030000FC",
    srecLine(3, 0, 1),
    "S5030001FB",
    "S70508000000F2",
  ]],
  ["CS:IP as the address it stands for", [[0xf_4000, 1]], { kind: "segmented", cs: 0xf000, ip: 0x9db5 }, [
    "S0030000FC",
    srecLine(2, 0xf_4000, 1),
    "S5030001FB",
    srecLine(8, 0xf_9db5),
  ]],
];

const imageOf = (segments: readonly [number, ...number[]][], start?: StartAddress) =>
  MemoryImage.fromSegments(segments.map(([address, ...bytes]) => ({ address, data: Uint8Array.from(bytes) })), start);

for (const [name, segments, start, lines] of WRITTEN) {
  Deno.test(`formatSrec() writes ${name}`, () => {
    const image = imageOf(segments, start);
    assert.deepEqual(formatSrec(image), textOf(...lines));
    assert.deepEqual(plain(parseSrec(formatSrec(image))), segments);
  });
}

Deno.test("formatSrec() keeps to the header, the size of records and the line end it is given", () => {
  const image = imageOf([[0x0800_0000, ...count(300)]], { kind: "linear", address: 0x0800_0101 });
  for (const recordSizeBytes of [1, 16, 32, 250]) {
    const text = new TextDecoder().decode(formatSrec(image, { header: "HDR", recordSizeBytes, lineEnd: "\r\n" }));
    const [first, second] = text.split("\r\n");
    assert.equal(first, HEADER);
    assert.equal(parseInt(second!.slice(2, 4), 16), recordSizeBytes + 5);
    assert.deepEqual(parseSrec(textOf(text)), image);
  }
});

Deno.test("formatSrec() counts in S6 above 65,535 records", () => {
  const text = formatSrec(imageOf([[0, ...count(0x1_0000)]]), { recordSizeBytes: 1 });
  assert.equal(new TextDecoder().decode(text.slice(-24)), "S604010000FA\nS9030000FC\n");
  assert.equal(parseSrec(text).sizeBytes, 0x1_0000);
});

Deno.test("formatSrec() refuses what no record can hold", () => {
  const image = imageOf([[0, 1]]);
  assert.throws(() => formatSrec(image, { recordSizeBytes: 251 }), RangeError);
  assert.throws(() => formatSrec(image, { header: "x".repeat(253) }), RangeError);
  formatSrec(image, { header: "x".repeat(252) });
  assert.throws(() => formatSrec(imageOf([])), { name: "ImageFormatError", code: "no-data" });
});

const SEED = 20260101;

/** Images on few addresses of all three sizes, and how to write them. */
const anyImage = fc.array(
  fc.record({
    address: fc.oneof(fc.nat({ max: 0xffff }), fc.nat({ max: 0xff_ffff }), fc.nat({ max: 0x7fff_ffff })),
    data: fc.uint8Array({ minLength: 1, maxLength: 100 }),
  }),
  { minLength: 1, maxLength: 5 },
).map((segments) => {
  const apart = segments.filter(({ address }, index) =>
    segments.slice(0, index).every((other) => Math.abs(other.address - address) >= 100)
  );
  return MemoryImage.fromSegments(apart.map(({ address, data }) => ({ address, data: Uint8Array.from(data) })));
});

Deno.test("parseSrec() reads what formatSrec() writes", () => {
  fc.assert(
    fc.property(anyImage, fc.integer({ min: 1, max: 250 }), (image, recordSizeBytes) => {
      assert.deepEqual(parseSrec(formatSrec(image, { recordSizeBytes })), image);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

Deno.test("parseSrec() throws nothing but ImageFormatError when characters are changed", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 0xff })), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(anyImage, changes, (image, replacements) => {
      const text = formatSrec(image);
      for (const [at, character] of replacements) text[at % text.length] = character;
      try {
        parseSrec(text);
      } catch (error) {
        assert(error instanceof ImageFormatError, String(error));
      }
    }),
    { seed: SEED, numRuns: 2000 },
  );
});
