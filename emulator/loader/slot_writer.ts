/**
 * Writes a set into the slots A, or into the slots B, so that a cut at any point leaves nothing that looks finished and is
 * not: commit words' sectors are erased first, then payloads come, then headers, then commit words.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, crc32, equalBytes, roundUp } from "../../core/mod.ts";
import { encodeCommitWord } from "../../packager/commit_word.ts";
import { HEADER_SIZE_BYTES, type ImageHeader } from "../../packager/header.ts";
import { ALIGNMENT_BYTES } from "../../packager/header_rules.ts";
import type { Layout } from "../../packager/layouts/layout.ts";
import { paddedSizeBytes } from "../../packager/payload.ts";
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

  /**
   * Tells whether the sector in which a payload begins was erased.
   *
   * @param image Index of the image.
   * @returns `true` when nothing of an earlier session can be left.
   */
  hasErasedPayload(image: number): boolean {
    return this.#erased.has(this.#flash.map.sectorIndexAt(this.#addressOf(image)));
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
   * Writes the next bytes of a payload, and erases what has to be erased for them.
   *
   * The sector behind is erased before one is written. So a sector that a cut has left is followed by one that is blank,
   * and whoever looks for what is still right afterwards cannot take both for right.
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
    const addressEnd = address + paddedSizeBytes(payloadSizeBytes);
    for (const index of this.#sectorsFor({ addressStart: address + offset, sizeBytes, addressEnd })) {
      if (!this.#erased.has(index)) yield this.#erase(image, index);
    }
    const padding = new Uint8Array(sizeBytes - bytes.length).fill(fill);
    const padded = padding.length === 0 ? bytes : concatBytes([bytes, padding]);
    const progress: WorkProgress = { phase: "write", image, doneBytes: offset, totalBytes: payloadSizeBytes };
    yield programFlash(this.#flash, { address: address + offset, bytes: padded, progress });
    this.#writtenBytes[image] = Math.min(offset + sizeBytes, payloadSizeBytes);
  }

  /**
   * Verifies every payload in flash, then writes headers, then commit words. Everything is read back.
   *
   * @throws {LoaderError} `verify-failed`, or what flash says.
   */
  *seal(): Work<void> {
    yield* this.#open();
    for (const [image, header] of this.set.headers.entries()) {
      yield* this.#clearGap(image);
      const problem = verifyPayload(this.#flash, this.#addressOf(image), header);
      if (problem !== undefined) throw new LoaderError("verify-failed", `Cannot commit: ${problem.text}`, image);
      yield { phase: "verify", image, doneBytes: header.payloadSizeBytes, totalBytes: header.payloadSizeBytes };
    }
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
    this.#isOpen = true;
    for (const image of this.set.headers.keys()) {
      const index = this.#flash.map.sectorIndexAt(this.#endAddressOf(image) + HEADER_SIZE_BYTES);
      if (!this.#erased.has(index)) yield this.#erase(image, index);
      // Where sectors are smaller than what stands at the end of a slot, the header has others.
      for (const other of this.#sectorsFor(this.#endRangeOf(image))) {
        if (!this.#erased.has(other)) yield this.#erase(image, other);
      }
    }
  }

  /** Between payload and header flash is erased: what an earlier payload has left there goes. */
  *#clearGap(image: number): Work<void> {
    const gapStart = this.#addressOf(image) + paddedSizeBytes(this.set.headers[image]!.payloadSizeBytes);
    const gapEnd = this.#endAddressOf(image);
    if (gapStart === gapEnd) return;
    for (
      const index of this.#sectorsFor({ addressStart: gapStart, sizeBytes: gapEnd - gapStart, addressEnd: gapEnd })
    ) {
      const { addressStart } = this.#flash.sectors[index]!;
      if (this.#erased.has(index) || addressStart < gapStart || this.#isBlank(index, gapEnd)) continue;
      yield this.#erase(image, index);
    }
  }

  #isBlank(index: number, gapEnd: number): boolean {
    const { addressStart, sizeBytes } = this.#flash.sectors[index]!;
    const { erasedByte } = this.#flash.part.flash.programUnit;
    const end = Math.min(addressStart + sizeBytes, gapEnd);
    for (let address = addressStart; address < end; address += BLANK_CHECK_BYTES) {
      const found = readFlash(this.#flash, address, Math.min(BLANK_CHECK_BYTES, end - address));
      if (found === undefined || !isFilled(found, erasedByte)) return false;
    }
    return true;
  }

  /** Sectors of a range and the one behind, if the area goes on there. */
  #sectorsFor(
    range: { readonly addressStart: number; readonly sizeBytes: number; readonly addressEnd: number },
  ): readonly number[] {
    const { map, sectors } = this.#flash;
    const first = map.sectorIndexAt(range.addressStart);
    const last = map.sectorIndexAt(range.addressStart + range.sizeBytes - 1);
    const { addressStart, sizeBytes } = sectors[last]!;
    const hasNext = addressStart + sizeBytes < range.addressEnd;
    return Array.from({ length: last - first + 1 + Number(hasNext) }, (_, nth) => first + nth);
  }

  #erase(image: number, index: number): WorkProgress {
    const { sizeBytes } = this.#flash.sectors[index]!;
    this.#erased.add(index);
    return eraseSector(this.#flash, index, { phase: "erase", image, doneBytes: sizeBytes, totalBytes: sizeBytes });
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

  #endRangeOf(
    image: number,
  ): { readonly addressStart: number; readonly sizeBytes: number; readonly addressEnd: number } {
    const addressStart = this.#endAddressOf(image);
    return { addressStart, sizeBytes: HEADER_SIZE_BYTES, addressEnd: addressStart + HEADER_SIZE_BYTES };
  }
}

/** A loop: this looks at most of a slot. */
function isFilled(bytes: Uint8Array, value: number): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== value) return false;
  return true;
}
