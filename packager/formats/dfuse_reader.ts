/**
 * Reads DfuSe files; `dfuse_layout.ts` has the layout.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { ADDRESS_SPACE_END, type Segment } from "../../core/memory_image.ts";
import { decodeDfuSuffix, DFU_SUFFIX_SIZE_BYTES, DFUSE_VERSION, type DfuSuffix } from "./dfu_suffix.ts";
import {
  type DfuseFile,
  type DfuseTarget,
  ELEMENT_PREFIX_SIZE_BYTES,
  PREFIX_SIGNATURE,
  PREFIX_SIZE_BYTES,
  PREFIX_VERSION,
  TARGET_NAME_SIZE_BYTES,
  TARGET_PREFIX_SIZE_BYTES,
  TARGET_SIGNATURE,
} from "./dfuse_layout.ts";
import { ImageFormatError, type ImageFormatErrorCode, type ImageFormatErrorOptions } from "./error.ts";
import { refuseUtf8Damage } from "./utf8_damage.ts";

/**
 * Decodes a DfuSe file.
 *
 * Sizes and counts must agree to the byte, and the CRC must be right; `dfuse.ts` lists the liberties taken.
 *
 * @param bytes The whole file. Not modified, not kept.
 * @returns Targets and elements, over fresh bytes.
 * @throws {ImageFormatError} When the file is damaged.
 *
 * @example Reading back what was written
 * ```ts
 * import { decodeDfuse, encodeDfuse } from "@coreslot/coreslot/packager";
 *
 * const elements = [{ address: 0x0802_0000, data: Uint8Array.of(1, 2, 3) }];
 * const targets = [{ alternateSetting: 0, name: "application", elements }];
 * const bytes = encodeDfuse({ vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0, targets });
 * console.assert(decodeDfuse(bytes).targets[0]?.name === "application");
 * ```
 */
export function decodeDfuse(bytes: Uint8Array): DfuseFile {
  requireSignature(bytes, 0, PREFIX_SIGNATURE, "szSignature of the prefix");
  const { vendorId, productId, deviceVersion } = decodeSuffix(bytes);
  const body = bytes.subarray(0, bytes.length - DFU_SUFFIX_SIZE_BYTES);
  const targetCount = decodePrefix(body);
  const targets: DfuseTarget[] = [];
  let offset = PREFIX_SIZE_BYTES;
  for (let index = 0; index < targetCount; index++) {
    const { target, end } = decodeTarget(body, offset, index);
    targets.push(target);
    offset = end;
  }
  if (offset !== body.length) {
    throw dfuseError("trailing-data", `${body.length - offset} bytes stand between the last target and the suffix`, {
      offset,
      expected: offset,
      got: body.length,
    });
  }
  return { vendorId, productId, deviceVersion, targets };
}

function decodeSuffix(bytes: Uint8Array): DfuSuffix {
  const suffix = decodeDfuSuffix(bytes, "dfuse");
  const offset = Math.max(0, bytes.length - DFU_SUFFIX_SIZE_BYTES);
  if (suffix === undefined) {
    refuseUtf8Damage(bytes, "dfuse");
    throw dfuseError("truncated", "it does not end with a DFU suffix", {
      offset,
      field: "ucDfuSignature",
      expected: "UFD",
      advice: "The file is cut off or incomplete: fetch or build it again",
    });
  }
  if (suffix.dfuVersion !== DFUSE_VERSION) {
    const state = `bcdDFU is 0x${suffix.dfuVersion.toString(16).padStart(4, "0")}, as in plain DFU files`;
    const got = suffix.dfuVersion;
    throw dfuseError("inconsistent", state, { offset: offset + 6, field: "bcdDFU", expected: DFUSE_VERSION, got });
  }
  return suffix;
}

function decodePrefix(body: Uint8Array): number {
  requireRoom(body, 0, PREFIX_SIZE_BYTES, "the prefix");
  const view = viewOf(body);
  const version = view.getUint8(5);
  if (version !== PREFIX_VERSION) {
    throw dfuseError("unsupported", `bVersion is ${version}, not ${PREFIX_VERSION}`, {
      offset: 5,
      field: "bVersion",
      expected: PREFIX_VERSION,
      got: version,
    });
  }
  const sizeBytes = view.getUint32(6, true);
  if (sizeBytes !== body.length && sizeBytes !== body.length + DFU_SUFFIX_SIZE_BYTES) {
    const state = `DFUImageSize is ${sizeBytes}, the file has ${body.length} bytes before its suffix`;
    throw dfuseError("bad-length", state, { offset: 6, field: "DFUImageSize", expected: body.length, got: sizeBytes });
  }
  const targetCount = view.getUint8(10);
  if (targetCount === 0) throw dfuseError("no-data", "it has no target", { offset: 10, field: "bTargets", got: 0 });
  return targetCount;
}

function decodeTarget(body: Uint8Array, offset: number, index: number): { target: DfuseTarget; end: number } {
  const what = `target ${index}`;
  requireRoom(body, offset, TARGET_PREFIX_SIZE_BYTES, what);
  requireSignature(body, offset, TARGET_SIGNATURE, `szSignature of ${what}`);
  const view = viewOf(body);
  const sizeBytes = view.getUint32(offset + 266, true);
  const dataOffset = offset + TARGET_PREFIX_SIZE_BYTES;
  requireRoom(body, dataOffset, sizeBytes, what);
  const end = dataOffset + sizeBytes;
  const isNamed = view.getUint32(offset + 7, true) !== 0;
  return {
    target: {
      alternateSetting: view.getUint8(offset + 6),
      name: isNamed ? decodeName(body, offset + 11, what) : undefined,
      elements: decodeElements(body.subarray(0, end), offset, index),
    },
    end,
  };
}

function decodeName(body: Uint8Array, offset: number, what: string): string {
  const field = body.subarray(offset, offset + TARGET_NAME_SIZE_BYTES);
  const length = field.indexOf(0);
  if (length < 0) {
    const name = `szTargetName of ${what}`;
    throw dfuseError("bad-field", `${name} does not end within its 255 bytes`, { offset, field: name });
  }
  return String.fromCharCode(...field.subarray(0, length));
}

/** Decodes the elements of the target at `targetOffset`, which ends where `body` ends. */
function decodeElements(body: Uint8Array, targetOffset: number, targetIndex: number): readonly Segment[] {
  const count = viewOf(body).getUint32(targetOffset + 270, true);
  const elements: Segment[] = [];
  let offset = targetOffset + TARGET_PREFIX_SIZE_BYTES;
  // However large the count is, every element takes more than 8 bytes of the file.
  while (elements.length < count) {
    const element = decodeElement(body, offset, `element ${elements.length} of target ${targetIndex}`);
    elements.push(element);
    offset += ELEMENT_PREFIX_SIZE_BYTES + element.data.length;
  }
  if (count === 0 || offset !== body.length) {
    const field = `dwNbElements of target ${targetIndex}`;
    const state = `${field} is ${count}, which leaves ${body.length - offset} bytes of the target over`;
    throw dfuseError("bad-count", state, { offset: targetOffset + 270, field, got: count });
  }
  return elements;
}

function decodeElement(body: Uint8Array, offset: number, what: string): Segment {
  requireRoom(body, offset, ELEMENT_PREFIX_SIZE_BYTES, what);
  const view = viewOf(body);
  const address = view.getUint32(offset, true);
  const sizeBytes = view.getUint32(offset + 4, true);
  const dataOffset = offset + ELEMENT_PREFIX_SIZE_BYTES;
  requireRoom(body, dataOffset, sizeBytes, what);
  if (sizeBytes === 0 || address + sizeBytes > ADDRESS_SPACE_END) {
    const code = sizeBytes === 0 ? "bad-length" : "address-range";
    const state = `${what} has ${sizeBytes} bytes at ${formatAddress(address)}`;
    throw dfuseError(code, state, { offset, field: `dwElementSize of ${what}`, address, got: sizeBytes });
  }
  return { address, data: body.slice(dataOffset, dataOffset + sizeBytes) };
}

function requireRoom(body: Uint8Array, offset: number, sizeBytes: number, what: string): void {
  if (offset + sizeBytes <= body.length) return;
  throw dfuseError("truncated", `${what} needs ${sizeBytes} bytes, there are ${body.length - offset}`, {
    offset,
    field: what,
    expected: sizeBytes,
    got: body.length - offset,
  });
}

function requireSignature(bytes: Uint8Array, offset: number, expected: string, field: string): void {
  const got = String.fromCharCode(...bytes.subarray(offset, offset + expected.length));
  if (got === expected) return;
  throw dfuseError("bad-magic", `${field} is not "${expected}"`, { offset, field, expected, got });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function dfuseError(
  code: ImageFormatErrorCode,
  state: string,
  details: Omit<ImageFormatErrorOptions, "code" | "format" | "message">,
): ImageFormatError {
  return new ImageFormatError({ code, format: "dfuse", message: `Cannot read the DfuSe file: ${state}`, ...details });
}
