/**
 * Flash under a loader, in an array: erased to FF, written once, and busy for a while each time.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../core/mod.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import type { StIapDevice } from "../protocols/ymodem/mod.ts";

/** How long an erase of all of it takes, and a write. */
const ERASE_MS = 300;
const WRITE_MS = 5;

/** The flash. Before the first erase it holds an application. */
export class IapFlash implements StIapDevice {
  readonly addressStart = 0x0801_0000;
  readonly sizeBytes: number;
  /** Bytes that do not take what is written to them. */
  readonly brokenOffsets = new Set<number>();
  readonly #bytes: Bytes;

  /**
   * Makes flash with an application in it.
   *
   * @param sizeBytes Its size.
   */
  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#bytes = new Uint8Array(sizeBytes).fill(0x55);
  }

  /** Whether the application is still there. */
  get isUntouched(): boolean {
    return this.#bytes.every((byte) => byte === 0x55);
  }

  *erase(link: ByteLink): Procedure<void> {
    yield* link.sleep(ERASE_MS);
    this.#bytes.fill(0xff);
  }

  *write(link: ByteLink, address: number, data: Bytes): Procedure<boolean> {
    yield* link.sleep(WRITE_MS);
    const offset = address - this.addressStart;
    if (!this.#bytes.subarray(offset, offset + data.length).every((byte) => byte === 0xff)) return false;
    this.#bytes.set(data, offset);
    for (const broken of this.brokenOffsets) this.#bytes[broken] = 0xff;
    return true;
  }

  read(address: number, sizeBytes: number): Bytes {
    const offset = address - this.addressStart;
    return this.#bytes.slice(offset, offset + sizeBytes);
  }

  /**
   * Tells whether it holds a file.
   *
   * @param data The file.
   * @param offset Where.
   * @returns Whether every byte is there.
   */
  holds(data: Uint8Array, offset = 0): boolean {
    return equalBytes(this.read(this.addressStart + offset, data.length), data);
  }
}
