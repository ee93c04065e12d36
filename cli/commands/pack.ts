/**
 * `coreslot pack`: firmware of every core into one update.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Bytes } from "../../core/bytes.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { checkCores } from "../../packager/checks/check_cores.ts";
import type { CrcKind } from "../../packager/header.ts";
import { CORE_TAGS } from "../../packager/header_rules.ts";
import type { SigningKey, VerifyingKey } from "../../packager/keys.ts";
import type { Layout } from "../../packager/layouts/layout.ts";
import { type CoreImage, packBundle, type PackResult } from "../../packager/pack.ts";
import { deriveProductId } from "../../packager/product_id.ts";
import type { Version } from "../../packager/version.ts";
import type { CliContext } from "../context.ts";
import { type NamedInput, refuseOverwriting } from "../distinct_paths.ts";
import { readInput, writeOutputs } from "../files.ts";
import { ALLOW_WELL_KNOWN_KEY_FLAG, fileFlag, JSON_FLAG } from "../flags.ts";
import { loadImage } from "../load_image.ts";
import { loadSigningKey, loadVerifyingKey } from "../load_key.ts";
import { isPreset, loadLayout, presetNames } from "../load_layout.ts";
import { type Fact, formatFacts, printReport, type Report } from "../report.ts";
import { describeHeader, formatImages, formatTitle, listSharedFacts } from "../update_report.ts";
import { UsageError } from "../usage_error.ts";
import {
  type CoreValue,
  parseCoreValue,
  parseCounter,
  parsePath,
  parseVersionFlag,
  suggestCoreValue,
} from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface PackFlags {
  readonly layout: string;
  readonly image: readonly CoreValue[];
  readonly crop: boolean;
  readonly version: Version;
  readonly counter: number;
  readonly product: string;
  readonly bind?: string;
  readonly crc: CrcKind;
  readonly key?: string;
  readonly "public-key"?: string;
  readonly out: string;
  readonly json: boolean;
  readonly "allow-well-known-key": boolean;
}

const DESCRIPTION = `Each image is ELF, Intel HEX, SREC, DfuSe, UF2 or binary, told by its content; a
binary is placed at slot A of its core. Where a layout has one core, CORE= may
be left out. With --public-key the update stays unsigned: see coreslot digest.

  coreslot pack --layout stm32h747 --image CM7=cm7.elf --image CM4=cm4.hex \\
    --version 1.2.3+4 --counter 7 --product "pump controller" \\
    --key key.pem --out update.cslot`;

async function runPack(this: CliContext, flags: PackFlags): Promise<void> {
  refuseOverwriting(inputsOf(flags), [flags.out]);
  const layout = await loadLayout(flags.layout);
  const cores = flags.image.map((image) => coreOf(image, layout));
  checkCores(layout, cores);
  await checkProduct(flags.product);
  const key = await loadKey(flags);
  const images: CoreImage[] = [];
  const notes: string[] = [];
  for (const [index, core] of cores.entries()) {
    const binaryAddress = layout.slots.find((slots) => slots.core === core)?.addressA;
    const source = await loadImage(flags.image[index]!.value, { binaryAddress });
    images.push({ core, image: source.image });
    notes.push(...source.notes.map((note) => `${core}: ${note}`));
  }
  const result = await packBundle({
    layout,
    images,
    crop: flags.crop,
    version: flags.version,
    counter: flags.counter,
    product: flags.product,
    crcKind: flags.crc,
    key,
    ...(flags.bind === undefined ? {} : { metadata: readMetadata(flags.bind) }),
  });
  await writeOutputs([{ path: flags.out, bytes: result.bundle }]);
  const report = describePacked(flags, { layout, result, notes: [...notes, ...result.notes] });
  printReport(this.terminal, report, { isJson: flags.json });
}

/** A layout's name is a path only where no preset has it. */
function inputsOf(flags: PackFlags): readonly NamedInput[] {
  return [
    { name: "--key", path: flags.key },
    { name: "--public-key", path: flags["public-key"] },
    { name: "--bind", path: flags.bind },
    { name: "--layout", path: isPreset(flags.layout) ? undefined : flags.layout },
    ...flags.image.map(({ value }) => ({ name: "--image", path: value })),
  ];
}

/** The core that an image is for: named, or the only one that the layout has. */
function coreOf({ core, value }: CoreValue, layout: Layout): CoreTag {
  const names = layout.slots.map((slots) => slots.core);
  if (core === undefined) {
    if (names.length === 1) return names[0]!;
    throw new UsageError(
      "bad-value",
      `Cannot read --image "${value}": it does not say for which core`,
      `Layout ${layout.name} has ${names.join(" and ")}: write --image ${suggestCoreValue(value, names)}`,
    );
  }
  const tag = CORE_TAGS.find((tag) => tag === core);
  if (tag !== undefined) return tag;
  throw new UsageError(
    "bad-value",
    `Cannot read --image "${core}=${value}": there is no core ${core}`,
    `Layout ${layout.name} has ${names.join(" and ")}`,
  );
}

async function checkProduct(product: string): Promise<void> {
  try {
    await deriveProductId(product);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(
      "bad-value",
      `Cannot read --product "${product}": a product is a name that is not blank, or a UUID other than the nil UUID`,
    );
  }
}

async function loadKey(flags: PackFlags): Promise<SigningKey | VerifyingKey> {
  const { key, "public-key": publicKey, "allow-well-known-key": allowWellKnown } = flags;
  if (key !== undefined && publicKey !== undefined) {
    throw new UsageError("conflicting-flags", "Cannot run pack: --key signs and --public-key leaves it unsigned");
  }
  if (key !== undefined) return await loadSigningKey(key, { allowWellKnown });
  if (publicKey !== undefined) return await loadVerifyingKey(publicKey, { allowWellKnown });
  throw new UsageError(
    "missing-argument",
    "Cannot run pack: --key is missing",
    "Add --key with a private key, or --public-key to sign elsewhere",
  );
}

function readMetadata(path: string): Bytes {
  const metadata = readInput(path);
  if (metadata.length > 0) return metadata;
  throw new UsageError("bad-value", `Cannot bind ${path}: it is empty`);
}

function describePacked(
  flags: PackFlags,
  packed: { readonly layout: Layout; readonly result: PackResult; readonly notes: readonly string[] },
): Report {
  const { layout, result: { bundle, images }, notes } = packed;
  const headers = images.map(({ header }) => header);
  const isSigned = flags.key !== undefined;
  const facts: Fact[] = [
    ["layout", layout.name],
    ...listSharedFacts(headers),
    ["signed", isSigned ? "yes" : "no: coreslot digest gives what to sign"],
    ...notes.map((note): Fact => ["note", note]),
  ];
  return {
    data: {
      file: flags.out,
      sizeBytes: bundle.length,
      isSigned,
      layout: layout.name,
      images: headers.map(describeHeader),
      notes,
    },
    lines: (style) => [
      formatTitle(flags.out, { state: "bundle", imageCount: images.length, sizeBytes: bundle.length }, style),
      "",
      ...formatFacts(facts, style),
      "",
      ...formatImages(headers, style),
    ],
  };
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.pack, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      layout: {
        kind: "parsed",
        placeholder: "NAME|FILE",
        brief: "A preset of coreslot layouts, or a layout file",
        parse: parsePath,
        proposeCompletions: presetNames,
      },
      image: {
        kind: "parsed",
        placeholder: "CORE=FILE",
        brief: "Firmware of a core; one for every core of the layout",
        parse: parseCoreValue,
        variadic: true,
      },
      version: {
        kind: "parsed",
        placeholder: "VERSION",
        brief: "Version of the release: 1.2.3 or 1.2.3+4",
        parse: parseVersionFlag,
      },
      counter: {
        kind: "parsed",
        placeholder: "N",
        brief: "Security counter; a device never takes a lower one",
        parse: parseCounter,
      },
      product: { kind: "parsed", placeholder: "ID", brief: "The product: any name, or a UUID", parse: String },
      key: { ...fileFlag("The private key that signs"), optional: true },
      "public-key": { ...fileFlag("In place of --key: leave it unsigned, to be signed elsewhere"), optional: true },
      out: fileFlag("Where to write the update"),
      crop: { kind: "boolean", brief: "Take only what is in the core's slot", withNegated: false },
      bind: { ...fileFlag("A file to carry and to cover by the signatures, such as an SBOM"), optional: true },
      crc: { kind: "enum", values: ["zlib", "stm32"], default: "zlib", brief: "How devices compute the payload's CRC" },
      json: JSON_FLAG,
      "allow-well-known-key": ALLOW_WELL_KNOWN_KEY_FLAG,
    },
  },
  func: runPack,
});
