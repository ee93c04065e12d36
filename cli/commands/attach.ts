/**
 * `coreslot attach`: signatures that were made elsewhere.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Bytes } from "../../core/bytes.ts";
import { formatHex } from "../../core/hex.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { attachSignatures } from "../../packager/detached.ts";
import type { ImageHeader, KeyType } from "../../packager/header.ts";
import { inspectUpdate } from "../../packager/inspect.ts";
import { normalizeSignature } from "../../packager/signature.ts";
import { SignatureFormatError } from "../../packager/signature_error.ts";
import { VerificationError } from "../../packager/verification_error.ts";
import type { CliContext } from "../context.ts";
import { refuseOverwriting } from "../distinct_paths.ts";
import { FileContentError, inFile } from "../file_content_error.ts";
import { readInput, TEXT_SIZE_LIMIT, writeOutputs } from "../files.ts";
import { ALLOW_WELL_KNOWN_KEY_FLAG, fileFlag, JSON_FLAG } from "../flags.ts";
import { loadVerifyingKey } from "../load_key.ts";
import { formatFacts, printReport } from "../report.ts";
import { formatTitle, listSharedFacts } from "../update_report.ts";
import { UsageError } from "../usage_error.ts";
import { type CoreValue, parseCoreValue, parsePath, suggestCoreValue } from "../values.ts";
import { joinNames } from "../wrap.ts";
import { BRIEFS } from "./briefs.ts";

interface AttachFlags {
  readonly signature: readonly CoreValue[];
  readonly key: string;
  readonly out: string;
  readonly json: boolean;
  readonly "allow-well-known-key": boolean;
}

/** A file with a signature. */
interface SignatureSource {
  readonly core: CoreTag;
  readonly path: string;
}

const RAW_SIZE_BYTES = 64;
const BASE64_REGEXP = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
const INDEX_REGEXP = /^images\[(\d+)\]/;

const DESCRIPTION = `A signature is 64 raw bytes, or DER (P-256), or either of them as base64. The
result is verified before it is written. With Ed25519, and with P-256 where the
signer follows RFC 6979, it has the bytes that packing with the private key
gives.`;

async function runAttach(this: CliContext, flags: AttachFlags, path: string): Promise<void> {
  const inputs = flags.signature.map(({ value }) => ({ name: "--signature", path: value }));
  refuseOverwriting([{ name: "FILE", path }, { name: "--key", path: flags.key }, ...inputs], [flags.out]);
  const key = await loadVerifyingKey(flags.key, { allowWellKnown: flags["allow-well-known-key"] });
  const update = readInput(path);
  const headers = (await inFile(path, () => inspectUpdate(update))).images.map(({ header }) => header);
  const sources = flags.signature.map((value) => ({ core: coreOf(value, headers), path: value.value }));
  checkOneEach(sources, headers);
  const type = headers[0]!.signatureKind;
  const signatures = sources.map((source) => ({ core: source.core, signature: readSignature(source, type) }));
  const signed = await inFile(path, () => attachSignatures(update, { signatures, key })).catch((error) => {
    throw blameSignature(error, sources, headers);
  });
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

function coreOf({ core, value }: CoreValue, headers: readonly ImageHeader[]): CoreTag {
  const names = headers.map((header) => header.core);
  const found = core === undefined && names.length === 1 ? names[0] : names.find((name) => name === core);
  if (found !== undefined) return found;
  const has = `The update has ${joinNames(names)}`;
  if (core !== undefined) {
    const shown = `--signature "${core}=${value}"`;
    throw new UsageError("bad-value", `Cannot read ${shown}: the update has no image for ${core}`, has);
  }
  throw new UsageError(
    "bad-value",
    `Cannot read --signature "${value}": it does not say for which core`,
    `${has}: write --signature ${suggestCoreValue(value, names)}`,
  );
}

function checkOneEach(sources: readonly SignatureSource[], headers: readonly ImageHeader[]): void {
  const names = headers.map((header) => header.core);
  const advice = `Give one --signature for ${names.length === 1 ? "" : "each of "}${joinNames(names)}`;
  for (const name of names) {
    const count = sources.filter(({ core }) => core === name).length;
    if (count === 0) {
      throw new UsageError("missing-argument", `Cannot run attach: there is no signature for ${name}`, advice);
    }
    if (count > 1) {
      const state = `there are ${count === 2 ? "two" : count} signatures for ${name}`;
      throw new UsageError("unexpected-argument", `Cannot run attach: ${state}`, advice);
    }
  }
}

/** Key services answer in base64. Chance makes no signature of raw bytes or DER look like it. */
function readSignature({ core, path }: SignatureSource, type: KeyType): Bytes {
  const bytes = decodeBase64(readInput(path, TEXT_SIZE_LIMIT));
  try {
    return normalizeSignature(type, bytes);
  } catch (error) {
    if (!(error instanceof SignatureFormatError)) throw error;
    const { code, message } = error;
    throw new FileContentError(
      path,
      new SignatureFormatError({
        code,
        message: message.replace("Cannot use signature", `Cannot use signature for ${core}`),
        advice: `Give the signature as 64 raw bytes${type === "p256" ? ", as DER" : ""} or as base64`,
        cause: error,
      }),
    );
  }
}

function decodeBase64(bytes: Bytes): Bytes {
  const text = new TextDecoder("latin1").decode(bytes);
  if (bytes.length === RAW_SIZE_BYTES || !BASE64_REGEXP.test(text)) return bytes;
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s+/g, "")), (char) => char.charCodeAt(0));
  } catch {
    return bytes;
  }
}

/** Says of the signature's file what verifying says of the update that it was put into. */
function blameSignature(error: unknown, sources: readonly SignatureSource[], headers: readonly ImageHeader[]): unknown {
  if (!(error instanceof FileContentError && error.cause instanceof VerificationError)) return error;
  const { code, field, expected, got } = error.cause;
  if (code !== "bad-signature" && code !== "unsigned") return error;
  const index = Number(INDEX_REGEXP.exec(field)?.[1] ?? 0);
  const { core, path } = sources.find(({ core }) => core === headers[index]!.core)!;
  const advice = `Sign what coreslot digest gives for ${core}, with the private half of --key`;
  return new FileContentError(
    path,
    new VerificationError({ code, field: `signature for ${core}`, offset: 0, expected, got, advice }),
  );
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
