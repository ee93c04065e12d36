/**
 * The reading end of a port, without garbage: a stream of bytes is read into one buffer again and again, where it lets us.
 *
 * Without that the runtime makes a buffer of 64 KiB for each read, and a protocol that waits for an ACK reads one byte at
 * a time: 8 MiB in blocks of 1 KiB then make 512 MiB of garbage.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";

const BUFFER_SIZE_BYTES = 65_536;

/** Reads chunks off a stream. */
export class ByteSource {
  readonly #reader: ReadableStreamBYOBReader | undefined;
  readonly #plainReader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #buffer: Bytes = new Uint8Array(BUFFER_SIZE_BYTES);

  /**
   * Locks the stream.
   *
   * @param readable The stream.
   * @throws {TypeError} When the stream is locked already.
   */
  constructor(readable: ReadableStream<Uint8Array>) {
    try {
      this.#reader = readable.getReader({ mode: "byob" });
    } catch {
      // Not a stream of bytes, or a browser that knows none.
      this.#plainReader = readable.getReader();
    }
  }

  /**
   * Waits for the next chunk.
   *
   * @returns The bytes, good until the next call; `undefined` at the end of the stream.
   * @throws Whatever the stream fails with.
   */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#reader === undefined) return (await this.#plainReader!.read()).value;
    const { done, value } = await this.#reader.read(this.#buffer);
    if (done) return undefined;
    this.#buffer = new Uint8Array(value.buffer);
    return value;
  }

  /** Tells the stream that nobody reads any more. */
  async cancel(): Promise<void> {
    await (this.#reader ?? this.#plainReader)!.cancel();
  }
}
