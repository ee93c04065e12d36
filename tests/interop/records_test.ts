/**
 * Intel HEX, S-records and raw binaries: srec_cat and objcopy against our readers and writers, both ways.
 */

import assert from "node:assert/strict";
import { type Bytes, equalBytes, type MemoryImage } from "../../core/mod.ts";
import {
  decodeBinary,
  encodeBinary,
  formatIntelHex,
  formatSrec,
  parseIntelHex,
  parseSrec,
} from "../../packager/formats/mod.ts";
import { peerTest } from "../peers.ts";
import { assertSameImage } from "./assert_same_image.ts";
import { firmwareFiles, hasFirmware } from "./firmware_files.ts";
import { convertByPeer, type Converter, CONVERTERS, type PeerFormat } from "./peer_conversions.ts";

/** An image with gaps of gigabytes has no binary; no other file here spans more. */
const BINARY_SIZE_MAX_BYTES = 0x100_0000;

/**
 * Below, each program has its own taste in address records (types 02 and 04, S1 to S3), and everywhere in how it says
 * that there is no start address. There the contents are compared, and not the text.
 */
const TASTE_ENDS_AT = 0x10_0000;

const FORMATS = ["hex", "srec"] as const;

const PARSERS = { hex: parseIntelHex, srec: parseSrec } as const;

/** How our writers write what each program writes. */
const WRITERS: Readonly<Record<string, Record<typeof FORMATS[number], (image: MemoryImage) => Bytes>>> = {
  "arm-none-eabi-objcopy": {
    hex: (image) => formatIntelHex(image, { lineEnd: "\r\n" }),
    srec: (image) => formatSrec(image, { lineEnd: "\r\n" }),
  },
  "srec_cat": {
    hex: (image) => formatIntelHex(image, { recordSizeBytes: 32 }),
    srec: (image) => formatSrec(image, { recordSizeBytes: 32 }),
  },
};

for (const converter of CONVERTERS) {
  for (const from of FORMATS) {
    peerTest(converter.program, `${from} to binary is what it writes, byte for byte`, async () => {
      for (const { name, bytes } of firmwareFiles(from)) {
        const image = PARSERS[from](bytes);
        if (!isDense(image)) continue;
        const theirs = await convert(converter, bytes, from, "bin", image);
        assert(equalBytes(encodeBinary(image, { fill: 0xff }), theirs), name);
      }
    }, { ignore: !hasFirmware(from) });

    for (const to of FORMATS) {
      peerTest(
        converter.program,
        `${from} to ${to} is what it writes, in content and, where it can be, in text`,
        async () => {
          let textsCompared = 0;
          for (const { name, bytes } of firmwareFiles(from)) {
            const image = PARSERS[from](bytes);
            const theirs = await convert(converter, bytes, from, to, image);
            assertSameImage(PARSERS[to](theirs), image, name);
            if (image.addressStart < TASTE_ENDS_AT || image.start?.kind !== "linear") continue;
            textsCompared += 1;
            const ours = WRITERS[converter.program]![to](image);
            assert.deepEqual(comparableLines(ours), comparableLines(theirs), name);
          }
          assert(textsCompared > 0);
        },
        { ignore: !hasFirmware(from) },
      );
    }

    peerTest(converter.program, `our ${from} is read as the image it was written from`, async () => {
      for (const { name, bytes } of firmwareFiles(from)) {
        const image = PARSERS[from](bytes);
        if (!isDense(image)) continue;
        for (const to of FORMATS) {
          const ours = WRITERS[converter.program]![to](image);
          const theirs = await convert(converter, ours, to, "bin", image);
          assert(equalBytes(theirs, encodeBinary(image, { fill: 0xff })), `${name} to ${to}`);
        }
      }
    }, { ignore: !hasFirmware(from) });
  }

  peerTest(converter.program, "its hex and srec of a binary are read as that binary", async () => {
    for (const { name, bytes } of firmwareFiles("bin")) {
      const image = decodeBinary(bytes, 0x0802_0000);
      for (const to of FORMATS) {
        const theirs = await convert(converter, bytes, "bin", to, image);
        assertSameImage(PARSERS[to](theirs), image, `${name} to ${to}`);
      }
    }
  }, { ignore: !hasFirmware("bin") });
}

function convert(
  converter: Converter,
  bytes: Uint8Array,
  from: PeerFormat,
  to: PeerFormat,
  { addressStart, addressEnd }: MemoryImage,
): Promise<Bytes> {
  return convertByPeer(converter, bytes, { from, to, addressStart, addressEnd });
}

function isDense({ addressStart, addressEnd }: MemoryImage): boolean {
  return addressEnd - addressStart <= BINARY_SIZE_MAX_BYTES;
}

/** The lines without S0, where each program leaves its mark, and without S5 and S6, which objcopy does not write. */
function comparableLines(text: Uint8Array): readonly string[] {
  return new TextDecoder().decode(text).split("\n").filter((line) => !/^S[056]/.test(line));
}
