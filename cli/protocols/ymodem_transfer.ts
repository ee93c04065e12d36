/**
 * Files over YMODEM, for the commands.
 *
 * @module
 */

import { planYmodem } from "../../protocols/ymodem/plan.ts";
import { BatchCollector, receiveYmodem } from "../../protocols/ymodem/receiver.ts";
import { sendYmodem } from "../../protocols/ymodem/sender.ts";
import type { Conversation } from "../conversation.ts";
import { FIRMWARE_SIZE_LIMIT } from "../files.ts";
import type { ReceivedFiles } from "./protocol.ts";
import type { FileSender } from "./transfer_send.ts";
import { RECEIVING } from "./transfer_stages.ts";

/** Sends over YMODEM, in blocks of 1 KiB where nobody asks for short ones. */
export const YMODEM_SENDER: FileSender = {
  fileCountMax: Infinity,
  blockSizeOf: ({ hasShortBlocks }) => ({ blockSizeBytes: hasShortBlocks ? 128 : 1024 }),
  *send(link, files, options) {
    const outgoing = files.map(({ name, bytes }) => ({ name, data: bytes }));
    const report = yield* sendYmodem(link, outgoing, {
      ...options,
      // Loaders erase when they have seen the header.
      headerAnswerWithinMs: options.answerWithinMs,
      onFile: (_file, index) => options.onFile(index),
    });
    return report.files;
  },
  plan: ({ name, bytes }, options) => planYmodem([{ name, sizeBytes: bytes.length }], options),
};

/**
 * Receives a batch.
 *
 * @param conversation The conversation.
 * @returns The files.
 */
export async function receiveBatch(conversation: Conversation): Promise<ReceivedFiles> {
  conversation.reportStage(RECEIVING);
  conversation.progress.say("asking for files until the sender begins");
  const batch = new BatchCollector(FIRMWARE_SIZE_LIMIT);
  const { end } = await conversation.run((link) => receiveYmodem(link, batch.accept));
  const notes = end === "announced" ? [] : ["the sender fell silent before it said that there are no more files"];
  return { files: batch.files.map(({ header, bytes }) => ({ name: header.name, bytes })), notes };
}
