/**
 * `coreslot erase --protocol cdc7`: the whole application, for this loader erases nothing else and nothing less.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { APPLICATION_ADDRESS, APPLICATION_SIZE_BYTES } from "../../protocols/cdc7/constants.ts";
import { eraseOverCdc7 } from "../../protocols/cdc7/host.ts";
import type { Conversation } from "../conversation.ts";
import { formatFacts, formatSize, type Report } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import { APPLICATION_RANGE } from "./cdc7_application.ts";
import type { EraseOptions } from "./protocol.ts";

/**
 * Erases the application.
 *
 * @param conversation The conversation.
 * @param options Everything, or exactly the application's range.
 * @returns The report.
 * @throws {UsageError} When another range is asked for; nothing was sent.
 */
export async function eraseApplication(conversation: Conversation, { range }: EraseOptions): Promise<Report> {
  if (range !== "all" && (range.addressStart !== APPLICATION_ADDRESS || range.sizeBytes !== APPLICATION_SIZE_BYTES)) {
    const { addressStart, sizeBytes } = range;
    throw new UsageError(
      "bad-value",
      `Cannot erase ${formatAddress(addressStart)} to ${formatAddress(addressStart + sizeBytes)}: this loader erases ` +
        `${APPLICATION_RANGE} at once`,
      "To erase all of that: --all",
    );
  }
  conversation.reportStage({
    doing: "erasing",
    device: "The device stays in its loader; if it heard the command, its application is erased or half erased",
    next: "Bring the device into its loader, and run the same command again",
  });
  conversation.progress.reportStart("erase");
  await conversation.run((link) => eraseOverCdc7(link));
  return {
    data: { addressStart: formatAddress(APPLICATION_ADDRESS), sizeBytes: APPLICATION_SIZE_BYTES },
    lines: (style) =>
      formatFacts([
        ["erased", `${APPLICATION_RANGE}, ${formatSize(APPLICATION_SIZE_BYTES)}`],
        ["note", "the device says so; this protocol cannot read it back"],
      ], style),
  };
}
