/**
 * Fields of fixed size, one after another, little endian.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { viewOf } from "./frames.ts";

/** Writes fields into a record of a known size. */
export class RecordWriter {
  /** The record; zero where nothing was written. */
  readonly bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  /**
   * Begins at the first byte.
   *
   * @param sizeBytes Size of the record.
   */
  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Writes a byte. */
  u8(value: number): this {
    this.#view.setUint8(this.#advance(1), value);
    return this;
  }

  /** Writes 16 bits. */
  u16(value: number): this {
    this.#view.setUint16(this.#advance(2), value, true);
    return this;
  }

  /** Writes 32 bits. */
  u32(value: number): this {
    this.#view.setUint32(this.#advance(4), value, true);
    return this;
  }

  /** Writes ASCII, padded with NUL. */
  text(text: string, sizeBytes: number): this {
    const at = this.#advance(sizeBytes);
    for (let index = 0; index < Math.min(text.length, sizeBytes); index++) {
      this.bytes[at + index] = text.charCodeAt(index) & 0x7f;
    }
    return this;
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#advance(bytes.length));
    return this;
  }

  #advance(sizeBytes: number): number {
    const at = this.#at;
    this.#at += sizeBytes;
    return at;
  }
}

/** Reads fields of a record that is known to be long enough. */
export class RecordReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  /**
   * Begins at the first byte.
   *
   * @param bytes The record.
   */
  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** Bytes that were not read. */
  get leftCount(): number {
    return this.#bytes.length - this.#at;
  }

  /** Reads a byte. */
  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  /** Reads 16 bits. */
  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  /** Reads 32 bits. */
  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Reads ASCII up to the first NUL; what is no printable character becomes a question mark. */
  text(sizeBytes: number): string {
    const [text = ""] = String.fromCharCode(...this.raw(sizeBytes)).split("\0");
    return text.replaceAll(/[^ -~]/g, "?");
  }

  /** Reads bytes as they are; fresh ones. */
  raw(sizeBytes: number): Bytes {
    const at = this.#advance(sizeBytes);
    return this.#bytes.slice(at, at + sizeBytes);
  }

  #advance(sizeBytes: number): number {
    const at = this.#at;
    this.#at += sizeBytes;
    return at;
  }
}
