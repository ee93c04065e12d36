/**
 * `coreslot extract`: the image of one core, for programmers and other tools.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Bytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import { PARTS } from "../../core/parts/find_part.ts";
import { encodeContainer, type Image } from "../../packager/container.ts";
import { slotImageOf } from "../../packager/extract.ts";
import { findUf2Family } from "../../packager/formats/uf2_families.ts";
import { writeImage } from "../../packager/formats/write_image.ts";
import type { ImageHeader } from "../../packager/header.ts";
import { inspectUpdate } from "../../packager/inspect.ts";
import { encodeSlotImage } from "../../packager/slot_image.ts";
import type { CliContext } from "../context.ts";
import { refuseOverwriting } from "../distinct_paths.ts";
import { inFile } from "../file_content_error.ts";
import { FIRMWARE_SIZE_LIMIT, readInput, STANDARD_STREAM, writeOutputs } from "../files.ts";
import { fileFlag, JSON_FLAG } from "../flags.ts";
import { type Fact, formatFacts, formatSize, printReport } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import { parsePath } from "../values.ts";
import { joinNames } from "../wrap.ts";
import { BRIEFS } from "./briefs.ts";

type SlotName = "A" | "B";

/** With addresses, for programmers; without; and the file formats of Coreslot. */
const ADDRESSED_FORMATS = ["hex", "srec", "dfuse", "uf2"] as const;
const FORMATS = ["container", "payload", "slot", ...ADDRESSED_FORMATS] as const;

type ExtractFormat = typeof FORMATS[number];

interface ExtractFlags {
  readonly core?: string;
  readonly slot?: SlotName;
  readonly format: ExtractFormat;
  readonly out: string;
  readonly json: boolean;
}

/** A slot of the device. */
interface Place {
  readonly slot: SlotName;
  readonly address: number;
  readonly isOnlyOne: boolean;
}

const DESCRIPTION = `container  header and payload: an update of one image
payload    what the compiler's binary holds
slot       the whole slot as it stands in flash, header and commit word at its
           end, erased flash between
hex, srec, dfuse, uf2
           the same with addresses, the erased flash left out

An update goes to slot B; --slot A is for the first programming of a device.
Nothing is verified: see coreslot verify.

  coreslot extract update.cslot --core CM7 --slot A --format hex --out cm7.hex`;

async function runExtract(this: CliContext, flags: ExtractFlags, path: string): Promise<void> {
  refuseOverwriting([{ name: "FILE", path }], [flags.out]);
  const update = readInput(path);
  const { images } = await inFile(path, () => inspectUpdate(update));
  const image = choose(images, flags.core);
  const bytes = encode(update, image, flags);
  await writeOutputs([{ path: flags.out, bytes }]);
  const place = placeOf(image.header, flags);
  const facts: Fact[] = [
    ["core", image.header.core],
    ["format", flags.format],
    ["for", place && describePlace(place, flags.slot)],
    ["to", `${flags.out}, ${formatSize(bytes.length)}`],
  ];
  const { core } = image.header;
  printReport(this.terminal, {
    data: {
      core,
      format: flags.format,
      slot: place?.slot ?? null,
      address: place === undefined ? null : formatAddress(place.address),
      to: { file: flags.out, sizeBytes: bytes.length },
    },
    lines: (style) => formatFacts(facts, style),
  }, { isJson: flags.json, isOutputTaken: flags.out === STANDARD_STREAM });
}

function choose(images: readonly Image[], core: string | undefined): Image {
  const names = images.map(({ header }) => header.core);
  if (core === undefined && images.length === 1) return images[0]!;
  const image = images.find(({ header }) => header.core === core);
  if (image !== undefined) return image;
  const state = core === undefined ? "--core is missing" : `the update has no image for ${core}`;
  throw new UsageError("bad-value", `Cannot run extract: ${state}`, `It has ${joinNames(names)}: name one with --core`);
}

function encode(update: Bytes, image: Image, { format, slot = "B" }: ExtractFlags): Bytes {
  const { header } = image;
  switch (format) {
    case "container":
      return encodeContainer(image);
    case "payload":
      return image.payload;
    case "slot":
      refuseHugeSlot(header);
      return encodeSlotImage(image);
    default:
      return writeImage(slotImageOf(update, header.core, { slot }), {
        format,
        fill: header.fill,
        familyId: familyOf(header),
      });
  }
}

/** The size is what the file says of itself: nobody has such a slot. */
function refuseHugeSlot({ core, slotSizeBytes }: ImageHeader): void {
  if (slotSizeBytes <= FIRMWARE_SIZE_LIMIT) return;
  throw new UsageError(
    "bad-value",
    `Cannot write out the slot of ${core}: it has ${slotSizeBytes} bytes`,
    "Use --format hex, which leaves the erased flash out",
  );
}

/** All parts of one chip id are of one family. */
function familyOf({ chipId }: ImageHeader): number | undefined {
  const part = PARTS.find((part) => part.chipId === chipId);
  return part && findUf2Family(part.name)?.id;
}

/** The slot that the output is for; `undefined` where it is for none. */
function placeOf(header: ImageHeader, { format, slot = "B" }: ExtractFlags): Place | undefined {
  if (format === "container" || format === "payload") return undefined;
  const { runAddress, stagingAddress } = header;
  if (runAddress === stagingAddress) return { slot: "A", address: runAddress, isOnlyOne: true };
  return { slot, address: slot === "A" ? runAddress : stagingAddress, isOnlyOne: false };
}

function describePlace({ slot, address, isOnlyOne }: Place, wanted: SlotName | undefined): string {
  const name = isOnlyOne ? "the slot" : `slot ${slot}`;
  const hint = wanted === undefined && !isOnlyOne ? ", where updates go (--slot A for the other)" : "";
  return `${name} at ${formatAddress(address)}${hint}`;
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.extract, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      core: {
        kind: "parsed",
        placeholder: "CORE",
        brief: "The core, such as CM7; may be left out where there is one image",
        parse: String,
        optional: true,
        proposeCompletions: () => ["CM0", "CM0P", "CM3", "CM4", "CM7", "CM33"],
      },
      slot: {
        kind: "enum",
        values: ["A", "B"],
        brief: "The slot that it is for; B where updates go, without it",
        optional: true,
      },
      format: { kind: "enum", values: FORMATS, placeholder: "FORMAT", brief: `${joinNames(FORMATS, "or")}` },
      out: fileFlag("Where to write"),
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "FILE", brief: "A bundle or a container", parse: parsePath }],
    },
  },
  func: runExtract,
});
