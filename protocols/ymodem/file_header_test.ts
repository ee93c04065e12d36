import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, formatHex } from "../../core/mod.ts";
import { TransferError } from "../xmodem/mod.ts";
import { decodeFileHeader, encodeFileHeader, type FileHeader } from "./file_header.ts";

const encoder = new TextEncoder();

function block(text: string, sizeBytes = 128): Bytes {
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(encoder.encode(text));
  return bytes;
}

const known = (fields: Partial<FileHeader> & { name: string }): FileHeader => ({
  sizeBytes: undefined,
  modifiedAtS: undefined,
  mode: undefined,
  ...fields,
});

/** Written both ways. */
const CASES: readonly [FileHeader | undefined, string][] = [
  [
    known({ name: "bbcsched.txt", sizeBytes: 6347, modifiedAtS: 0o3314742513, mode: 0o100644 }),
    "bbcsched.txt\x006347 3314742513 100644 0",
  ],
  [known({ name: "f0.bin", sizeBytes: 0 }), "f0.bin\x000 0 0 0"],
  [known({ name: "x", sizeBytes: 261_120, mode: 0o644 }), "x\x00261120 0 644 0"],
  [known({ name: "gro\u00df.bin", sizeBytes: 1 }), "gro\u00df.bin\x001 0 0 0"],
  [undefined, ""],
];

for (const [header, text] of CASES) {
  Deno.test(`encodeFileHeader() and decodeFileHeader(): ${JSON.stringify(text)}`, () => {
    assert.equal(formatHex(encodeFileHeader(header)), formatHex(block(text)));
    assert.deepEqual(decodeFileHeader(block(text)), header);
  });
}

Deno.test("encodeFileHeader() leaves the size out when nobody knows it, and the name stays", () => {
  assert.equal(formatHex(encodeFileHeader(known({ name: "x" }))), formatHex(block("x")));
});

Deno.test("encodeFileHeader() goes over to a long block where a name needs it", () => {
  const sizeOf = (length: number) => encodeFileHeader(known({ name: "n".repeat(length), sizeBytes: 1 })).length;
  assert.deepEqual([sizeOf(119), sizeOf(120), sizeOf(1015)], [128, 1024, 1024]);
  assert.throws(() => sizeOf(1016), RangeError);
});

for (const bad of [known({ name: "" }), known({ name: "a\0b" }), known({ name: "x", sizeBytes: -1 })]) {
  Deno.test(`encodeFileHeader() refuses ${JSON.stringify(bad)}`, () => {
    assert.throws(() => encodeFileHeader(bad), RangeError);
  });
}

/** What others send. */
const FOREIGN: readonly [name: string, data: Bytes, header: FileHeader][] = [
  ["a name only (CP/M YAM)", block("foo.c"), known({ name: "foo.c" })],
  [
    "a size and NUL (ST)",
    block("UploadedFlashImage.bin\x00507904"),
    known({ name: "UploadedFlashImage.bin", sizeBytes: 507_904 }),
  ],
  [
    "six fields (lrzsz)",
    block("f129.bin\x00129 14524770400 100644 0 2 5129"),
    known({ name: "f129.bin", sizeBytes: 129, modifiedAtS: 1_700_000_000, mode: 0o100644 }),
  ],
  ["a count in bytes 126 and 127 (KMD)", block("foo.c").with(126, 0x02), known({ name: "foo.c" })],
  ["a folder", block("src/foo.c\x0012"), known({ name: "src/foo.c", sizeBytes: 12 })],
  ["a time in decimal digits", block("x\x0012 1700000009 644"), known({ name: "x", sizeBytes: 12, mode: 0o644 })],
  ["spaces around", block("x\x00 12  3 "), known({ name: "x", sizeBytes: 12, modifiedAtS: 3 })],
  ["a long block", block("x\x0012", 1024), known({ name: "x", sizeBytes: 12 })],
];

for (const [name, data, header] of FOREIGN) {
  Deno.test(`decodeFileHeader() takes ${name}`, () => assert.deepEqual(decodeFileHeader(data), header));
}

Deno.test("decodeFileHeader() takes only the first byte for the end of a batch", () => {
  assert.equal(decodeFileHeader(block("").with(126, 0x02).with(127, 0x1b)), undefined);
});

const BAD: readonly [name: string, data: Bytes][] = [
  ["a name without an end", new Uint8Array(128).fill(0x41)],
  ["a size that is none", block("x\x00many")],
  ["a negative size", block("x\x00-1")],
  ["a size of more digits than are exact", block(`x\x00${"9".repeat(16)}`)],
];

for (const [name, data] of BAD) {
  Deno.test(`decodeFileHeader() refuses ${name}`, () => {
    assert.throws(
      () => decodeFileHeader(data),
      (error) => error instanceof TransferError && error.code === "bad-header",
    );
  });
}

Deno.test("decodeFileHeader() throws nothing else, on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 128, maxLength: 128 }), (bytes) => {
      try {
        decodeFileHeader(new Uint8Array(bytes));
      } catch (error) {
        assert(error instanceof TransferError);
      }
    }),
    { seed: 4, numRuns: 2000 },
  );
});
