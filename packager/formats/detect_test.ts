import assert from "node:assert/strict";
import { concatBytes } from "../../core/bytes.ts";
import { parseHex } from "../../core/hex.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { buildElf } from "../../tests/elf_file.ts";
import { uf2Block } from "../../tests/uf2_block.ts";
import { detectFormat } from "./detect.ts";
import { encodeDfuse } from "./dfuse.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "./error.ts";
import type { ImageFormat } from "./format.ts";
import { writeImage } from "./write_image.ts";

/** Every character of the text is one byte. */
const raw = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** Initial stack pointer 0x24020000, reset vector 0x08020299. */
const VECTORS = parseHex("00000224 99020208");
/** Made with `dfu-suffix -v 0483 -p df11 -d 0200 -a` of dfu-util 0.11 out of the nine characters 123456789. */
const SUFFIXED = parseHex("31323334353637383900 0211df83040001554644108545774d");
const IMAGE = MemoryImage.fromSegments([{ address: 0x0802_0000, data: VECTORS }]);
const DFUSE = writeImage(IMAGE, { format: "dfuse" });

const DETECTED: readonly [name: string, bytes: Uint8Array, format: ImageFormat][] = [
  ["a vector table", VECTORS, "bin"],
  ["one byte", Uint8Array.of(0x80), "bin"],
  ["erased flash", new Uint8Array(1024).fill(0xff), "bin"],
  ["zeros", new Uint8Array(1024), "bin"],
  ["plain DFU", SUFFIXED, "bin"],
  ["ELF", buildElf({ segments: [{ paddr: 0, data: [1] }] }), "elf"],
  ["ELF, damaged", raw("\x7fELF\x02"), "elf"],
  ["Intel HEX", writeImage(IMAGE, { format: "hex" }), "hex"],
  ["Intel HEX, the shortest", raw(":00000001FF"), "hex"],
  ["Intel HEX behind empty lines", raw("\r\n\r\n:00000001FF\r\n"), "hex"],
  ["Intel HEX in lower case", raw(":00000001ff"), "hex"],
  ["Intel HEX with a wrong first digit", raw(":0G000001FF\n"), "hex"],
  ["Intel HEX with a byte order mark", raw("\xef\xbb\xbf:00000001FF\n"), "hex"],
  ["Intel HEX with damage further on", raw(":00000001FF\n\x00\xff"), "hex"],
  ["S-records", writeImage(IMAGE, { format: "srec" }), "srec"],
  ["S-records, the shortest", raw("S9030000FC"), "srec"],
  ["DfuSe", DFUSE, "dfuse"],
  ["DfuSe, cut off", DFUSE.subarray(0, 100), "dfuse"],
  ["UF2", uf2Block(), "uf2"],
  ["UF2, cut off", uf2Block().subarray(0, 100), "uf2"],
  ["a colon, then no record", raw(":\x00\x00\x20\x99\x02\x02\x08\x00\x00\x00\x00"), "bin"],
];

for (const [name, bytes, format] of DETECTED) {
  Deno.test(`detectFormat() takes ${name} for ${format}`, () => {
    assert.equal(detectFormat(bytes), format);
  });
}

Deno.test("detectFormat() finds DfuSe by its suffix when the prefix is damaged", () => {
  const bytes = encodeDfuse({
    vendorId: 0x0483,
    productId: 0xdf11,
    deviceVersion: 0,
    targets: [{ alternateSetting: 0, name: undefined, elements: IMAGE.segments }],
  });
  assert.equal(detectFormat(bytes.subarray(0, -16)), "dfuse");
  bytes[0] = 0x80;
  assert.throws(
    () => detectFormat(bytes),
    (error) => error instanceof ImageFormatError && error.code === "bad-checksum",
  );
});

const GZIP = parseHex("1f8b0800000000000003");

const FOREIGN: readonly [name: string, bytes: Uint8Array, ImageFormatErrorCode, message: RegExp][] = [
  ["nothing", new Uint8Array(), "no-data", /empty/],
  ["an update bundle", raw("\x89CSB\r\n\x1a\n\x01\x00"), "unknown-format", /bundle or container of Coreslot/],
  ["a container", raw("\x89CSI\r\n\x1a\n\x01\x00"), "unknown-format", /bundle or container of Coreslot/],
  ["gzip", GZIP, "unknown-format", /gzip/],
  ["bzip2", raw("BZh91AY&SY\x80"), "unknown-format", /bzip2/],
  ["xz", raw("\xfd7zXZ\x00\x00\x04"), "unknown-format", /xz/],
  ["Zstandard", raw("\x28\xb5\x2f\xfd\x04"), "unknown-format", /Zstandard/],
  ["7z", raw("7z\xbc\xaf\x27\x1c\x00"), "unknown-format", /7z/],
  ["zip", raw("PK\x03\x04\x14\x00"), "unknown-format", /zip/],
  ["an empty zip", raw("PK\x05\x06\x00\x00"), "unknown-format", /zip/],
  ["a static library", raw("!<arch>\n/               \x80"), "unknown-format", /static library/],
  ["a program for Windows", raw("MZ\x90\x00"), "unknown-format", /Windows/],
  ["a program for macOS", raw("\xcf\xfa\xed\xfe\x0c"), "unknown-format", /macOS/],
  ["a universal program for macOS", raw("\xca\xfe\xba\xbe\x00"), "unknown-format", /macOS/],
  ["a key", raw("-----BEGIN PRIVATE KEY-----\n"), "unknown-format", /PEM/],
  [
    "a Git LFS pointer",
    raw(["version https://git-lfs", "github.com/spec/v1\noid sha256:0\n"].join(".")),
    "unknown-format",
    /Git LFS/,
  ],
  ["a web page", raw("\n<!DOCTYPE html>\n<title>Caf\xc3\xa9</title>"), "unknown-format", /web page/],
  ["XML", raw("<?xml version='1.0'?>"), "unknown-format", /XML/],
  ["JSON", raw('{"message": "Not Found"}'), "unknown-format", /JSON/],
  ["Verilog hex", raw("@08020000\n00 00 02 24\n"), "unknown-format", /Verilog/],
  ["text", raw("Segger J-Link\n"), "unknown-format", /is text/],
  ["the beginning of a HEX file", raw(":0000000"), "unknown-format", /is text/],
  ["HEX in UTF-16", raw("\xff\xfe:\x000\x00"), "unknown-format", /UTF-16/],
  ["HEX in UTF-16, big endian", raw("\xfe\xff\x00:\x000"), "unknown-format", /UTF-16/],
  ["a merge conflict", raw("<<<<<<< HEAD\n:00000001FF\n"), "merge-conflict", /unresolved merge/],
  ["a plain DFU suffix with a wrong CRC", concatBytes([VECTORS, SUFFIXED]), "bad-checksum", /dwCRC/],
];

for (const [name, bytes, code, message] of FOREIGN) {
  Deno.test(`detectFormat() refuses ${name}`, () => {
    assert.throws(() => detectFormat(bytes), (error) => {
      assert(error instanceof ImageFormatError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert(error.advice !== undefined);
      return true;
    });
  });
}

Deno.test("detectFormat() refuses every binary format that was saved as UTF-8 text", () => {
  const files: readonly Uint8Array[] = [
    VECTORS,
    buildElf({ segments: [{ paddr: 0x0800_0000, data: [0x80, 0xb5] }] }),
    DFUSE,
    uf2Block(),
  ];
  for (const bytes of files) {
    const damaged = new TextEncoder().encode(new TextDecoder().decode(bytes));
    assert.throws(() => detectFormat(damaged), (error) => {
      assert(error instanceof ImageFormatError);
      assert.equal(error.code, "bad-character");
      assert.equal(error.offset, damaged.indexOf(0xef));
      return true;
    });
  }
});

Deno.test("detectFormat() does not mind EF BF BD in a binary that is not UTF-8", () => {
  assert.equal(detectFormat(parseHex("00000224 99020208 efbfbd 80")), "bin");
});
