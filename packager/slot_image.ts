/**
 * The slot image: what stands in flash. Payload at the slot's start, then erased flash, and at the end the header and,
 * last of all, the commit word.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, equalBytes } from "../core/bytes.ts";
import { crc32 } from "../core/crc32.ts";
import { formatHex } from "../core/hex.ts";
import { COMMIT_WORD_FIELDS, COMMIT_WORD_SIZE_BYTES, decodeCommitWord, encodeCommitWord } from "./commit_word.ts";
import type { Image } from "./container.ts";
import { ContainerFormatError } from "./container_error.ts";
import { fieldError, readFields } from "./field_table.ts";
import { decodeHeader, encodeHeader, HEADER_FIELDS, type ImageHeader } from "./header.ts";
import { ALIGNMENT_BYTES } from "./header_rules.ts";
import { SLOT_RESERVED_BYTES } from "./layouts/slot_capacity.ts";
import { checkFilled, paddedSizeBytes, paddingOf, takePayload } from "./payload.ts";

/** Largest slot that is written out whole: the window of a memory-mapped external flash (RM0399, "QUADSPI"). */
const SLOT_SIZE_MAX = 256 * 1024 * 1024;

/**
 * Encodes a whole slot as it stands in flash when the image is in place and committed.
 *
 * @param image Header and payload.
 * @returns As many fresh bytes as the slot has.
 * @throws {RangeError} When a value does not fit its field, the payload is not as long as the header says, or the slot is
 *   larger than 256 MiB.
 * @throws {ContainerFormatError} When the header breaks a rule of the format, or its CRC is not the payload's.
 *
 * @example A whole slot
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import {
 *   decodeBundle,
 *   encodeSlotImage,
 *   findLayout,
 *   generateKey,
 *   packBundle,
 * } from "@coreslot/coreslot/packager";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32f411"),
 *   images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key,
 * });
 * const [image] = decodeBundle(bundle).images;
 * console.assert(encodeSlotImage(image!).length === 192 * 1024);
 * ```
 */
export function encodeSlotImage(image: Image): Bytes {
  const { slotSizeBytes, fill } = image.header;
  const trailer = encodeSlotTrailer(image.header);
  const payload = concatBytes([image.payload, paddingOf(image)]);
  if (slotSizeBytes > SLOT_SIZE_MAX) {
    throw new RangeError(`Cannot write out a slot of ${slotSizeBytes} bytes: the largest is ${SLOT_SIZE_MAX}`);
  }
  const slot = new Uint8Array(slotSizeBytes).fill(fill, payload.length);
  slot.set(payload);
  slot.set(trailer, slot.length - trailer.length);
  decodeSlotImage(slot);
  return slot;
}

/**
 * Encodes what stands at the end of a slot: the header and the commit word that fits it.
 *
 * @param header The header.
 * @returns 288 fresh bytes, for the slot's last 288.
 * @throws {RangeError} When a value does not fit its field.
 * @throws {ContainerFormatError} When the header breaks a rule of the format.
 */
export function encodeSlotTrailer(header: ImageHeader): Bytes {
  const record = encodeHeader(header);
  return concatBytes([record, encodeCommitWord({ headerRecordCrc: crc32(record), setId: header.setId })]);
}

/**
 * Decodes a whole slot, as read back from a device, and checks its structure and CRCs. As strict as a writer is careful:
 * what stands between the padded payload and the header must be erased.
 *
 * @param bytes The slot, from its first byte to its last.
 * @returns Header and payload; the payload is a view into `bytes`.
 * @throws {ContainerFormatError} When a byte of it is not as FORMAT.md says, or it is not committed.
 *
 * @example A slot read back from a device
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { decodeSlotImage, findLayout, generateKey, packBundle, slotImageOf } from "@coreslot/coreslot/packager";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32f411"),
 *   images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key,
 * });
 * const flash = slotImageOf(bundle, "CM4", { slot: "A" });
 * const slot = flash.flatten(0x0801_0000, 0x0804_0000, 0xff);
 * console.assert(decodeSlotImage(slot).header.core === "CM4");
 * ```
 */
export function decodeSlotImage(bytes: Bytes): Image {
  const trailerOffset = bytes.length - SLOT_RESERVED_BYTES;
  if (trailerOffset < ALIGNMENT_BYTES) throw tooShort(bytes);
  const commitOffset = bytes.length - COMMIT_WORD_SIZE_BYTES;
  const record = bytes.subarray(trailerOffset, commitOffset);
  const headerPlace = { path: "header", offset: trailerOffset };
  const header = decodeHeader(record, headerPlace);
  if (header.slotSizeBytes !== bytes.length) {
    const values = readFields(HEADER_FIELDS, record);
    throw fieldError(HEADER_FIELDS, values, headerPlace, {
      name: "slotSizeBytes",
      code: "bad-size",
      expected: bytes.length,
    });
  }
  checkCommitWord(bytes.subarray(commitOffset), record, commitOffset);
  const gapOffset = paddedSizeBytes(header.payloadSizeBytes);
  const payload = takePayload(bytes.subarray(0, gapOffset), header, { path: "payload", offset: 0 });
  checkFilled(bytes.subarray(gapOffset, trailerOffset), header.fill, { path: "gap", offset: gapOffset });
  return { header, payload };
}

function checkCommitWord(bytes: Bytes, record: Bytes, offset: number): void {
  const place = { path: "commitWord", offset };
  decodeCommitWord(bytes, place);
  const values = readFields(COMMIT_WORD_FIELDS, bytes);
  const expected = crc32(record);
  if (values.headerRecordCrc !== expected) {
    throw fieldError(COMMIT_WORD_FIELDS, values, place, { name: "headerRecordCrc", code: "bad-crc", expected });
  }
  const { setId } = readFields(HEADER_FIELDS, record);
  if (!equalBytes(values.setId, setId)) {
    const finding = { name: "setId", code: "set-mismatch", expected: formatHex(setId) } as const;
    throw fieldError(COMMIT_WORD_FIELDS, values, place, finding);
  }
}

function tooShort(bytes: Bytes): ContainerFormatError {
  return new ContainerFormatError({
    code: "truncated",
    field: "slot",
    offset: bytes.length,
    expected: `${SLOT_RESERVED_BYTES + ALIGNMENT_BYTES} bytes or more`,
    got: bytes.length,
  });
}
