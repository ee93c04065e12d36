/**
 * Where a received file goes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { LONG_BLOCK_SIZE_BYTES } from "./constants.ts";
import { TransferError } from "./error.ts";

/**
 * Takes a file. Each step is answered only when it is done, so it may take its time and `yield* link.sleep(...)`
 * meanwhile; a step that takes none gives `undefined`. Throwing breaks the transfer off.
 */
export interface BlockSink {
  /**
   * Gets ready, before the first block is asked for: erases flash, say.
   *
   * @param link The line; only `sleep` is to be used.
   */
  open?(link: ByteLink): Procedure<void> | undefined;
  /**
   * Takes the next block.
   *
   * @param link The line; only `sleep` is to be used.
   * @param data The block's data. The last one is padded, unless the protocol says where the file ends.
   */
  write(link: ByteLink, data: Bytes): Procedure<void> | undefined;
  /**
   * Completes the file, before its end is acknowledged: verifies and commits, say.
   *
   * @param link The line; only `sleep` is to be used.
   */
  close?(link: ByteLink): Procedure<void> | undefined;
}

/** A file in memory, as far as it has come. */
export class FileCollector implements BlockSink {
  readonly #sizeLimitBytes: number;
  #buffer: Bytes = new Uint8Array(LONG_BLOCK_SIZE_BYTES);
  #sizeBytes = 0;

  /**
   * Begins with nothing.
   *
   * @param sizeLimitBytes The most bytes to take.
   */
  constructor(sizeLimitBytes: number) {
    this.#sizeLimitBytes = sizeLimitBytes;
  }

  /** What has come so far; a view that the next block may leave behind. */
  get bytes(): Bytes {
    return this.#buffer.subarray(0, this.#sizeBytes);
  }

  /**
   * Appends a block.
   *
   * @param _link Not used.
   * @param data The data; copied.
   * @throws {TransferError} With code `too-large`.
   */
  write(_link: ByteLink, data: Bytes): undefined {
    const sizeBytes = this.#sizeBytes + data.length;
    if (sizeBytes > this.#sizeLimitBytes) throw tooLarge(sizeBytes, this.#sizeLimitBytes);
    if (sizeBytes > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, 2 * this.#buffer.length));
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(data, this.#sizeBytes);
    this.#sizeBytes = sizeBytes;
  }
}

/**
 * Makes a sink that keeps a file in memory.
 *
 * @param sizeLimitBytes The most bytes to take: a sender that never ends is refused there.
 * @returns The sink; its `bytes` are the file.
 *
 * @example A sink of its own, that only counts
 * ```ts
 * import { type BlockSink, collectFile } from "@coreslot/coreslot/xmodem";
 *
 * let sizeBytes = 0;
 * const counter: BlockSink = {
 *   write(_link, data) {
 *     sizeBytes += data.length;
 *     return undefined;
 *   },
 * };
 * console.assert(collectFile(100).bytes.length === 0 && counter.close === undefined && sizeBytes === 0);
 * ```
 */
export function collectFile(sizeLimitBytes: number): FileCollector {
  return new FileCollector(sizeLimitBytes);
}

/**
 * Makes the error of a file that is too large.
 *
 * @param sizeBytes How large it is, as far as is known.
 * @param sizeLimitBytes How large it may be.
 * @returns The error.
 */
export function tooLarge(sizeBytes: number, sizeLimitBytes: number): TransferError {
  return new TransferError(
    "too-large",
    `Cannot receive the file: ${sizeBytes} bytes are more than the ${sizeLimitBytes} that are allowed`,
  );
}
