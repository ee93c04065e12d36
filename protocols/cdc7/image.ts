/**
 * What can be checked of an application before a target hears of it, for it erases first and looks at its first word only.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, formatAddress, type MemoryImage } from "../../core/mod.ts";
import { APPLICATION_ADDRESS, APPLICATION_SIZE_BYTES, PACKET_BYTES } from "./constants.ts";
import { badStackPointer, Cdc7ImageError } from "./error.ts";
import { type PaddingOptions, padPayload } from "./frames.ts";

/** Where the stack of an F411 may end: `Bootloader_CheckApplicationExist`. */
const RAM_START = 0x2000_0000;
const RAM_SIZE_BYTES = 0x2_0000;

const APPLICATION_END = APPLICATION_ADDRESS + APPLICATION_SIZE_BYTES;

/** Options of {@linkcode preparePackets}. */
export interface PreparePacketsOptions extends PaddingOptions {
  /**
   * Room for the application.
   *
   * @default {458752}
   */
  readonly applicationSizeBytes?: number | undefined;
}

/**
 * Takes the application out of a memory image.
 *
 * @param image The image: all of it from 0x08010000 on, linked for that address.
 * @returns Fresh bytes, the first for 0x08010000; gaps are filled with 0xFF.
 * @throws {Cdc7ImageError} With code `wrong-address` when it is for another place, `empty` when it has no bytes.
 *
 * @example An image that was linked for the start of flash
 * ```ts
 * import assert from "node:assert/strict";
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { applicationOf, Cdc7ImageError } from "@coreslot/coreslot/cdc7";
 *
 * const data = new Uint8Array(Uint32Array.of(0x2002_0000, 0x0800_0189).buffer);
 * assert.throws(() => applicationOf(MemoryImage.fromSegments([{ address: 0x0800_0000, data }])), Cdc7ImageError);
 * assert.throws(() => applicationOf(MemoryImage.fromSegments([{ address: 0x0801_0000, data }])), Cdc7ImageError);
 * ```
 */
export function applicationOf(image: MemoryImage): Bytes {
  const { addressStart, addressEnd, sizeBytes } = image;
  if (sizeBytes === 0) throw new Cdc7ImageError("empty", "it has no bytes");
  if (addressStart !== APPLICATION_ADDRESS || addressEnd > APPLICATION_END) {
    throw wrongAddress(`it is ${formatRange(addressStart, addressEnd)}`);
  }
  const application = image.flatten(addressStart, addressEnd, 0xff);
  if (application.length < 8) throw wrongAddress(`${application.length} bytes are no vector table`);
  const resetVector = new DataView(application.buffer, application.byteOffset).getUint32(4, true);
  // Bit 0 says that it is Thumb code, all that the core runs.
  if (resetVector % 2 === 0) throw wrongAddress(`its reset vector ${formatAddress(resetVector)} is even, and none`);
  if (resetVector >= addressStart && resetVector < addressEnd) return application;
  throw wrongAddress(
    `its reset vector ${formatAddress(resetVector)} is not in ${formatRange(addressStart, addressEnd)}`,
  );
}

/**
 * Fills an application up to whole packets, and checks what the target checks when it has erased the one before.
 *
 * @param payload The application, from 0x08010000 on.
 * @param options Room and padding.
 * @returns Fresh bytes, as they are sent.
 * @throws {Cdc7ImageError} When it cannot be one for this target.
 */
export function preparePackets(payload: Bytes, options: PreparePacketsOptions = {}): Bytes {
  const { applicationSizeBytes: roomBytes = APPLICATION_SIZE_BYTES } = options;
  const padded = padPayload(payload, options);
  if (payload.length === 0) throw new Cdc7ImageError("empty", "it has no bytes");
  if (padded.length > roomBytes) {
    const state = `${padded.length} bytes in packets of ${PACKET_BYTES} do not fit into ${roomBytes}`;
    throw new Cdc7ImageError("too-large", state);
  }
  const stackPointer = new DataView(padded.buffer, padded.byteOffset).getUint32(0, true);
  if (stackPointer < RAM_START || stackPointer - RAM_START > RAM_SIZE_BYTES) throw badStackPointer(stackPointer);
  return padded;
}

function wrongAddress(state: string): Cdc7ImageError {
  const place = formatRange(APPLICATION_ADDRESS, APPLICATION_END);
  return new Cdc7ImageError("wrong-address", state, `Link the application for ${place}: nothing else is written`);
}

function formatRange(addressStart: number, addressEnd: number): string {
  return `${formatAddress(addressStart)} to ${formatAddress(addressEnd)}`;
}
