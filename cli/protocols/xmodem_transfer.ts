/**
 * Files over XMODEM, for the commands.
 *
 * @module
 */

import { collectFile } from "../../protocols/xmodem/block_sink.ts";
import { planXmodem } from "../../protocols/xmodem/plan.ts";
import { receiveXmodem } from "../../protocols/xmodem/receiver.ts";
import { sendXmodem } from "../../protocols/xmodem/sender.ts";
import type { Conversation } from "../conversation.ts";
import { FIRMWARE_SIZE_LIMIT } from "../files.ts";
import type { ReceivedFiles } from "./protocol.ts";
import type { FileSender } from "./transfer_send.ts";
import { RECEIVING } from "./transfer_stages.ts";

/**
 * Sends over XMODEM.
 *
 * @param blockSizeBytes The size of the blocks.
 * @returns The sender.
 */
export function xmodemSender(blockSizeBytes: 128 | 1024): FileSender {
  return {
    fileCountMax: 1,
    blockSizeOf: () => ({ blockSizeBytes }),
    *send(link, [file], options) {
      options.onFile(0);
      return [yield* sendXmodem(link, file!.bytes, options)];
    },
    plan: ({ bytes }, options) => planXmodem(bytes.length, options),
  };
}

/**
 * Receives one file.
 *
 * @param conversation The conversation.
 * @returns The file, padded as it came.
 */
export async function receiveOne(conversation: Conversation): Promise<ReceivedFiles> {
  conversation.reportStage(RECEIVING);
  conversation.progress.say("asking for files until the sender begins");
  const file = collectFile(FIRMWARE_SIZE_LIMIT);
  const { blockCount } = await conversation.run((link) => receiveXmodem(link, file));
  const notes = blockCount === 0 ? [] : ["XMODEM tells no size: the last block may be filled up with bytes 1A"];
  return { files: [{ name: undefined, bytes: file.bytes }], notes };
}
