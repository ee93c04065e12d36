/**
 * `coreslot digest`: what a signer elsewhere has to sign.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { messagesToSign, type MessageToSign } from "../../packager/detached.ts";
import type { KeyType } from "../../packager/header.ts";
import type { CliContext } from "../context.ts";
import { refuseOverwriting } from "../distinct_paths.ts";
import { inFile } from "../file_content_error.ts";
import { makeFolder, readInput, writeOutputs } from "../files.ts";
import { JSON_FLAG } from "../flags.ts";
import { KEY_TYPE_NAMES, printReport } from "../report.ts";
import { parsePath } from "../values.ts";
import { joinNames } from "../wrap.ts";
import { BRIEFS } from "./briefs.ts";

interface DigestFlags {
  readonly out: string;
  readonly json: boolean;
}

/** How each kind of signature is made: extension of the message, what it is, and what OpenSSL 3 needs to know. */
const WAYS: Readonly<Record<KeyType, { extension: string; what: string; openssl: string }>> = {
  ed25519: { extension: "signed", what: "the 192 bytes to sign", openssl: "-rawin" },
  p256: { extension: "sha256", what: "the SHA-256 to sign", openssl: "-pkeyopt digest:sha256" },
};

const DESCRIPTION = `Pack with --public-key, sign the files elsewhere, and put the signatures in:

  coreslot digest update.cslot --out to_sign
  coreslot attach update.cslot --signature CM7=cm7.sig --signature CM4=cm4.sig \\
    --key key.pub.pem --out signed.cslot`;

async function runDigest(this: CliContext, flags: DigestFlags, path: string): Promise<void> {
  const update = readInput(path);
  const messages = await inFile(path, () => messagesToSign(update));
  const folder = flags.out.replace(/[/\\]+$/, "");
  const outputs = messages.map((message) => ({ path: `${folder}/${nameOf(message)}`, bytes: message.message }));
  refuseOverwriting([{ name: "FILE", path }], outputs.map((output) => output.path));
  await makeFolder(flags.out, () => writeOutputs(outputs));
  const { signatureKind } = messages[0]!;
  const { what, openssl } = WAYS[signatureKind];
  const commands = messages.map(({ core }, index) =>
    `openssl pkeyutl -sign -inkey key.pem ${openssl} -in ${outputs[index]!.path} -out ${folder}/${core}.sig`
  );
  const signatures = messages.map(({ core }) => `--signature ${core}=${folder}/${core}.sig`).join(" ");
  printReport(this.terminal, {
    data: {
      signatureKind,
      messages: messages.map(({ core, message }, index) => ({
        core,
        file: outputs[index]!.path,
        sizeBytes: message.length,
        openssl: commands[index],
      })),
    },
    lines: (style) => [
      `${style.strong(path)}: wrote ${what} of ${joinNames(messages.map(({ core }) => core))}`,
      "",
      `Sign with the ${KEY_TYPE_NAMES[signatureKind]} key; by OpenSSL that is`,
      "",
      ...commands.map((command) => `  ${command}`),
      "",
      "Then put the signatures in",
      "",
      `  coreslot attach ${path} ${signatures} --key key.pub.pem --out signed.cslot`,
    ],
  }, { isJson: flags.json });
}

function nameOf({ core, signatureKind }: MessageToSign): string {
  return `${core}.${WAYS[signatureKind].extension}`;
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.digest, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      out: { kind: "parsed", placeholder: "FOLDER", brief: "Where to write one file for each image", parse: parsePath },
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "FILE", brief: "An update, packed with --public-key", parse: parsePath }],
    },
  },
  func: runDigest,
});
