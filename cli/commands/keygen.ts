/**
 * `coreslot keygen`: a new key pair.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { formatHex } from "../../core/hex.ts";
import { generateKey } from "../../packager/generate_key.ts";
import type { KeyType } from "../../packager/header.ts";
import { exportCHeader } from "../../packager/key_header.ts";
import type { CliContext } from "../context.ts";
import { resolveFile } from "../distinct_paths.ts";
import { type Output, refuseExisting, STANDARD_STREAM, writeOutputs } from "../files.ts";
import { fileFlag, JSON_FLAG } from "../flags.ts";
import { type Fact, formatFacts, KEY_TYPE_NAMES, printReport } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import { BRIEFS } from "./briefs.ts";

interface KeygenFlags {
  readonly type: KeyType;
  readonly out: string;
  readonly public?: string;
  readonly "c-header"?: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Nobody but the owner reads or writes a private key. */
const PRIVATE_MODE = 0o600;

const DESCRIPTION = `The private key is PKCS#8 PEM without a password, for its owner only (mode
0600; on Windows as its folder says); the public key is SPKI PEM. OpenSSL reads
both.

  coreslot keygen --type ed25519 --out key.pem --public key.pub.pem`;

async function runKeygen(this: CliContext, flags: KeygenFlags): Promise<void> {
  const { type, out, public: publicPath, "c-header": headerPath, force } = flags;
  const paths = [out, publicPath, headerPath].filter((path) => path !== undefined);
  refuseUnfit(paths);
  if (!force) paths.forEach(refuseExisting);
  const { key, privatePem, publicPem } = await generateKey(type);
  const encode = (text: string) => new TextEncoder().encode(text);
  const outputs: Output[] = [{ path: out, bytes: encode(privatePem), mode: PRIVATE_MODE }];
  if (publicPath !== undefined) outputs.push({ path: publicPath, bytes: encode(publicPem) });
  if (headerPath !== undefined) outputs.push({ path: headerPath, bytes: encode(exportCHeader(key.publicKey)) });
  await writeOutputs(outputs);
  const keyId = formatHex(key.keyId);
  const facts: Fact[] = [
    ["private key", `${out}, keep it secret`],
    ["public key", publicPath],
    ["C header", headerPath],
    ["key id", keyId],
  ];
  printReport(this.terminal, {
    data: { type, keyId, privateKey: out, publicKey: publicPath ?? null, cHeader: headerPath ?? null },
    lines: (style) => [`New ${KEY_TYPE_NAMES[type]} key`, ...formatFacts(facts, style)],
  }, { isJson: flags.json });
}

function refuseUnfit(paths: readonly string[]): void {
  if (paths.includes(STANDARD_STREAM)) {
    throw new UsageError("bad-value", "Cannot run keygen: a key is written to a file, not to standard output");
  }
  const files = paths.map(resolveFile);
  const twice = paths.find((_path, index) => files.indexOf(files[index]!) !== index);
  if (twice === undefined) return;
  throw new UsageError(
    "conflicting-flags",
    `Cannot run keygen: ${twice} is to hold two things`,
    "Name another file for each",
  );
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.keygen, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      type: { kind: "enum", values: ["ed25519", "p256"], brief: "Ed25519, or ECDSA on P-256" },
      out: fileFlag("Where to write the private key"),
      public: { ...fileFlag("Where to write the public key"), optional: true },
      "c-header": { ...fileFlag("Where to write the public key for a loader in C"), optional: true },
      force: { kind: "boolean", brief: "Replace files that exist", withNegated: false },
      json: JSON_FLAG,
    },
  },
  func: runKeygen,
});
