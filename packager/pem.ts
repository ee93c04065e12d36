/**
 * PEM: keys as text (RFC 7468).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { KeyError } from "./key_error.ts";

const BOUNDARY_REGEXP = /^-----(BEGIN|END) ([A-Z0-9 ]+)-----\s*$/;
const BASE64_REGEXP = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** RFC 7468, section 2: base64 lines of 64 characters. */
const LINE_CHARACTERS = 64;

/** A block of a PEM file. */
export interface PemBlock {
  /** What stands after `BEGIN`: `PRIVATE KEY`. */
  readonly label: string;
  /** The DER. */
  readonly der: Bytes;
}

/**
 * Parses PEM text that holds one key. Text around the block is skipped, and so are the curve parameters that
 * `openssl ecparam -genkey` puts in front.
 *
 * @param text The text.
 * @returns The key's block.
 * @throws {KeyError} `not-pem`, `several-keys`, `encrypted` or `malformed`.
 */
export function parsePem(text: string): PemBlock {
  const blocks = splitBlocks(text).filter(({ label }) => label !== "EC PARAMETERS");
  const block = blocks[0];
  if (block === undefined) {
    throw new KeyError({
      code: "not-pem",
      message: "Cannot read key: there is no whole PEM block in it",
      advice: "A key in DER becomes PEM by openssl pkey -inform DER -in key.der -out key.pem",
    });
  }
  if (blocks.length > 1) {
    const labels = blocks.map(({ label }) => label).join(", ");
    throw new KeyError({
      code: "several-keys",
      message: `Cannot read key: the file holds ${blocks.length} blocks (${labels})`,
      advice: "Put each key into a file of its own",
    });
  }
  if (block.label === "ENCRYPTED PRIVATE KEY" || block.body.includes("ENCRYPTED")) {
    throw new KeyError({
      code: "encrypted",
      message: "Cannot read key: it is protected by a password",
      advice:
        "Decrypt it by openssl pkey -in key.pem -out plain.pem, or sign elsewhere with coreslot digest and attach",
    });
  }
  return { label: block.label, der: decodeBase64(block.body) };
}

/**
 * Formats a key as PEM text, as OpenSSL writes it.
 *
 * @param block Label and DER.
 * @returns Lines ending in LF.
 */
export function formatPem(block: PemBlock): string {
  const base64 = btoa(String.fromCharCode(...block.der));
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g")) ?? [];
  return [`-----BEGIN ${block.label}-----`, ...lines, `-----END ${block.label}-----`, ""].join("\n");
}

function splitBlocks(text: string): readonly { readonly label: string; readonly body: string }[] {
  const blocks: { label: string; body: string }[] = [];
  let open: { label: string; body: string } | undefined;
  for (const line of text.split("\n")) {
    const [, boundary, label = ""] = BOUNDARY_REGEXP.exec(line) ?? [];
    if (boundary === "BEGIN") {
      open = { label, body: "" };
    } else if (boundary === "END" && open?.label === label) {
      blocks.push(open);
      open = undefined;
    } else if (open !== undefined) {
      open.body += `${line}\n`;
    }
  }
  return blocks;
}

function decodeBase64(body: string): Bytes {
  const base64 = body.replaceAll(/\s+/g, "");
  if (base64 === "" || !BASE64_REGEXP.test(base64)) {
    throw new KeyError({
      code: "malformed",
      message: "Cannot read key: what stands between BEGIN and END is not base64",
    });
  }
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
