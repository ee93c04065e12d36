/**
 * How far a file is that comes over XMODEM or YMODEM.
 *
 * @module
 */

import type { BlockSink } from "../../protocols/xmodem/block_sink.ts";
import type { Progress } from "../progress.ts";

/**
 * Tells of each block that comes, and hands it on.
 *
 * @param sink Who takes the blocks.
 * @param progress Where to tell.
 * @param totalBytes The size, where the sender has told it.
 * @returns A sink that does both.
 */
export function showBlocks(sink: BlockSink, progress: Progress, totalBytes?: number): BlockSink {
  let doneBytes = 0;
  progress.reportStart("receive");
  return {
    write(link, data) {
      doneBytes += data.length;
      progress.update("receive", { doneBytes, totalBytes });
      return sink.write(link, data);
    },
    close(link) {
      if (totalBytes === undefined) progress.update("receive", { doneBytes, totalBytes: doneBytes });
      return sink.close?.(link);
    },
  };
}
