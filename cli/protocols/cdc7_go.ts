/**
 * `coreslot go --protocol cdc7`: the loader starts the application.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { APPLICATION_ADDRESS } from "../../protocols/cdc7/constants.ts";
import { executeOverCdc7 } from "../../protocols/cdc7/host.ts";
import type { Conversation } from "../conversation.ts";
import { formatFacts, type Report } from "../report.ts";
import { UsageError } from "../usage_error.ts";

const OUTCOME = "the loader found a stack pointer and jumped; whether the application runs shows on the device";

/**
 * Starts the application.
 *
 * @param conversation The conversation.
 * @param address Address of its vector table: this loader knows one.
 * @returns The report.
 * @throws {UsageError} When it is another address; nothing was sent.
 */
export async function goTo(conversation: Conversation, address: number): Promise<Report> {
  if (address !== APPLICATION_ADDRESS) {
    throw new UsageError(
      "bad-value",
      `Cannot go to ${formatAddress(address)}: this loader starts what stands at ${
        formatAddress(APPLICATION_ADDRESS)
      } only`,
    );
  }
  conversation.reportStage({
    doing: "starting the application",
    device: "Flash was not changed; the device is in its loader, or in the application",
    next: "Is the device in its loader, and is this its port?",
  });
  await conversation.run((link) => executeOverCdc7(link));
  return {
    data: { address: formatAddress(address), outcome: "started" },
    lines: (style) => formatFacts([["go", formatAddress(address)], ["outcome", OUTCOME]], style),
  };
}
