/**
 * Takes a bundle from a stream, in one pass forward, with buffers of a fixed size.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../../core/mod.ts";
import { Sha256 } from "../../core/sha256.ts";
import { BUNDLE_HEADER_SIZE_BYTES, headerOffset } from "../../packager/bundle.ts";
import { HEADER_SIZE_BYTES, type ImageHeader } from "../../packager/header.ts";
import { paddedSizeBytes } from "../../packager/payload.ts";
import { badBundle, type BundleFront, checkFrontSizes, FRONT_SIZE_MAX_BYTES, readBundleFront } from "./bundle_front.ts";
import { LoaderError } from "./loader_error.ts";
import type { Stager } from "./stager.ts";
import type { Work } from "./work.ts";

/** How much of a payload is written at once: a multiple of 32. With the front it is all the RAM that a stream needs. */
const BLOCK_SIZE_BYTES = 1024;

/** What XMODEM fills its last block with. */
const XMODEM_PADDING = 0x1a;

/** Options of a {@linkcode BundleReceiver}. */
export interface BundleReceiverOptions {
  /**
   * Size of the stream, when the transport says so: another than the bundle's is refused before anything is erased.
   *
   * @default {undefined}
   */
  readonly announcedBytes?: number | undefined;
  /**
   * Whether bytes 0x1A may follow the bundle, fewer than a block of 1024: XMODEM sends no size.
   *
   * @default {false}
   */
  readonly isPadded?: boolean | undefined;
}

/** One bundle on its way in. */
export class BundleReceiver {
  readonly #stager: Stager;
  readonly #options: BundleReceiverOptions;
  readonly #frontBytes: Bytes = new Uint8Array(FRONT_SIZE_MAX_BYTES);
  readonly #block: Bytes = new Uint8Array(BLOCK_SIZE_BYTES);
  readonly #metadata = new Sha256();
  #front: BundleFront | undefined;
  #headers: readonly ImageHeader[] | undefined;
  #takenBytes = 0;
  #blockBytes = 0;
  #paddingBytes = 0;
  #image = 0;
  #imageBytes = 0;

  /**
   * Waits for the first byte.
   *
   * @param stager Takes the update.
   * @param options What the transport knows.
   */
  constructor(stager: Stager, options: BundleReceiverOptions = {}) {
    this.#stager = stager;
    this.#options = options;
  }

  /** Bytes of the bundle that have come. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Size of the bundle; `undefined` until its header is there. */
  get totalBytes(): number | undefined {
    return this.#front?.totalSizeBytes;
  }

  /**
   * Takes the next bytes, however many.
   *
   * @param bytes The bytes. Not modified, not kept.
   * @throws {LoaderError} When they are refused, or flash is. The update is then over, and what was begun forgotten.
   */
  *take(bytes: Uint8Array): Work<void> {
    try {
      for (let at = 0; at < bytes.length;) at += yield* this.#takeSome(bytes.subarray(at));
    } catch (error) {
      if (error instanceof LoaderError) this.#onFailure();
      throw error;
    }
  }

  /**
   * Ends the stream: verifies and commits.
   *
   * @throws {LoaderError} `bad-bundle` when it is not whole, or what the stager says.
   */
  *end(): Work<void> {
    if (this.#headers === undefined || this.#takenBytes < this.#front!.totalSizeBytes) {
      this.#onFailure();
      throw badBundle(`it ends after ${this.#takenBytes} bytes`);
    }
    yield* this.#stager.finish();
  }

  /** Takes as many bytes as belong together, and says how many. */
  *#takeSome(bytes: Uint8Array): Work<number> {
    if (this.#headers === undefined) return this.#takeFront(bytes);
    const leftBytes = this.#front!.totalSizeBytes - this.#takenBytes;
    if (leftBytes === 0) return this.#takePadding(bytes);
    if (this.#image < this.#headers.length) return yield* this.#takePayload(bytes);
    return this.#takeMetadata(bytes.subarray(0, leftBytes), leftBytes);
  }

  #takeMetadata(metadata: Uint8Array, leftBytes: number): number {
    this.#takenBytes += metadata.length;
    this.#metadata.update(metadata);
    if (metadata.length === leftBytes && !equalBytes(this.#metadata.digest(), this.#headers![0]!.metadataDigest)) {
      throw new LoaderError("verify-failed", "Cannot take the bundle: its metadata has not the digest that is signed");
    }
    return metadata.length;
  }

  #takeFront(bytes: Uint8Array): number {
    const wantedBytes = this.#front === undefined ? BUNDLE_HEADER_SIZE_BYTES : headerOffset(this.#front.imageCount);
    const some = bytes.subarray(0, wantedBytes - this.#takenBytes);
    this.#frontBytes.set(some, this.#takenBytes);
    this.#takenBytes += some.length;
    if (this.#takenBytes === wantedBytes) this.#closeFront();
    return some.length;
  }

  #closeFront(): void {
    if (this.#front === undefined) {
      const front = readBundleFront(this.#frontBytes);
      const { announcedBytes } = this.#options;
      if (announcedBytes !== undefined && announcedBytes !== front.totalSizeBytes) {
        throw badBundle(`${announcedBytes} bytes were announced, and it has ${front.totalSizeBytes}`);
      }
      this.#front = front;
      return;
    }
    const records = Array.from({ length: this.#front.imageCount }, (_, index) => {
      const offset = headerOffset(index);
      return this.#frontBytes.subarray(offset, offset + HEADER_SIZE_BYTES);
    });
    const { headers } = this.#stager.check(records);
    checkFrontSizes(this.#front, headers);
    this.#stager.begin(records);
    // A stream begins at its beginning, whatever was staged before.
    this.#stager.restart();
    this.#headers = headers;
  }

  *#takePayload(bytes: Uint8Array): Work<number> {
    const { payloadSizeBytes, fill } = this.#headers![this.#image]!;
    const paddedBytes = paddedSizeBytes(payloadSizeBytes);
    const roomBytes = Math.min(BLOCK_SIZE_BYTES - this.#blockBytes, paddedBytes - this.#imageBytes - this.#blockBytes);
    const some = bytes.subarray(0, roomBytes);
    this.#block.set(some, this.#blockBytes);
    this.#blockBytes += some.length;
    this.#takenBytes += some.length;
    if (some.length < roomBytes) return some.length;
    const offset = this.#imageBytes;
    const data = this.#block.subarray(0, Math.min(this.#blockBytes, payloadSizeBytes - offset));
    if (this.#block.subarray(data.length, this.#blockBytes).some((byte) => byte !== fill)) {
      throw new LoaderError("verify-failed", "Cannot take the bundle: its padding is not the fill byte", this.#image);
    }
    yield* this.#stager.write(this.#image, offset, data);
    this.#imageBytes += this.#blockBytes;
    this.#blockBytes = 0;
    if (this.#imageBytes === paddedBytes) {
      this.#image++;
      this.#imageBytes = 0;
    }
    return some.length;
  }

  #takePadding(bytes: Uint8Array): number {
    this.#paddingBytes += bytes.length;
    const { isPadded = false } = this.#options;
    if (!isPadded || this.#paddingBytes >= BLOCK_SIZE_BYTES || bytes.some((byte) => byte !== XMODEM_PADDING)) {
      throw badBundle("something follows it");
    }
    return bytes.length;
  }

  /** Until its headers were taken, what another has begun is none of its business. */
  #onFailure(): void {
    if (this.#headers !== undefined) this.#stager.abort();
  }
}
