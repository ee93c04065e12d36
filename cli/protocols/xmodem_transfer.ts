/**
 * Files over XMODEM, for the commands.
 *
 * @module
 */

import { collectFile } from "../../protocols/xmodem/block_sink.ts";
import { planXmodem } from "../../protocols/xmodem/plan.ts";
import { receiveXmodem } from "../../protocols/xmodem/receiver.ts";
import { sendXmodem } from "../../protocols/xmodem/sender.ts";
import type { Talk } from "../conversation.ts";
import { FIRMWARE_SIZE_LIMIT } from "../files.ts";
import type { Inbox } from "../inbox.ts";
import { showBlocks } from "./shown_sink.ts";
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
    lrzszOf: () => blockSizeBytes === 128 ? "sx" : "sx -k",
    plan: ({ bytes }, options) => planXmodem(bytes.length, options),
  };
}

/**
 * Says how to receive one file.
 *
 * @param inbox Takes it, padded as it came.
 * @returns The conversation; it gives what to know about the file.
 * @throws {FileError} When the file cannot go there.
 */
export function prepareReceive(inbox: Inbox): Talk<readonly string[]> {
  inbox.expectFile();
  return async (conversation) => {
    conversation.reportStage(RECEIVING);
    conversation.progress.say("asking for files until the sender begins");
    const file = collectFile(FIRMWARE_SIZE_LIMIT);
    const { blockCount } = await conversation.run((link) =>
      receiveXmodem(link, showBlocks(file, conversation.progress))
    );
    inbox.add({ name: undefined, bytes: file.bytes });
    return blockCount === 0 ? [] : ["XMODEM tells no size: the last block may be filled up with bytes 1A"];
  };
}
