/**
 * The payload of an image: padded in the file and in flash, checked by a CRC before anything costly.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, roundUp } from "../core/bytes.ts";
import { crc32, crc32Stm32 } from "../core/crc32.ts";
import { formatHex } from "../core/hex.ts";
import { ContainerFormatError } from "./container_error.ts";
import { formatField, type Place } from "./field_table.ts";
import { type CrcKind, HEADER_FIELDS, type ImageHeader } from "./header.ts";
import { ALIGNMENT_BYTES } from "./header_rules.ts";

/** How the CRC of a payload is computed. */
export interface PayloadCrcOptions {
  /** As zlib does, or as the CRC unit does over the words in flash. */
  readonly crcKind: CrcKind;
  /** Byte that completes the last word for the CRC unit. */
  readonly fill: number;
}

/**
 * Computes the CRC of a payload.
 *
 * @param payload The payload, not padded.
 * @param options Kind of the CRC, and the fill byte.
 * @returns 0 to 0xFFFFFFFF.
 */
export function computePayloadCrc(payload: Uint8Array, options: PayloadCrcOptions): number {
  return options.crcKind === "zlib" ? crc32(payload) : crc32Stm32(payload, options.fill);
}

/**
 * Gives the size that a payload takes in a file and in flash.
 *
 * @param payloadSizeBytes Its exact size.
 * @returns The next multiple of 32.
 */
export function paddedSizeBytes(payloadSizeBytes: number): number {
  return roundUp(payloadSizeBytes, ALIGNMENT_BYTES);
}

/**
 * Takes a payload out of the padded bytes of a file, and checks its CRC and its padding.
 *
 * @param padded The bytes that follow the header, exactly as many as the padded payload has.
 * @param header The payload's header.
 * @param place What to call the payload in errors, and its offset.
 * @returns The payload, a view into `padded`.
 * @throws {ContainerFormatError} `bad-crc` or `bad-padding`.
 */
export function takePayload(padded: Bytes, header: ImageHeader, place: Place): Bytes {
  const payload = padded.subarray(0, header.payloadSizeBytes);
  const crc = computePayloadCrc(payload, header);
  if (crc !== header.payloadCrc) {
    throw new ContainerFormatError({
      code: "bad-crc",
      field: place.path,
      offset: place.offset,
      expected: `a CRC of ${formatField(HEADER_FIELDS.payloadCrc, header.payloadCrc)}`,
      got: formatField(HEADER_FIELDS.payloadCrc, crc),
      advice: "The file is damaged: fetch it again",
    });
  }
  checkFilled(padded.subarray(payload.length), header.fill, {
    path: `${place.path}.padding`,
    offset: place.offset + payload.length,
  });
  return payload;
}

/**
 * Checks that bytes hold nothing but the fill byte.
 *
 * @param bytes The bytes.
 * @param fill The fill byte.
 * @param place What to call them in errors, and their offset.
 * @throws {ContainerFormatError} `bad-padding`, at the first byte that differs.
 */
export function checkFilled(bytes: Uint8Array, fill: number, place: Place): void {
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] !== fill) {
      throw new ContainerFormatError({
        code: "bad-padding",
        field: place.path,
        offset: place.offset + index,
        expected: formatHex(Uint8Array.of(fill)),
        got: formatHex(bytes.subarray(index, index + 1)),
      });
    }
  }
}

/**
 * Gives what stands behind a payload in a file and in flash.
 *
 * @param image Header and payload.
 * @returns 0 to 31 of the header's fill byte, up to a multiple of 32.
 * @throws {RangeError} When the payload is not as long as the header says.
 */
export function paddingOf(image: { readonly header: ImageHeader; readonly payload: Uint8Array }): Bytes {
  const { header, payload } = image;
  if (payload.length !== header.payloadSizeBytes) {
    throw new RangeError(
      `Cannot encode the ${header.core} image: its header says ${header.payloadSizeBytes} bytes, its payload has ${payload.length}`,
    );
  }
  return new Uint8Array(paddedSizeBytes(payload.length) - payload.length).fill(header.fill);
}
