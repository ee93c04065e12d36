/**
 * `coreslot convert`: firmware from one file format to another.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { formatAddress } from "../../core/hex.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { encodeBinary } from "../../packager/formats/binary.ts";
import { FORMAT_NAMES } from "../../packager/formats/format.ts";
import type { ReadImageResult } from "../../packager/formats/read_image.ts";
import { findUf2Family, UF2_FAMILIES } from "../../packager/formats/uf2_families.ts";
import { type WritableFormat, writeImage } from "../../packager/formats/write_image.ts";
import type { CliContext } from "../context.ts";
import { refuseOverwriting } from "../distinct_paths.ts";
import { STANDARD_STREAM, writeOutputs } from "../files.ts";
import { JSON_FLAG, SIZE_FLAG, START_FLAG } from "../flags.ts";
import { loadImage } from "../load_image.ts";
import { formatOfPath, TO_FLAG } from "../output_format.ts";
import type { AddressRange } from "../protocols/protocol.ts";
import { rangeOf } from "../range_flags.ts";
import { type Fact, formatFacts, formatSize, printReport } from "../report.ts";
import { withSizeAdvice } from "../too_large.ts";
import { UsageError } from "../usage_error.ts";
import { parseAddress, parseByte, parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface ConvertFlags {
  readonly base?: number;
  readonly fill?: number;
  readonly start?: number;
  readonly size?: number;
  readonly to?: WritableFormat;
  readonly family?: number;
  readonly json: boolean;
}

const TOO_LARGE_ADVICE = "Take a range of it with --start and --size, or write a format that has addresses, such as " +
  "Intel HEX";

const NUMBER_REGEXP = /^0x[0-9a-f]{1,8}$/i;

const DESCRIPTION = `The format of IN is found from its content, the format of OUT from its name. A
binary begins at the lowest address of the image and has its gaps filled; all
other formats keep addresses and gaps. - is standard input or output. Of a file
that holds more, such as external flash too, --start and --size take a range.

  coreslot convert app.elf app.hex
  coreslot convert app.bin app.dfu --base 0x08020000
  coreslot convert app.hex app.bin --fill 0x00
  coreslot convert all.hex app.hex --start 0x08000000 --size 1M`;

async function runConvert(this: CliContext, flags: ConvertFlags, input: string, output: string): Promise<void> {
  refuseOverwriting([{ name: "IN", path: input }], [output]);
  const format = flags.to ?? formatOfPath(output);
  const source = await loadImage(input, { binaryAddress: flags.base, familyId: flags.family });
  const kept = takeRange(source.image, rangeOf(flags, "convert"), input);
  const image = fillGaps(rebase({ ...source, image: kept }, flags.base), flags.fill);
  const bytes = withSizeAdvice(
    TOO_LARGE_ADVICE,
    () => writeImage(image, { format, fill: flags.fill, familyId: flags.family }),
  );
  await writeOutputs([{ path: output, bytes }]);
  const notes = [...source.notes, ...notesOn(format, flags)];
  const facts: Fact[] = [
    ["from", `${input}, ${FORMAT_NAMES[source.format]}`],
    ["image", describeImage(image)],
    ["start", describeStart(image)],
    ["to", `${output}, ${FORMAT_NAMES[format]}, ${formatSize(bytes.length)}`],
    ...notes.map((note): Fact => ["note", note]),
  ];
  const { addressStart, addressEnd, segments } = image;
  printReport(this.terminal, {
    data: {
      from: { file: input, format: source.format },
      image: {
        addressStart: formatAddress(addressStart),
        addressEnd: formatAddress(addressEnd),
        sizeBytes: image.sizeBytes,
        segmentCount: segments.length,
        start: describeStart(image) ?? null,
      },
      to: { file: output, format, sizeBytes: bytes.length },
      notes,
    },
    lines: (style) => formatFacts(facts, style),
  }, { isJson: flags.json, isOutputTaken: output === STANDARD_STREAM });
}

function takeRange(image: MemoryImage, range: AddressRange | undefined, input: string): MemoryImage {
  if (range === undefined) return image;
  const addressEnd = range.addressStart + range.sizeBytes;
  const kept = image.slice(range.addressStart, addressEnd);
  if (kept.sizeBytes > 0) return kept;
  const [start, end] = [range.addressStart, addressEnd].map(formatAddress);
  throw new UsageError(
    "bad-value",
    `Cannot take ${start} to ${end} of ${input}: it has no bytes there`,
    `It has ${describeImage(image)}`,
  );
}

/** A raw binary has been placed when it was read; what carries addresses is moved, and only when that is asked for. */
function rebase({ format, image }: ReadImageResult, base: number | undefined): MemoryImage {
  if (base === undefined || format === "bin") return image;
  try {
    return image.relocate(base - image.addressStart);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(
      "bad-value",
      `Cannot move the image to ${formatAddress(base)}: it would run over the last address, 0xFFFFFFFF`,
    );
  }
}

function fillGaps(image: MemoryImage, fill: number | undefined): MemoryImage {
  if (fill === undefined || image.segments.length < 2) return image;
  return MemoryImage.fromSegments(
    [{ address: image.addressStart, data: encodeBinary(image, { fill }) }],
    image.start,
  );
}

function describeImage(image: MemoryImage): string {
  const { segments, sizeBytes, addressStart, addressEnd } = image;
  const pieces = segments.length === 1 ? "" : ` in ${segments.length} pieces`;
  return `${formatSize(sizeBytes)}${pieces}, ${formatAddress(addressStart)} to ${formatAddress(addressEnd)}`;
}

function describeStart({ start }: MemoryImage): string | undefined {
  if (start === undefined) return undefined;
  if (start.kind === "linear") return formatAddress(start.address);
  return `${start.cs.toString(16).padStart(4, "0")}:${start.ip.toString(16).padStart(4, "0")} (CS:IP)`;
}

function notesOn(format: WritableFormat, flags: ConvertFlags): string[] {
  if (format !== "uf2" || flags.family !== undefined) return [];
  return ["Most UF2 boot loaders want a family: name it with --family"];
}

function parseFamily(text: string): number {
  if (NUMBER_REGEXP.test(text)) return Number(text);
  const family = findUf2Family(text);
  if (family !== undefined) return family.id;
  throw new SyntaxError("a UF2 family is a name such as STM32H7, or 0x and up to 8 hexadecimal digits");
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.convert, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      base: {
        kind: "parsed",
        placeholder: "ADDR",
        brief: "Address of a binary; move any other image there",
        parse: parseAddress,
        optional: true,
      },
      fill: {
        kind: "parsed",
        placeholder: "BYTE",
        brief: "Fill the gaps with BYTE; those of a binary are filled with 0xFF without it",
        parse: parseByte,
        optional: true,
      },
      start: { ...START_FLAG, brief: "Take only what is from there on; --size goes with it" },
      size: SIZE_FLAG,
      to: TO_FLAG,
      family: {
        kind: "parsed",
        placeholder: "NAME",
        brief: "UF2 family, such as STM32H7",
        parse: parseFamily,
        optional: true,
        proposeCompletions: () => UF2_FAMILIES.map(({ name }) => name),
      },
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [
        { placeholder: "IN", brief: "ELF, Intel HEX, SREC, binary, DfuSe or UF2", parse: parsePath },
        { placeholder: "OUT", brief: "Where to write", parse: parsePath },
      ],
    },
  },
  func: runConvert,
});
