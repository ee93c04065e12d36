/**
 * An annotated hex dump: every byte of a file beside the field it belongs to.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { formatHex } from "../core/hex.ts";
import { headerOffset } from "./bundle.ts";
import { HEADER_SIZE_BYTES } from "./header.ts";
import { type Inspection, inspectUpdate } from "./inspect.ts";
import { paddedSizeBytes } from "./payload.ts";

const BYTES_A_LINE = 16;

/** A run of bytes and what it is. */
export interface DumpedRun {
  /** Offset in the file, in bytes. */
  readonly offset: number;
  /** Size in bytes, 0 or more. */
  readonly sizeBytes: number;
  /** What stands beside its first line. */
  readonly label: string;
}

/**
 * Formats a bundle or a container as an annotated hex dump, of about five characters a byte.
 *
 * @param update The whole file.
 * @returns Lines ending in LF: offset, up to 16 bytes, and beside the first byte of a field its name and value.
 * @throws {ContainerFormatError} When the file is damaged or not well formed.
 */
export function formatHexDump(update: Bytes): string {
  const inspection = inspectUpdate(update);
  const fields = inspection.records.flatMap(({ path, fields }) =>
    fields.map(({ name, offset, sizeBytes, type, text }) => ({
      offset,
      sizeBytes,
      label: `${path}.${name}${type === "bytes" ? "" : ` = ${text}`}`,
    }))
  );
  return formatRuns(update, [...fields, ...listContents(inspection, update.length)]);
}

/**
 * Formats runs of bytes, each on lines of its own.
 *
 * @param bytes The file.
 * @param runs What to show, in order.
 * @returns Lines ending in LF.
 */
export function formatRuns(bytes: Uint8Array, runs: readonly DumpedRun[]): string {
  const lines: string[] = [];
  for (const { offset, sizeBytes, label } of runs) {
    for (let start = offset; start < offset + sizeBytes; start += BYTES_A_LINE) {
      const end = Math.min(start + BYTES_A_LINE, offset + sizeBytes);
      const hex = formatHex(bytes.subarray(start, end), " ").padEnd(BYTES_A_LINE * 3 - 1);
      const line = `${start.toString(16).padStart(6, "0")}  ${hex}  ${start === offset ? label : ""}`;
      lines.push(`${line.trimEnd()}\n`);
    }
  }
  return lines.join("");
}

/** Payloads, their padding and the metadata stand behind the records, in this order. */
function listContents({ kind, images, metadata }: Inspection, fileSizeBytes: number): readonly DumpedRun[] {
  const runs: DumpedRun[] = [];
  let offset = kind === "bundle" ? headerOffset(images.length) : HEADER_SIZE_BYTES;
  for (const [index, { header: { payloadSizeBytes } }] of images.entries()) {
    const path = kind === "bundle" ? `images[${index}].payload` : "payload";
    runs.push({ offset, sizeBytes: payloadSizeBytes, label: path });
    const paddingSizeBytes = paddedSizeBytes(payloadSizeBytes) - payloadSizeBytes;
    runs.push({ offset: offset + payloadSizeBytes, sizeBytes: paddingSizeBytes, label: `${path}.padding` });
    offset += payloadSizeBytes + paddingSizeBytes;
  }
  return [...runs, { offset: fileSizeBytes - metadata.length, sizeBytes: metadata.length, label: "metadata" }];
}
