/**
 * Writes DfuSe files; `dfuse_layout.ts` has the layout.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/bytes.ts";
import { ADDRESS_SPACE_END, type Segment } from "../../core/memory_image.ts";
import { DFU_SUFFIX_SIZE_BYTES, DFUSE_VERSION, writeDfuSuffix } from "./dfu_suffix.ts";
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

const UINT32_MAX = 2 ** 32 - 1;

/**
 * Encodes a DfuSe file.
 *
 * `DFUImageSize` leaves the suffix out, as in every file of ST's own that was looked at; dfu-util ignores the field.
 *
 * @param file What to write.
 * @returns Fresh bytes; the same for the same file.
 * @throws {RangeError} When a number, a name or a count does not fit its field.
 *
 * @example One target
 * ```ts
 * import { encodeDfuse } from "@coreslot/coreslot/packager";
 *
 * const elements = [{ address: 0x0802_0000, data: Uint8Array.of(1, 2, 3) }];
 * const targets = [{ alternateSetting: 0, name: "ST...", elements }];
 * const bytes = encodeDfuse({ vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0, targets });
 * console.assert(bytes.length === 11 + 274 + 8 + 3 + 16);
 * ```
 */
export function encodeDfuse({ vendorId, productId, deviceVersion, targets }: DfuseFile): Bytes {
  requireRange("number of targets", targets.length, 1, 255);
  const prefix = new Uint8Array(PREFIX_SIZE_BYTES);
  const suffix = new Uint8Array(DFU_SUFFIX_SIZE_BYTES);
  const bytes = concatBytes([prefix, ...targets.flatMap(encodeTarget), suffix]);
  const sizeBytes = bytes.length - DFU_SUFFIX_SIZE_BYTES;
  requireRange("size of the file", sizeBytes, 0, UINT32_MAX);
  const view = new DataView(bytes.buffer);
  writeText(view, 0, PREFIX_SIGNATURE);
  view.setUint8(5, PREFIX_VERSION);
  view.setUint32(6, sizeBytes, true);
  view.setUint8(10, targets.length);
  writeDfuSuffix(bytes, { vendorId, productId, deviceVersion, dfuVersion: DFUSE_VERSION });
  return bytes;
}

function encodeTarget({ alternateSetting, name, elements }: DfuseTarget): readonly Bytes[] {
  requireRange("alternate setting", alternateSetting, 0, 255);
  requireRange("number of elements", elements.length, 1, UINT32_MAX);
  const encoded = elements.flatMap(encodeElement);
  const prefix = new Uint8Array(TARGET_PREFIX_SIZE_BYTES);
  const view = new DataView(prefix.buffer);
  writeText(view, 0, TARGET_SIGNATURE);
  view.setUint8(6, alternateSetting);
  view.setUint32(7, name === undefined ? 0 : 1, true);
  writeText(view, 11, checkName(name ?? ""));
  view.setUint32(266, encoded.reduce((sum, part) => sum + part.length, 0), true);
  view.setUint32(270, elements.length, true);
  return [prefix, ...encoded];
}

function encodeElement({ address, data }: Segment): readonly Bytes[] {
  requireRange("size of an element", data.length, 1, UINT32_MAX);
  requireRange("address of an element", address, 0, ADDRESS_SPACE_END - data.length);
  const prefix = new Uint8Array(ELEMENT_PREFIX_SIZE_BYTES);
  const view = new DataView(prefix.buffer);
  view.setUint32(0, address, true);
  view.setUint32(4, data.length, true);
  return [prefix, data];
}

function checkName(name: string): string {
  requireRange("length of a target's name", name.length, 0, TARGET_NAME_SIZE_BYTES - 1);
  for (const character of name) requireRange("character code in a target's name", character.codePointAt(0)!, 1, 255);
  return name;
}

function writeText(view: DataView, offset: number, text: string): void {
  for (let index = 0; index < text.length; index++) view.setUint8(offset + index, text.charCodeAt(index));
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`Cannot write the DfuSe file: the ${name} is ${value}, not ${min} to ${max}`);
}
