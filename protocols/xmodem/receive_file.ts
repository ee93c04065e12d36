/**
 * Receives the blocks of one file, from the first to the answer to EOT.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import type { BlockReader, Received } from "./block_reader.ts";
import type { BlockSink } from "./block_sink.ts";
import { ACK, ATTEMPT_COUNT, LONG_BLOCK_SIZE_BYTES, NAK } from "./constants.ts";
import { TransferError } from "./error.ts";

/** A file on its way in. */
export interface IncomingFile {
  /** What the sender sent first. */
  readonly first: Received;
  /** Takes the data. */
  readonly sink: BlockSink;
  /** Its size, when the sender has announced one. */
  readonly sizeBytes?: number | undefined;
}

/**
 * Receives the blocks of one file.
 *
 * @param link The line.
 * @param reader Has read the first block, and reads the others.
 * @param file The first block, and where it goes.
 * @returns Number of blocks. The end has been acknowledged.
 */
export function* receiveFile(link: ByteLink, reader: BlockReader, file: IncomingFile): Procedure<number> {
  const cutter = new Cutter(file.sink, file.sizeBytes);
  let next = file.first;
  let blockCount = 0;
  while (true) {
    if (next === "end") {
      next = yield* confirmEnd(reader, { leftBytes: cutter.leftBytes, isFirst: blockCount === 0 });
      if (next === "end") break;
    }
    if (reader.isExpected(next, blockCount + 1)) {
      const sinceMs = link.nowMs;
      yield* cutter.write(link, next.data);
      yield* reader.dropRepeats(sinceMs);
      blockCount++;
    }
    next = yield* reader.answer(ACK);
  }
  const closing = file.sink.close?.(link);
  if (closing !== undefined) yield* closing;
  yield* reader.dropLeftovers();
  link.send(Uint8Array.of(ACK), "end of file taken");
  yield* link.flush();
  return blockCount;
}

/**
 * Makes sure of an EOT: it has no check, so noise can be one. Where the size is known, it tells. Where it is not, silence
 * behind it does, as with lrzsz; that takes a second and no byte more, where a NAK would take two.
 *
 * @returns `end`, or the block that came when the EOT was refused.
 */
function* confirmEnd(
  reader: BlockReader,
  { leftBytes, isFirst }: { readonly leftBytes: number | undefined; readonly isFirst: boolean },
): Procedure<Received> {
  if (leftBytes === 0) return "end";
  let isRefused = reader.isStreaming;
  for (let attempt = 0; attempt < ATTEMPT_COUNT; attempt++) {
    if (leftBytes === undefined && (yield* reader.isFollowedBySilence())) {
      if (!reader.isBlockMissing) return "end";
      throw new TransferError("early-end", "Cannot receive the file: it ended where a damaged block was to come again");
    }
    if (leftBytes !== undefined && isRefused) {
      throw new TransferError("early-end", `Cannot receive the file: it ended ${leftBytes} bytes before its end`);
    }
    // Before the first block a NAK would ask for checksums.
    const next = yield* isFirst ? reader.request() : reader.answer(NAK);
    if (next !== "end") return next;
    isRefused = true;
  }
  throw new TransferError(
    "repeated-block",
    `Cannot receive the file: end of file came ${ATTEMPT_COUNT} times in a row`,
  );
}

/** Cuts a file to its size: what comes behind is padding. */
class Cutter {
  readonly #sink: BlockSink;
  #leftBytes: number | undefined;
  #paddingBytes = 0;

  constructor(sink: BlockSink, sizeBytes: number | undefined) {
    this.#sink = sink;
    this.#leftBytes = sizeBytes;
  }

  /** How many bytes are missing; `undefined` when nobody knows. */
  get leftBytes(): number | undefined {
    return this.#leftBytes;
  }

  *write(link: ByteLink, data: Bytes): Procedure<void> {
    const { length } = data;
    const wantedCount = Math.min(length, this.#leftBytes ?? length);
    if (wantedCount === 0) this.#assertLittlePadding(length);
    if (this.#leftBytes !== undefined) this.#leftBytes -= wantedCount;
    const writing = wantedCount === 0 ? undefined : this.#sink.write(link, data.subarray(0, wantedCount));
    if (writing !== undefined) yield* writing;
  }

  /** A block of nothing but padding is allowed, and senders that fill 1024 bytes up with short blocks send seven. */
  #assertLittlePadding(sizeBytes: number): void {
    this.#paddingBytes += sizeBytes;
    if (this.#paddingBytes <= LONG_BLOCK_SIZE_BYTES) return;
    throw new TransferError(
      "late-end",
      "Cannot receive the file: the sender goes on behind the size that it announced",
    );
  }
}
