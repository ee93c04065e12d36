/**
 * How an update is shown: the facts that its images share, then a table of the images; and the same as JSON.
 *
 * @module
 */

import { formatAddress, formatHex } from "../core/hex.ts";
import type { ImageHeader } from "../packager/header.ts";
import { formatVersion } from "../packager/version.ts";
import { type Fact, formatArea, formatShare, formatSize, formatUuid, groupDigits, KEY_TYPE_NAMES } from "./report.ts";
import type { Style } from "./terminal.ts";
import { alignColumns } from "./wrap.ts";

/** What people call each CRC. */
const CRC_NAMES: Readonly<Record<ImageHeader["crcKind"], string>> = { zlib: "zlib", stm32: "STM32 unit" };

/**
 * Lists what all images of a set say alike.
 *
 * @param headers The headers, at least one.
 * @returns Version, counter, part, product, set, signature and bound metadata.
 */
export function listSharedFacts(headers: readonly ImageHeader[]): Fact[] {
  const header = headers[0]!;
  return [
    ["version", formatVersion(header.version)],
    ["counter", String(header.counter)],
    ["part", `chip id 0x${header.chipId.toString(16).toUpperCase()}`],
    ["product", formatUuid(formatHex(header.productId))],
    ["set", formatHex(header.setId)],
    ["key", `${formatHex(header.keyId)}, ${KEY_TYPE_NAMES[header.signatureKind]}`],
    ["metadata", isZero(header.metadataDigest) ? undefined : `SHA-256 ${formatHex(header.metadataDigest)}`],
  ];
}

/**
 * Sets a table of images, and their digests below it.
 *
 * @param headers The headers.
 * @param style How to mark up captions.
 * @returns The lines.
 */
export function formatImages(headers: readonly ImageHeader[], style: Style): string[] {
  const hasStaging = headers.some(({ runAddress, stagingAddress }) => runAddress !== stagingAddress);
  const crcName = CRC_NAMES[headers[0]!.crcKind];
  const rows = headers.map((header) => [
    header.core,
    formatAddress(header.runAddress),
    ...hasStaging ? [formatAddress(header.stagingAddress)] : [],
    formatArea(header.slotSizeBytes),
    groupDigits(header.payloadSizeBytes),
    formatShare(header.payloadSizeBytes, header.slotSizeBytes),
    header.payloadCrc.toString(16).padStart(8, "0"),
  ]);
  const captions = [
    "core",
    ...hasStaging ? ["slot A", "slot B"] : ["slot"],
    "size",
    "payload",
    "filled",
    `CRC (${crcName})`,
  ];
  const right = captions.flatMap((caption, column) => ["size", "payload", "filled"].includes(caption) ? [column] : []);
  const [head = "", ...lines] = alignColumns([captions, ...rows], { right, lead: "  " });
  return [
    style.faint(head),
    ...lines,
    "",
    ...alignColumns(headers.map(({ core, payloadDigest }) => [core, `SHA-256 ${formatHex(payloadDigest)}`]), {
      lead: "  ",
    }),
  ];
}

/**
 * Gives a header as `--json` prints it: bytes as digits, addresses as layout files write them.
 *
 * @param header The header.
 * @returns A plain object.
 */
export function describeHeader(header: ImageHeader): Record<string, unknown> {
  return {
    core: header.core,
    index: header.index,
    imageCount: header.imageCount,
    runAddress: formatAddress(header.runAddress),
    stagingAddress: formatAddress(header.stagingAddress),
    slotSizeBytes: header.slotSizeBytes,
    payloadSizeBytes: header.payloadSizeBytes,
    payloadCrc: formatAddress(header.payloadCrc),
    crcKind: header.crcKind,
    payloadDigest: formatHex(header.payloadDigest),
    fill: header.fill,
    version: formatVersion(header.version),
    counter: header.counter,
    chipId: `0x${header.chipId.toString(16).toUpperCase()}`,
    productId: formatUuid(formatHex(header.productId)),
    setId: formatHex(header.setId),
    metadataDigest: isZero(header.metadataDigest) ? null : formatHex(header.metadataDigest),
    keyId: formatHex(header.keyId),
    signatureKind: header.signatureKind,
    signature: isZero(header.signature) ? null : formatHex(header.signature),
  };
}

/**
 * Formats the first line of a report about an update.
 *
 * @param path The file.
 * @param update What is said of it, how many images it has, and its size.
 * @param style How to mark up the path.
 * @returns For example `update.cslot: bundle of 2 images, 27,200 bytes`.
 */
export function formatTitle(
  path: string,
  update: { readonly state: string; readonly imageCount: number; readonly sizeBytes: number },
  style: Style,
): string {
  const { state, imageCount, sizeBytes } = update;
  const images = imageCount === 1 ? "one image" : `${imageCount} images`;
  return `${style.strong(path)}: ${state} of ${images}, ${formatSize(sizeBytes)}`;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
