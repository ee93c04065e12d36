/**
 * `coreslot attach`: signatures that were made elsewhere.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Bytes } from "../../core/bytes.ts";
import { formatHex } from "../../core/hex.ts";
import { attachSignatures, type CoreSignature } from "../../packager/detached.ts";
import type { ImageHeader } from "../../packager/header.ts";
import { inspectUpdate } from "../../packager/inspect.ts";
import type { CliContext } from "../context.ts";
import { inFile } from "../file_content_error.ts";
import { readInput, TEXT_SIZE_LIMIT, writeOutputs } from "../files.ts";
import { ALLOW_WELL_KNOWN_KEY_FLAG, fileFlag, JSON_FLAG } from "../flags.ts";
import { loadVerifyingKey } from "../load_key.ts";
import { formatFacts, printReport } from "../report.ts";
import { formatTitle, listSharedFacts } from "../update_report.ts";
import { UsageError } from "../usage_error.ts";
import { type CoreValue, parseCoreValue, parsePath } from "../values.ts";
import { joinNames } from "../wrap.ts";
import { BRIEFS } from "./briefs.ts";

interface AttachFlags {
  readonly signature: readonly CoreValue[];
  readonly key: string;
  readonly out: string;
  readonly json: boolean;
  readonly "allow-well-known-key": boolean;
}

const RAW_SIZE_BYTES = 64;
const BASE64_REGEXP = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

const DESCRIPTION = `A signature is 64 raw bytes, or DER (P-256), or either of them as base64. The
result is verified before it is written, and has the bytes that packing with
the private key gives.`;

async function runAttach(this: CliContext, flags: AttachFlags, path: string): Promise<void> {
  const key = await loadVerifyingKey(flags.key, { allowWellKnown: flags["allow-well-known-key"] });
  const update = readInput(path);
  const headers = (await inFile(path, () => inspectUpdate(update))).images.map(({ header }) => header);
  const signatures = flags.signature.map((signature, index) => ({
    core: coreOf(signature, headers, flags.signature.slice(0, index)),
    signature: readSignature(signature.value),
  }));
  const signed = await inFile(path, () => attachSignatures(update, { signatures, key }));
  await writeOutputs([{ path: flags.out, bytes: signed }]);
  printReport(this.terminal, {
    data: { file: flags.out, sizeBytes: signed.length, isVerified: true, keyId: formatHex(key.keyId) },
    lines: (style) => [
      formatTitle(flags.out, {
        state: `signed and ${style.good("verified")}, bundle`,
        imageCount: headers.length,
        sizeBytes: signed.length,
      }, style),
      "",
      ...formatFacts(listSharedFacts(headers), style),
    ],
  }, { isJson: flags.json });
}

function coreOf(
  { core, value }: CoreValue,
  headers: readonly ImageHeader[],
  earlier: readonly CoreValue[],
): CoreSignature["core"] {
  const names = headers.map((header) => header.core);
  const found = core === undefined && names.length === 1 ? names[0] : names.find((name) => name === core);
  const advice = `The update has ${joinNames(names)}: write --signature ${names[0]}=${value}`;
  if (found === undefined) {
    const state = core === undefined ? "it does not say for which core" : `the update has no image for ${core}`;
    throw new UsageError("bad-value", `Cannot read --signature "${value}": ${state}`, advice);
  }
  if (!earlier.some((other) => (other.core ?? names[0]) === found)) return found;
  throw new UsageError("unexpected-argument", `Cannot run attach: there are two signatures for ${found}`, advice);
}

/** Key services answer in base64. Chance makes no signature of raw bytes or DER look like it. */
function readSignature(path: string): Bytes {
  const bytes = readInput(path, TEXT_SIZE_LIMIT);
  const text = new TextDecoder("latin1").decode(bytes);
  if (bytes.length === RAW_SIZE_BYTES || !BASE64_REGEXP.test(text)) return bytes;
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s+/g, "")), (char) => char.charCodeAt(0));
  } catch {
    return bytes;
  }
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.attach, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      signature: {
        kind: "parsed",
        placeholder: "CORE=FILE",
        brief: "Signature of one image; one for every image",
        parse: parseCoreValue,
        variadic: true,
      },
      key: fileFlag("The public key that the update was packed with"),
      out: fileFlag("Where to write the signed update"),
      json: JSON_FLAG,
      "allow-well-known-key": ALLOW_WELL_KNOWN_KEY_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "FILE", brief: "An update, packed with --public-key", parse: parsePath }],
    },
  },
  func: runAttach,
});
