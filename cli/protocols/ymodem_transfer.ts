/**
 * Files over YMODEM, for the commands.
 *
 * @module
 */

import type { FileHeader } from "../../protocols/ymodem/file_header.ts";
import { planYmodem } from "../../protocols/ymodem/plan.ts";
import { BatchCollector, type FileAcceptor, receiveYmodem } from "../../protocols/ymodem/receiver.ts";
import { sendYmodem } from "../../protocols/ymodem/sender.ts";
import type { Talk } from "../conversation.ts";
import { FIRMWARE_SIZE_LIMIT } from "../files.ts";
import type { Inbox } from "../inbox.ts";
import { showBlocks } from "./shown_sink.ts";
import type { FileSender } from "./transfer_send.ts";
import { receivedStage, RECEIVING } from "./transfer_stages.ts";

/** Sends over YMODEM, in blocks of 1 KiB where nobody asks for short ones. */
export const YMODEM_SENDER: FileSender = {
  fileCountMax: Infinity,
  blockSizeOf: ({ hasShortBlocks }) => ({ blockSizeBytes: hasShortBlocks ? 128 : 1024 }),
  *send(link, files, options) {
    const outgoing = files.map(({ bytes, ...header }) => ({ ...header, data: bytes }));
    const report = yield* sendYmodem(link, outgoing, {
      ...options,
      // Loaders erase when they have seen the header.
      headerAnswerWithinMs: options.firstAnswerWithinMs,
      onFile: (_file, index) => options.onFile(index),
    });
    return report.files;
  },
  lrzszOf: () => "sb -k",
  plan: ({ name, bytes }, options) => planYmodem([{ name, sizeBytes: bytes.length }], options),
};

/**
 * Says how to receive a batch.
 *
 * @param inbox Decides about each file before its header is acknowledged, and takes it.
 * @returns The conversation; it gives what to know about the files.
 * @throws {UsageError} When they cannot go to standard output.
 * @throws {FileError} When they cannot go there.
 */
export function prepareReceive(inbox: Inbox): Talk<readonly string[]> {
  inbox.expectFolder();
  return async (conversation) => {
    conversation.reportStage(RECEIVING);
    conversation.progress.say("asking for files until the sender begins");
    inbox.begin();
    const batch = new BatchCollector(FIRMWARE_SIZE_LIMIT);
    const accept: FileAcceptor = (header) => {
      inbox.accept(header.name);
      const sink = batch.accept(header);
      const close = () => {
        inbox.add({ name: header.name, bytes: batch.files.at(-1)!.bytes, modifiedAtS: header.modifiedAtS });
        conversation.reportStage(receivedStage(inbox.paths));
        return undefined;
      };
      return showBlocks(
        { write: (link, data) => sink.write(link, data), close },
        conversation.progress,
        header.sizeBytes,
      );
    };
    const { files, end } = await conversation.run((link) => receiveYmodem(link, accept));
    return [
      ...files.flatMap(({ header, blockCount }) => noteOnSize(header, blockCount)),
      ...end === "announced" ? [] : ["the sender fell silent before it said that there are no more files"],
    ];
  };
}

function noteOnSize({ name, sizeBytes }: FileHeader, blockCount: number): readonly string[] {
  if (sizeBytes !== undefined || blockCount === 0) return [];
  return [`the sender gave no size of ${name}: its last block may be filled up with bytes 1A`];
}
