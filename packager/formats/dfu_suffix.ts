/**
 * The 16 bytes at the end of every file for USB device firmware upgrade. They are for the host: the device never gets
 * them.
 *
 * | offset from the end | size | field |
 * | ---: | ---: | --- |
 * | -16 | 2 | bcdDevice |
 * | -14 | 2 | idProduct |
 * | -12 | 2 | idVendor |
 * | -10 | 2 | bcdDFU: 0x0100 and 0x0110 in plain DFU files, 0x011A in DfuSe files |
 * | -8 | 3 | ucDfuSignature: `UFD` |
 * | -5 | 1 | bLength: 16 |
 * | -4 | 4 | dwCRC: CRC-32 of everything before it, not inverted at the end |
 *
 * Runs in Deno, Node and browsers.
 *
 * @see USB Device Firmware Upgrade Specification Revision 1.1, Appendix B, "DFU File Suffix"
 * @see UM0391, "DfuSe file format specification", for bcdDFU
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { crc32 } from "../../core/crc32.ts";
import { formatAddress } from "../../core/hex.ts";
import { ImageFormatError } from "./error.ts";
import type { ImageFormat } from "./format.ts";

/** Size of the suffix. */
export const DFU_SUFFIX_SIZE_BYTES = 16;
/** `bcdDFU` of a DfuSe file. */
export const DFUSE_VERSION = 0x011a;

const SIGNATURE = "UFD";

/** What the suffix says, apart from what is the same in all of them. */
export interface DfuSuffix {
  /** `idVendor`, 0 to 0xFFFF; 0xFFFF is any. */
  readonly vendorId: number;
  /** `idProduct`, 0 to 0xFFFF; 0xFFFF is any. */
  readonly productId: number;
  /** `bcdDevice`, the release of the device, 0 to 0xFFFF; 0xFFFF is any. */
  readonly deviceVersion: number;
  /** `bcdDFU`: 0x0100, 0x0110 or, for DfuSe, 0x011A. */
  readonly dfuVersion: number;
}

/**
 * Looks for a suffix at the end of a file and checks it.
 *
 * @param bytes The whole file.
 * @param format What the file is before its suffix, for errors.
 * @default format {"bin"}
 * @returns The suffix; `undefined` when the file has none, which the absent signature tells.
 * @throws {ImageFormatError} `bad-length` or `bad-checksum`, when the signature is there and the rest is not right.
 *
 * @example A raw binary has no suffix
 * ```ts
 * import { decodeDfuSuffix } from "@coreslot/coreslot/packager";
 *
 * console.assert(decodeDfuSuffix(new Uint8Array(64)) === undefined);
 * ```
 */
export function decodeDfuSuffix(bytes: Uint8Array, format: ImageFormat = "bin"): DfuSuffix | undefined {
  const suffixOffset = bytes.length - DFU_SUFFIX_SIZE_BYTES;
  if (suffixOffset < 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + suffixOffset, DFU_SUFFIX_SIZE_BYTES);
  if (String.fromCharCode(...bytes.subarray(suffixOffset + 8, suffixOffset + 11)) !== SIGNATURE) return undefined;
  const sizeBytes = view.getUint8(11);
  if (sizeBytes !== DFU_SUFFIX_SIZE_BYTES) {
    throw new ImageFormatError({
      code: "bad-length",
      format,
      message: `Cannot read the DFU suffix: bLength is ${sizeBytes}, not ${DFU_SUFFIX_SIZE_BYTES}`,
      offset: suffixOffset + 11,
      field: "bLength",
      expected: DFU_SUFFIX_SIZE_BYTES,
      got: sizeBytes,
    });
  }
  const expected = suffixCrc(bytes);
  const got = view.getUint32(12, true);
  if (got !== expected) {
    throw new ImageFormatError({
      code: "bad-checksum",
      format,
      message: `Cannot read the DFU suffix: dwCRC is ${formatAddress(got)}, the file has ${formatAddress(expected)}`,
      advice: "The file was changed after it was made: fetch or build it again",
      offset: suffixOffset + 12,
      field: "dwCRC",
      expected,
      got,
    });
  }
  return {
    deviceVersion: view.getUint16(0, true),
    productId: view.getUint16(2, true),
    vendorId: view.getUint16(4, true),
    dfuVersion: view.getUint16(6, true),
  };
}

/**
 * Writes a suffix into the last 16 bytes of a file.
 *
 * @param bytes The whole file, with room for the suffix at its end. Its last 16 bytes are overwritten.
 * @param suffix What to write.
 * @throws {RangeError} When a number does not fit in 16 bits, or there is no room.
 */
export function writeDfuSuffix(bytes: Bytes, suffix: DfuSuffix): void {
  for (const [name, value] of Object.entries(suffix)) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
      throw new RangeError(`Cannot write the DFU suffix: ${name} is ${value}, not 0 to 0xFFFF`);
    }
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - DFU_SUFFIX_SIZE_BYTES);
  view.setUint16(0, suffix.deviceVersion, true);
  view.setUint16(2, suffix.productId, true);
  view.setUint16(4, suffix.vendorId, true);
  view.setUint16(6, suffix.dfuVersion, true);
  for (const [index, letter] of [...SIGNATURE].entries()) view.setUint8(8 + index, letter.charCodeAt(0));
  view.setUint8(11, DFU_SUFFIX_SIZE_BYTES);
  view.setUint32(12, suffixCrc(bytes), true);
}

/** zlib's CRC-32 without its last step, so inverted once more. */
function suffixCrc(bytes: Uint8Array): number {
  return ~crc32(bytes.subarray(0, -4)) >>> 0;
}
