/**
 * `coreslot verify`: whether an update may be trusted.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { formatHex } from "../../core/hex.ts";
import { type VerificationReport, verifyUpdate } from "../../packager/verify.ts";
import type { CliContext } from "../context.ts";
import { inFile } from "../file_content_error.ts";
import { readInput } from "../files.ts";
import { ALLOW_WELL_KNOWN_KEY_FLAG, fileFlag, JSON_FLAG } from "../flags.ts";
import { loadVerifyingKey } from "../load_key.ts";
import { loadLayout, presetNames } from "../load_layout.ts";
import { type Fact, formatFacts, printReport } from "../report.ts";
import { describeHeader, formatImages, formatTitle, listSharedFacts } from "../update_report.ts";
import { parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface VerifyFlags {
  readonly key: readonly string[];
  readonly layout?: string;
  readonly json: boolean;
  readonly "allow-well-known-key": boolean;
}

/** What is said of the metadata that a release binds. */
const METADATA_STATES: Readonly<Record<VerificationReport["metadataState"], string | undefined>> = {
  "none": undefined,
  "verified": "verified",
  "not-carried": "bound, but a container does not carry it",
};

const DESCRIPTION = `The update is verified as strictly as a device does it: structure, completeness,
set, signatures, digests, and with --layout part, cores and addresses.

  coreslot verify update.cslot --key key.pub.pem --layout stm32h747`;

async function runVerify(this: CliContext, flags: VerifyFlags, path: string): Promise<void> {
  const layout = flags.layout === undefined ? undefined : await loadLayout(flags.layout);
  const allowWellKnown = flags["allow-well-known-key"];
  const keys = await Promise.all(flags.key.map((path) => loadVerifyingKey(path, { allowWellKnown })));
  const bytes = readInput(path);
  const report = await inFile(path, () => verifyUpdate(bytes, { keys, layout }));
  const { kind, images, metadata, metadataState, key, layoutName } = report;
  const headers = images.map(({ header }) => header);
  const facts: Fact[] = [
    ...listSharedFacts(headers),
    ["bound", METADATA_STATES[metadataState]],
    ["layout", layoutName ?? "not checked: name it with --layout"],
  ];
  printReport(this.terminal, {
    data: {
      file: path,
      sizeBytes: bytes.length,
      isVerified: true,
      kind,
      keyId: formatHex(key.keyId),
      layout: layoutName,
      images: headers.map(describeHeader),
      metadataState,
      metadataSizeBytes: metadata.length,
    },
    lines: (style) => [
      formatTitle(path, {
        state: `${style.good("verified")}, ${kind}`,
        imageCount: images.length,
        sizeBytes: bytes.length,
      }, style),
      "",
      ...formatFacts(facts, style),
      "",
      ...formatImages(headers, style),
    ],
  }, { isJson: flags.json });
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.verify, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      key: { ...fileFlag("A public key that is trusted; repeat it for more"), variadic: true },
      layout: {
        kind: "parsed",
        placeholder: "NAME|FILE",
        brief: "Layout that the update has to be for",
        parse: parsePath,
        optional: true,
        proposeCompletions: presetNames,
      },
      json: JSON_FLAG,
      "allow-well-known-key": ALLOW_WELL_KNOWN_KEY_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "FILE", brief: "A bundle, or a container of a single-image set", parse: parsePath }],
    },
  },
  func: runVerify,
});
