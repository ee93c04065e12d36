/**
 * Every firmware file of the corpus is told, read, and equal to what its manifest says; written again, and damaged.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { MemoryImage } from "../core/memory_image.ts";
import {
  BaseAddressRequiredError,
  decodeDfuse,
  decodeUf2,
  detectFormat,
  encodeDfuse,
  encodeUf2,
  type ImageFormat,
  ImageFormatError,
  readImage,
  type WritableFormat,
  writeImage,
} from "../packager/formats/mod.ts";
import { corpusTest, readCorpus, readCorpusJson } from "./corpus.ts";
import { countRefusals, mutations } from "./damage.ts";

/** What the manifest says about a file; addresses are hexadecimal texts. */
interface CorpusFile {
  readonly file: string;
  readonly format: "elf" | "ihex" | "srec" | "bin" | "dfu" | "dfuse" | "uf2";
  readonly bin_base: string | null;
  readonly segments: readonly (readonly [start: string, end: string, size: number])[];
  readonly data_bytes: number;
  readonly image_sha256?: string;
  readonly features: {
    readonly entry?: string;
    readonly start?: string | null;
    readonly start_record?: readonly [kind: string, value: string] | null;
  };
  readonly group: string | null;
}

const FORMATS: Readonly<Record<CorpusFile["format"], ImageFormat>> = {
  elf: "elf",
  ihex: "hex",
  srec: "srec",
  bin: "bin",
  dfu: "bin",
  dfuse: "dfuse",
  uf2: "uf2",
};

/** The files that are in the corpus because they must be refused, and how. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["cleanflight-naze-empty.hex", "no-data"],
  ["corrupt-utf8-g474-eval1.dfu", "bad-character"],
  ["not-a-dfu-valbox.dfu", "base-address-required"],
]);

const listFiles = () => readCorpusJson<readonly CorpusFile[]>("firmware/MANIFEST.json");
const listGoodFiles = () => listFiles().filter(({ file }) => !REFUSED.has(file));

function readFile({ file, bin_base }: CorpusFile): MemoryImage {
  return readImage(readCorpus(`firmware/${file}`), bin_base === null ? {} : { baseAddress: Number(bin_base) }).image;
}

/** As the manifest has it: over every segment's address and size, 64 bits each, big endian, and its bytes. */
function hashImage(image: MemoryImage): string {
  const hash = createHash("sha256");
  for (const { address, data } of image.segments) {
    const prefix = new DataView(new ArrayBuffer(16));
    prefix.setBigUint64(0, BigInt(address));
    prefix.setBigUint64(8, BigInt(data.length));
    hash.update(new Uint8Array(prefix.buffer)).update(data);
  }
  return hash.digest("hex");
}

corpusTest("detectFormat() tells every file", () => {
  for (const { file, format } of listGoodFiles()) {
    assert.equal(detectFormat(readCorpus(`firmware/${file}`)), FORMATS[format], file);
  }
});

corpusTest("readImage() reads every file as the manifest has it", () => {
  for (const entry of listGoodFiles()) {
    const image = readFile(entry);
    const segments = image.segments.map(({ address, data }) => [address, address + data.length, data.length]);
    assert.deepEqual(
      segments,
      entry.segments.map(([start, end, size]) => [Number(start), Number(end), size]),
      entry.file,
    );
    assert.equal(image.sizeBytes, entry.data_bytes, entry.file);
    assert.equal(hashImage(image), entry.image_sha256, entry.file);
  }
});

corpusTest("readImage() reads the start address of every file that has one", () => {
  for (const entry of listGoodFiles()) {
    const { entry: entryPoint, start, start_record } = entry.features;
    const [kind, value] = start_record ?? [undefined, "0"];
    // An S7, S8 or S9 record has to be there, so its address is 0 when there is none.
    const address = Number(kind === "EIP" ? `0x${value}` : entryPoint ?? start ?? 0);
    const expected = kind === "CS:IP"
      ? { kind: "segmented", cs: parseInt(value.slice(0, 4), 16), ip: parseInt(value.slice(4), 16) }
      : address === 0
      ? undefined
      : { kind: "linear", address };
    assert.deepEqual(readFile(entry).start, expected, entry.file);
  }
});

corpusTest("readImage() refuses the damaged files, and says why", () => {
  for (const [file, code] of REFUSED) {
    assert.throws(() => readImage(readCorpus(`firmware/${file}`)), (error) => {
      assert(error instanceof ImageFormatError || error instanceof BaseAddressRequiredError);
      assert.equal(error.code, code, file);
      assert(error.advice !== undefined);
      return true;
    });
  }
});

corpusTest("readImage() reads the same firmware out of every format", () => {
  const groups = Map.groupBy(listGoodFiles().filter(({ group }) => group !== null), ({ group }) => group!);
  assert(groups.size >= 7);
  for (const [group, files] of groups) {
    assert(files.length > 1, group);
    const images = files.map(readFile);
    // Binaries fill gaps, each in its own way, so only what all of them cover is compared.
    const [first, ...others] = images;
    for (const other of others) assertSameWhereBothHold(first!, other, group);
  }
});

function assertSameWhereBothHold(a: MemoryImage, b: MemoryImage, message: string): void {
  let sharedBytes = 0;
  for (const { address, data } of a.segments) {
    for (const { address: start, data: expected } of b.slice(address, address + data.length).segments) {
      assert.deepEqual(data.subarray(start - address, start - address + expected.length), expected, message);
      sharedBytes += expected.length;
    }
  }
  assert.equal(sharedBytes, Math.min(a.sizeBytes, b.sizeBytes), message);
}

corpusTest("writeImage() writes every image so that readImage() gives it back", () => {
  const formats: readonly WritableFormat[] = ["hex", "srec", "dfuse"];
  for (const entry of listGoodFiles()) {
    const image = readFile(entry);
    for (const format of formats) {
      if (format === "srec" && image.start?.kind === "segmented") continue;
      const back = readImage(writeImage(image, { format })).image;
      assert.deepEqual(back.segments, image.segments, `${entry.file} as ${format}`);
    }
    // UF2 fills whole pages, so it gives back more.
    const pages = readImage(writeImage(image, { format: "uf2" })).image;
    assert.deepEqual(
      image.segments.map(({ address, data }) => pages.flatten(address, address + data.length, 0)),
      image.segments.map(({ data }) => data),
      entry.file,
    );
  }
});

/** The writers of these are others: OpenMV's and MicroPython's dfu.py, and a UF2 converter. */
corpusTest("encodeDfuse() and encodeUf2() write the files of other writers again, byte for byte", () => {
  for (const { file } of listGoodFiles().filter(({ file }) => /(openmv2.*|micropython)\.dfu$/.test(file))) {
    const bytes = readCorpus(`firmware/${file}`);
    assert.deepEqual(encodeDfuse(decodeDfuse(bytes)), bytes, file);
  }
  for (const { file } of listGoodFiles().filter(({ format }) => format === "uf2")) {
    const bytes = readCorpus(`firmware/${file}`);
    const { image, familyId } = decodeUf2(bytes);
    assert.deepEqual(encodeUf2(image, { familyId }), bytes, file);
  }
});

corpusTest("encodeDfuse() writes the files of ST's file manager again, but for what stands behind the names", () => {
  const files = listGoodFiles().filter(({ format }) => format === "dfuse").map(({ file }) => file);
  for (const file of files.filter((name) => !/openmv2|micropython/.test(name))) {
    const bytes = readCorpus(`firmware/${file}`);
    const again = encodeDfuse(decodeDfuse(bytes));
    const nameEnd = bytes.indexOf(0, 22);
    const parts = (all: Uint8Array) => [all.subarray(0, nameEnd), all.subarray(277, -4)];
    assert.deepEqual(parts(again), parts(bytes), file);
  }
});

/** The first bytes, where the headers are, the last, where the suffix is, and in small files some between. */
function* pickOffsets(length: number): Generator<number> {
  for (let offset = 0; offset < 64; offset++) yield offset;
  if (length < 0x1_0000) {
    for (let offset = 64; offset < length - 16; offset += Math.ceil(length / 64)) yield offset;
  }
  for (let offset = length - 16; offset < length; offset++) yield offset;
}

for (const format of ["elf", "dfuse", "uf2", "bin"] as const) {
  corpusTest(`readImage() reads or refuses every ${format} file with one byte changed, and throws nothing else`, () => {
    for (const entry of listGoodFiles().filter((file) => file.format === format)) {
      const bytes = readCorpus(`firmware/${entry.file}`);
      const options = format === "bin" ? { baseAddress: Number(entry.bin_base) } : {};
      const damages = mutations(bytes, pickOffsets(bytes.length));
      // A changed signature turns any file into a raw binary, of which nobody has said where it belongs.
      const documented = [ImageFormatError, BaseAddressRequiredError];
      const counts = countRefusals(damages, (damaged) => readImage(damaged, options), documented);
      if (format === "dfuse") assert.equal(counts.read, 0, entry.file);
      assert(counts.read + counts.refused > 500, entry.file);
    }
  });
}
