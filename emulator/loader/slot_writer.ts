/**
 * Writes a set into the slots A, or into the slots B, so that a cut at any point leaves nothing that looks finished and is
 * not: commit words' sectors are erased first, then payloads come, then headers, then commit words.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, crc32, equalBytes, roundUp } from "../../core/mod.ts";
import { COMMIT_WORD_SIZE_BYTES, encodeCommitWord } from "../../packager/commit_word.ts";
import { HEADER_SIZE_BYTES, type ImageHeader } from "../../packager/header.ts";
import { ALIGNMENT_BYTES } from "../../packager/header_rules.ts";
import type { Layout } from "../../packager/layouts/layout.ts";
import { slotAddressOf, slotEndAddressOf, type SlotName } from "../../packager/slots/mod.ts";
import type { WorkProgress } from "../../protocols/cdc/device.ts";
import type { Flash } from "../flash.ts";
import { eraseSector, programFlash, readFlash } from "./flash_access.ts";
import { LoaderError } from "./loader_error.ts";
import { verifyPayload } from "./verify_slots.ts";
import type { Work } from "./work.ts";

/** How much is read at once to see whether it is erased. */
const BLANK_CHECK_BYTES = 4096;

/** A set on its way into slots. */
export interface WrittenSet {
  /** Its headers, 256 bytes each, in index order. */
  readonly records: readonly Bytes[];
  /** What they say. */
  readonly headers: readonly ImageHeader[];
}

/** Where a set goes. */
export interface SlotWriterOptions {
  /** The layout. */
  readonly layout: Layout;
  /** Which slots. */
  readonly name: SlotName;
  /**
   * Whether zeros are written over the commit words before anything is erased: else an erase that has hardly begun would
   * leave a set that starts, and fades while it runs.
   *
   * @default {false}
   */
  readonly voidsFirst?: boolean | undefined;
  /**
   * Whether each sector is erased when it is its turn to be written: for controls only.
   *
   * @default {false}
   */
  readonly erasesInTurn?: boolean | undefined;
}

/** One pass of writing. What it has erased it knows from this session only: flash that reads erased may not be. */
export class SlotWriter {
  /** The set. */
  readonly set: WrittenSet;
  readonly #flash: Flash;
  readonly #options: SlotWriterOptions;
  readonly #erased = new Set<number>();
  readonly #writtenBytes: number[];
  #isOpen = false;
  #isSealing = false;

  /**
   * Prepares; changes nothing in flash.
   *
   * @param flash The flash.
   * @param set The set.
   * @param options Where it goes.
   */
  constructor(flash: Flash, set: WrittenSet, options: SlotWriterOptions) {
    this.#flash = flash;
    this.set = set;
    this.#options = options;
    this.#writtenBytes = set.headers.map(() => 0);
  }

  /** Bytes of each payload that are in flash and were read back, in index order. */
  get writtenBytes(): readonly number[] {
    return this.#writtenBytes;
  }

  /** Whether headers or commit words are being written, or are: they cannot be written a second time. */
  get isSealing(): boolean {
    return this.#isSealing;
  }

  /**
   * Takes the beginning of a payload for written: it is in flash from before.
   *
   * @param image Index of the image.
   * @param sizeBytes How much of it: whole sectors.
   * @returns The same.
   */
  keep(image: number, sizeBytes: number): number {
    return this.#writtenBytes[image] = sizeBytes;
  }

  /**
   * Forgets a payload: what was written of it is not what it should be, and has to be erased again.
   *
   * @param image Index of the image.
   */
  clear(image: number): void {
    const { map } = this.#flash;
    const last = map.sectorIndexAt(this.#endAddressOf(image) - 1);
    for (let index = map.sectorIndexAt(this.#addressOf(image)); index <= last; index++) this.#erased.delete(index);
    this.#writtenBytes[image] = 0;
  }

  /**
   * Writes the next bytes of a payload, and erases what has to be erased for them.
   *
   * Before the first of them everything from the end of the slot down to their sector is erased. So a sector that a cut
   * has left, in whatever operation, is followed by nothing that somebody could take for right afterwards.
   *
   * @param image Index of the image.
   * @param bytes The bytes that follow; a multiple of 32, unless the payload ends with them.
   * @throws {LoaderError} When flash does not take them.
   */
  *write(image: number, bytes: Uint8Array): Work<void> {
    yield* this.#open();
    const { payloadSizeBytes, fill } = this.set.headers[image]!;
    const address = this.#addressOf(image);
    const offset = this.#writtenBytes[image]!;
    const sizeBytes = roundUp(bytes.length, ALIGNMENT_BYTES);
    yield* this.#eraseDownTo(image, { addressStart: address + offset, addressEnd: address + offset + sizeBytes });
    const padding = new Uint8Array(sizeBytes - bytes.length).fill(fill);
    const padded = padding.length === 0 ? bytes : concatBytes([bytes, padding]);
    const progress: WorkProgress = { phase: "write", image, doneBytes: offset, totalBytes: payloadSizeBytes };
    const step = programFlash(this.#flash, { address: address + offset, bytes: padded, progress });
    // Before the yield: whoever breaks off there must not have these bytes written once more.
    this.#writtenBytes[image] = Math.min(offset + sizeBytes, payloadSizeBytes);
    yield step;
  }

  /**
   * Verifies every payload in flash, then writes headers, then commit words. Everything is read back.
   *
   * @throws {LoaderError} `verify-failed`, or what flash says.
   */
  *seal(): Work<void> {
    yield* this.#open();
    for (const [image, header] of this.set.headers.entries()) {
      const problem = verifyPayload(this.#flash, this.#addressOf(image), header);
      if (problem !== undefined) throw new LoaderError("verify-failed", `Cannot commit: ${problem.text}`, image);
      yield { phase: "verify", image, doneBytes: header.payloadSizeBytes, totalBytes: header.payloadSizeBytes };
    }
    this.#isSealing = true;
    for (const [image, record] of this.set.records.entries()) yield this.#writeEnd(image, 0, record);
    this.#assertHeaders();
    for (const [image, record] of this.set.records.entries()) {
      const { setId } = this.set.headers[image]!;
      const commitWord = encodeCommitWord({ headerRecordCrc: crc32(record), setId });
      yield this.#writeEnd(image, HEADER_SIZE_BYTES, commitWord);
    }
  }

  /** Erases the sectors of all commit words: from here on nothing in these slots looks finished. */
  *#open(): Work<void> {
    if (this.#isOpen) return;
    if (this.#options.voidsFirst === true) {
      const zeros = new Uint8Array(COMMIT_WORD_SIZE_BYTES);
      for (const image of this.set.headers.keys()) yield this.#writeEnd(image, HEADER_SIZE_BYTES, zeros);
    }
    for (const image of this.set.headers.keys()) {
      for (const index of this.#endSectorsOf(image)) yield this.#erase(image, index);
    }
    this.#isOpen = true;
  }

  /** Erases a slot from its end down to a range of the payload; of what lies behind the payload, what is not blank. */
  *#eraseDownTo(
    image: number,
    { addressStart, addressEnd }: { readonly addressStart: number; readonly addressEnd: number },
  ): Work<void> {
    const { map, sectors } = this.#flash;
    const first = map.sectorIndexAt(addressStart);
    if (this.#erased.has(first) && this.#erased.has(map.sectorIndexAt(addressEnd - 1))) return;
    const gapStart = this.#addressOf(image) + this.set.headers[image]!.payloadSizeBytes;
    const gapEnd = this.#endAddressOf(image);
    const eraseEnd = this.#options.erasesInTurn === true ? addressEnd : gapEnd;
    for (let index = map.sectorIndexAt(eraseEnd - 1); index >= first; index--) {
      if (this.#erased.has(index)) continue;
      if (sectors[index]!.addressStart >= gapStart && this.#isBlank(index)) continue;
      yield this.#erase(image, index);
    }
  }

  #isBlank(index: number): boolean {
    const { addressStart, sizeBytes } = this.#flash.sectors[index]!;
    const { erasedByte } = this.#flash.part.flash.programUnit;
    const end = addressStart + sizeBytes;
    for (let address = addressStart; address < end; address += BLANK_CHECK_BYTES) {
      const found = readFlash(this.#flash, address, Math.min(BLANK_CHECK_BYTES, end - address));
      if (found === undefined || !isFilled(found, erasedByte)) return false;
    }
    return true;
  }

  /** Sectors of header and commit word; where sectors are small, these are several. */
  #endSectorsOf(image: number): readonly number[] {
    const { map } = this.#flash;
    const address = this.#endAddressOf(image);
    const last = map.sectorIndexAt(address + HEADER_SIZE_BYTES);
    const first = map.sectorIndexAt(address);
    return Array.from({ length: last - first + 1 }, (_, nth) => last - nth);
  }

  #erase(image: number, index: number): WorkProgress {
    const { sizeBytes } = this.#flash.sectors[index]!;
    const progress: WorkProgress = { phase: "erase", image, doneBytes: sizeBytes, totalBytes: sizeBytes };
    eraseSector(this.#flash, index, progress);
    this.#erased.add(index);
    return progress;
  }

  #writeEnd(image: number, offset: number, bytes: Bytes): WorkProgress {
    const address = this.#endAddressOf(image) + offset;
    const totalBytes = bytes.length;
    return programFlash(this.#flash, {
      address,
      bytes,
      progress: { phase: "write", image, doneBytes: totalBytes, totalBytes },
    });
  }

  /** All headers once more, before the first commit word vouches for them. */
  #assertHeaders(): void {
    for (const [image, record] of this.set.records.entries()) {
      const found = readFlash(this.#flash, this.#endAddressOf(image), HEADER_SIZE_BYTES);
      if (found === undefined || !equalBytes(found, record)) {
        throw new LoaderError("flash-failed", "Cannot commit: a header does not read as it was written", image);
      }
    }
  }

  #addressOf(image: number): number {
    return slotAddressOf(this.#options.layout.slots[image]!, this.#options.name);
  }

  #endAddressOf(image: number): number {
    return slotEndAddressOf(this.#options.layout.slots[image]!, this.#options.name);
  }
}

/** A loop: this looks at most of a slot. */
function isFilled(bytes: Uint8Array, value: number): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== value) return false;
  return true;
}
