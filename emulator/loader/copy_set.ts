/**
 * Copies a set from the slots B to the slots A.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Layout } from "../../packager/layouts/layout.ts";
import { slotAddressOf, type SlotName } from "../../packager/slots/mod.ts";
import type { Flash } from "../flash.ts";
import { readFlash } from "./flash_access.ts";
import { LoaderError } from "./loader_error.ts";
import { SlotWriter, type WrittenSet } from "./slot_writer.ts";
import type { Work } from "./work.ts";

/** How much is in RAM at once. */
const CHUNK_SIZE_BYTES = 1024;

/**
 * Copies a set that was verified in the slots B to the slots A, and verifies it there. It uses the headers that were
 * verified, and does not read them again.
 *
 * @param flash The flash.
 * @param set The set.
 * @param layout Where the slots are.
 * @throws {LoaderError} When B cannot be read, or A does not take it. B is as it was.
 */
export function* copySet(flash: Flash, set: WrittenSet, layout: Layout): Work<void> {
  const writer = new SlotWriter(flash, set, { layout, name: "A" });
  for (const image of set.headers.keys()) yield* copyPayload(flash, writer, { image, layout, from: "B" });
  yield* writer.seal();
}

/** A payload to copy. */
export interface PayloadCopy {
  /** Index of the image. */
  readonly image: number;
  /** Where the slots are. */
  readonly layout: Layout;
  /** The slots that hold it. */
  readonly from: SlotName;
}

/**
 * Copies a payload, or what is left of it, from one slot to the writer's.
 *
 * @param flash The flash.
 * @param writer Writes it.
 * @param copy Which, and from where.
 * @throws {LoaderError} When it cannot be read, or is not taken.
 */
export function* copyPayload(flash: Flash, writer: SlotWriter, { image, layout, from }: PayloadCopy): Work<void> {
  const { payloadSizeBytes } = writer.set.headers[image]!;
  const address = slotAddressOf(layout.slots[image]!, from);
  for (let offset = writer.writtenBytes[image]!; offset < payloadSizeBytes; offset = writer.writtenBytes[image]!) {
    const sizeBytes = Math.min(CHUNK_SIZE_BYTES, payloadSizeBytes - offset);
    const bytes = readFlash(flash, address + offset, sizeBytes);
    if (bytes === undefined) throw new LoaderError("install-failed", `Cannot copy: slot ${from} cannot be read`, image);
    yield* writer.write(image, bytes);
  }
}
