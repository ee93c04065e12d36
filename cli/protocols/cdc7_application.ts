/**
 * The application that a loader with commands of seven bytes takes out of a firmware file.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import { APPLICATION_ADDRESS, APPLICATION_SIZE_BYTES } from "../../protocols/cdc7/constants.ts";
import { applicationOf, preparePackets } from "../../protocols/cdc7/image.ts";
import { inFile } from "../file_content_error.ts";
import { isUpdate } from "../flash_source.ts";
import { UsageError } from "../usage_error.ts";
import type { FlashSource } from "./protocol.ts";

/** All that this loader erases and writes, for people. */
export const APPLICATION_RANGE: string = `${formatAddress(APPLICATION_ADDRESS)} to ${
  formatAddress(APPLICATION_ADDRESS + APPLICATION_SIZE_BYTES)
}`;

/** Firmware for this loader. */
export interface Application {
  /** Its bytes, from 0x08010000 on. */
  readonly payload: Bytes;
  /** What to know about the file. */
  readonly notes: readonly string[];
}

/**
 * Reads a firmware file, and refuses what the loader would erase its flash for.
 *
 * @param source The file; a raw binary goes to 0x08010000.
 * @param command The command, for errors.
 * @returns The application.
 * @throws {UsageError} When it is an update.
 * @throws {FileContentError} When it is damaged, or no application for this loader.
 */
export async function readApplication(source: FlashSource, command: string): Promise<Application> {
  if (isUpdate(source.bytes)) {
    throw new UsageError(
      "bad-value",
      `Cannot run ${command}: ${source.path} is an update, and cdc7 carries firmware only`,
      "This loader compares a checksum and boots whatever it was given: it has no key to verify an update with. " +
        "Updates are for --protocol cdc, ymodem, xmodem or an3155",
    );
  }
  const { image, notes } = await source.readImage(APPLICATION_ADDRESS);
  return await inFile(source.path, () => {
    const payload = applicationOf(image);
    preparePackets(payload);
    return { payload, notes };
  });
}
