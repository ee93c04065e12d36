import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { equalBytes } from "../../core/bytes.ts";
import type { MemoryImage, StartAddress } from "../../core/memory_image.ts";
import { corpusTest, readCorpus, readCorpusJson } from "../../tests/corpus.ts";
import { decodeBinary, encodeBinary } from "./binary.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "./error.ts";
import { formatIntelHex, parseIntelHex } from "./intel_hex.ts";
import { formatSrec, parseSrec } from "./srec.ts";

interface ManifestEntry {
  readonly file: string;
  readonly format: string;
  readonly bin_base: string | null;
  /** First address, end and size of each segment. */
  readonly segments: readonly (readonly [start: string, end: string, sizeBytes: number])[];
  readonly image_sha256?: string;
  /** Of HEX, the kind of start address and its digits; of S-records, the address. */
  readonly features?: { readonly start_record?: readonly [string, string] | null; readonly start?: string | null };
}

const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => MemoryImage>> = { ihex: parseIntelHex, srec: parseSrec };

const REFUSED: ReadonlyMap<string, ImageFormatErrorCode> = new Map([["cleanflight-naze-empty.hex", "no-data"]]);

/** HEX files for STM32, of three other programs, that are the same, byte for byte, when we write their image. */
const WRITTEN_ALIKE = ["h745-disco-eembc.hex", "h747-spdiftx-f769.hex", "baseflight-f103.hex"];

const readManifest = () => readCorpusJson<readonly ManifestEntry[]>("firmware/MANIFEST.json");
const read = (file: string) => readCorpus(`firmware/${file}`);

/** What the manifest calls `image_sha256`: over address and size of each segment, as big-endian 64 bits, and its bytes. */
function digestImage({ segments }: MemoryImage): string {
  const hash = createHash("sha256");
  for (const { address, data } of segments) {
    const head = new DataView(new ArrayBuffer(16));
    head.setBigUint64(0, BigInt(address));
    head.setBigUint64(8, BigInt(data.length));
    hash.update(head).update(data);
  }
  return hash.digest("hex");
}

function startOf({ features }: ManifestEntry): StartAddress | undefined {
  if (features?.start) return linear(Number(features.start));
  if (!features?.start_record) return undefined;
  const [kind, digits] = features.start_record;
  const value = parseInt(digits, 16);
  return kind === "EIP" ? linear(value) : { kind: "segmented", cs: value >>> 16, ip: value & 0xffff };
}

function linear(address: number): StartAddress | undefined {
  return address === 0 ? undefined : { kind: "linear", address };
}

corpusTest("parseIntelHex() and parseSrec() read every real file as the manifest has it", () => {
  const entries = readManifest().filter(({ format, file }) => PARSERS[format] && !REFUSED.has(file));
  assert.equal(entries.length, 19);
  for (const entry of entries) {
    const image = PARSERS[entry.format]!(read(entry.file));
    const segments = image.segments.map(({ address, data }) => [
      `0x${address.toString(16)}`,
      `0x${(address + data.length).toString(16)}`,
      data.length,
    ]);
    assert.deepEqual(segments, entry.segments, entry.file);
    assert.equal(digestImage(image), entry.image_sha256, entry.file);
    assert.deepEqual(image.start, startOf(entry), entry.file);
  }
});

corpusTest("parseIntelHex() refuses the real files that are no firmware", () => {
  for (const [file, code] of REFUSED) {
    assert.throws(() => parseIntelHex(read(file)), { name: "ImageFormatError", code, advice: /./ });
  }
});

corpusTest("formatIntelHex() and formatSrec() keep the image of every real file", () => {
  for (const { format, file } of readManifest().filter(({ format, file }) => PARSERS[format] && !REFUSED.has(file))) {
    const image = PARSERS[format]!(read(file));
    assert.deepEqual(parseIntelHex(formatIntelHex(image)), image, file);
    assert.deepEqual(parseSrec(formatSrec(image)).segments, image.segments, file);
  }
});

corpusTest("formatIntelHex() writes real STM32 files back byte for byte", () => {
  for (const file of WRITTEN_ALIKE) {
    const text = read(file);
    const lineEnd = text.includes(0x0d) ? "\r\n" : "\n";
    assert(equalBytes(formatIntelHex(parseIntelHex(text), { lineEnd }), text), file);
  }
});

corpusTest("decodeBinary() takes every real binary as the manifest has it, and encodeBinary() gives it back", () => {
  const entries = readManifest().filter(({ bin_base }) => bin_base !== null);
  assert.equal(entries.length, 11);
  for (const { file, bin_base, image_sha256 } of entries) {
    const image = decodeBinary(read(file), Number(bin_base));
    assert.equal(digestImage(image), image_sha256, file);
    assert(equalBytes(encodeBinary(image), read(file)), file);
  }
});

corpusTest("parseIntelHex() and parseSrec() refuse every other real file with an ImageFormatError", () => {
  for (const { format, file } of readManifest()) {
    for (const [other, parse] of Object.entries(PARSERS)) {
      if (format !== other) assert.throws(() => parse(read(file)), ImageFormatError, file);
    }
  }
});

corpusTest("parseIntelHex() notices each truncation of a real file", () => {
  const text = read("avr-gemma-gap.hex");
  for (let size = 0; size < text.length - 1; size++) {
    assert.throws(() => parseIntelHex(text.subarray(0, size)), { code: size === 0 ? "no-data" : "truncated" });
  }
});
