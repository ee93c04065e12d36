/**
 * The receiving end of YMODEM and YMODEM-g.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { BlockReader, type Received } from "../xmodem/block_reader.ts";
import { type BlockSink, collectFile, type FileCollector, tooLarge } from "../xmodem/block_sink.ts";
import { cancelOnFailure } from "../xmodem/cancel.ts";
import { ACK } from "../xmodem/constants.ts";
import { TransferError } from "../xmodem/error.ts";
import type { Block } from "../xmodem/frames.ts";
import { receiveFile } from "../xmodem/receive_file.ts";
import { decodeFileHeader, type FileHeader } from "./file_header.ts";

/** More than anybody sends at once, and few enough to remember. */
const FILE_COUNT_MAX = 1000;

/**
 * Decides what becomes of a file of a batch. Throw to refuse it: the transfer is then broken off, which is all that YMODEM
 * can do.
 *
 * @param header What the sender says of the file. The name is a label from outside: never a path.
 * @returns Takes the file's data, cut to its size where the sender gave one.
 */
export type FileAcceptor = (header: FileHeader) => BlockSink;

/** A file that was received. */
export interface ReceivedFile {
  /** What the sender said of it. */
  readonly header: FileHeader;
  /** Number of blocks taken. */
  readonly blockCount: number;
}

/** Options of {@linkcode receiveYmodem}. */
export interface ReceiveYmodemOptions {
  /**
   * What to ask for: blocks that are answered, or a stream (YMODEM-g).
   *
   * @default {"crc"}
   */
  readonly request?: "crc" | "stream" | undefined;
  /**
   * How many requests may go unanswered before the receiver gives up.
   *
   * @default {ATTEMPT_COUNT}
   */
  readonly requestCount?: number | undefined;
  /**
   * How many requests may go unanswered before the sender begins; `Infinity` for a device that waits for one.
   *
   * @default {requestCount}
   */
  readonly firstRequestCount?: number | undefined;
  /**
   * The most files of a batch.
   *
   * @default {1000}
   */
  readonly fileCountMax?: number | undefined;
}

/** What a batch cost to receive. */
export interface ReceiveYmodemReport {
  /** The files, in order. */
  readonly files: readonly ReceivedFile[];
  /**
   * Whether the sender said that there are no more files. Some never do: once a file is there, silence is taken for the
   * end too.
   */
  readonly end: "announced" | "unconfirmed";
  /** How often something had to be asked for again, or came twice. */
  readonly faultCount: number;
}

/**
 * Receives a batch of files over YMODEM.
 *
 * @param link An idle line.
 * @param accept Decides what becomes of each file.
 * @param options Whether to ask for a stream, and how often.
 * @returns The files, in order.
 * @throws {LinkTimeoutError} When the sender falls silent.
 * @throws {UnexpectedBytesError} When blocks stay damaged.
 * @throws {TransferError} When a block is missing for good, a file ends early, or is not taken.
 * @throws {CanceledByPeerError} When the sender breaks off.
 */
export function* receiveYmodem(
  link: ByteLink,
  accept: FileAcceptor,
  options: ReceiveYmodemOptions = {},
): Procedure<ReceiveYmodemReport> {
  return yield* cancelOnFailure(link, new BatchReceiver(link, accept, options).receive());
}

/** Takes files into memory. */
export class BatchCollector {
  readonly #sizeLimitBytes: number;
  readonly #files: { readonly header: FileHeader; readonly collector: FileCollector }[] = [];

  /**
   * Begins with nothing.
   *
   * @param sizeLimitBytes The most bytes to take, all files together.
   */
  constructor(sizeLimitBytes: number) {
    this.#sizeLimitBytes = sizeLimitBytes;
  }

  /** What has come so far. */
  get files(): readonly { readonly header: FileHeader; readonly bytes: Uint8Array<ArrayBuffer> }[] {
    return this.#files.map(({ header, collector }) => ({ header, bytes: collector.bytes }));
  }

  /** The {@linkcode FileAcceptor}. A file whose announced size is too large is refused before its first block. */
  readonly accept: FileAcceptor = (header) => {
    const takenBytes = this.#files.reduce((sum, { collector }) => sum + collector.bytes.length, 0);
    const leftBytes = this.#sizeLimitBytes - takenBytes;
    if ((header.sizeBytes ?? 0) > leftBytes) throw tooLarge(header.sizeBytes!, leftBytes);
    const collector = collectFile(leftBytes);
    this.#files.push({ header, collector });
    return collector;
  };
}

/**
 * Makes an acceptor that keeps files in memory.
 *
 * @param sizeLimitBytes The most bytes to take, all files together.
 * @returns Its `accept` goes to {@linkcode receiveYmodem}; its `files` are what came.
 */
export function collectBatch(sizeLimitBytes: number): BatchCollector {
  return new BatchCollector(sizeLimitBytes);
}

class BatchReceiver {
  readonly #link: ByteLink;
  readonly #accept: FileAcceptor;
  readonly #fileCountMax: number;
  readonly #firstRequestCount: number | undefined;
  readonly #reader: BlockReader;

  constructor(link: ByteLink, accept: FileAcceptor, options: ReceiveYmodemOptions) {
    this.#link = link;
    this.#accept = accept;
    this.#fileCountMax = options.fileCountMax ?? FILE_COUNT_MAX;
    this.#firstRequestCount = options.firstRequestCount;
    this.#reader = new BlockReader(link, { ...options, request: options.request ?? "crc" });
  }

  *receive(): Procedure<ReceiveYmodemReport> {
    const files: ReceivedFile[] = [];
    for (let block = yield* this.#readHeader(files); block !== "silence"; block = yield* this.#readHeader(files)) {
      const header = decodeFileHeader(block.data);
      if (header === undefined) {
        yield* this.#answerEnd();
        return { files, end: "announced", faultCount: this.#reader.faultCount };
      }
      if (files.length >= this.#fileCountMax) {
        throw new TransferError("too-many-files", `Cannot receive the batch: more than ${files.length} files`);
      }
      files.push(yield* this.#receiveFile(header, block.data));
    }
    return { files, end: "unconfirmed", faultCount: this.#reader.faultCount };
  }

  *#receiveFile(header: FileHeader, data: Bytes): Procedure<ReceivedFile> {
    const sink = this.#accept(header);
    const opening = sink.open?.(this.#link);
    if (opening !== undefined) yield* opening;
    yield* this.#reader.dropLeftovers();
    const first = yield* this.#requestData(data);
    const blockCount = yield* receiveFile(this.#link, this.#reader, { first, sink, sizeBytes: header.sizeBytes });
    return { header, blockCount };
  }

  /** In streaming mode nobody waits for this answer: figure 8. */
  *#answerEnd(): Procedure<void> {
    if (this.#reader.isStreaming) return;
    this.#link.send(Uint8Array.of(ACK), "end of batch taken");
    yield* this.#link.flush();
  }

  *#readHeader(files: readonly ReceivedFile[]): Procedure<Block | "silence"> {
    const isOptional = files.length > 0;
    let received = yield* this.#requestHeader(isOptional);
    while (received === "end") {
      if (this.#reader.isStreaming && !isOptional) throw noHeader("the end of a file");
      this.#reader.assertProgress("end of file");
      // Either the ACK of the last file was lost, and the sender waits for another; or it has it, and goes on.
      received = yield* this.#reader.listen();
      if (received !== "silence") continue;
      this.#link.send(Uint8Array.of(ACK), "end of file taken");
      received = yield* this.#requestHeader(isOptional);
    }
    if (received !== "silence" && received.number !== 0) throw noHeader(`block ${received.number}`);
    return received;
  }

  *#requestHeader(isOptional: boolean): Procedure<Received | "silence"> {
    try {
      return yield* this.#reader.request(isOptional ? undefined : this.#firstRequestCount);
    } catch (error) {
      if (isOptional && error instanceof LinkTimeoutError && this.#reader.isSilent) return "silence";
      throw error;
    }
  }

  /** Answers the header and asks for data. The header comes again when its answer was lost; another one is another file. */
  *#requestData(header: Bytes): Procedure<Received> {
    while (true) {
      if (!this.#reader.isStreaming) this.#link.send(Uint8Array.of(ACK), "header taken");
      const first = yield* this.#reader.request();
      if (first === "end" || first.number !== 0) return first;
      if (!equalBytes(first.data, header)) {
        throw new TransferError("restarted", "Cannot go on: the sender began again with another file");
      }
      this.#reader.assertProgress("header");
    }
  }
}

function noHeader(what: string): TransferError {
  const message = `Cannot receive the batch: ${what} came in place of a file's name and size`;
  return new TransferError("no-header", message, "The sender may be using XMODEM: receive with XMODEM then");
}
