/**
 * What an earlier session has left of a payload: the sectors that are right and beyond doubt.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { crc32 } from "../../core/mod.ts";
import type { ImageHeader } from "../../packager/header.ts";
import { slotAddressOf, slotEndAddressOf, type SlotName } from "../../packager/slots/mod.ts";
import type { PayloadChecksums } from "../../protocols/cdc/device.ts";
import { readFlash } from "./flash_access.ts";
import type { SlotLoader } from "./loader.ts";
import { keepsRule } from "./loader_config.ts";
import type { Work } from "./work.ts";

/** How much is read at once to see whether anything is there. */
const GLIMPSE_BYTES = 256;

/** What to compare. */
export interface SlotComparison {
  /** Index of the image. */
  readonly image: number;
  /** The slots that it is staged in. */
  readonly name: SlotName;
  /** CRCs of the payload as it shall be. */
  readonly checksums: PayloadChecksums;
}

/**
 * Finds how much of a payload can be kept.
 *
 * The power may have gone away in the last sector that looks right: a word of it may read right today and not tomorrow. So
 * that sector does not count. Everything behind it was erased before it was touched, so it cannot be one further on. A sector
 * with a half that is to be blank never counts: half an erase makes one, whoever it was that erased upwards.
 *
 * @param loader The loader.
 * @param header The image's header.
 * @param comparison Which slot, and what it shall hold.
 * @returns How many bytes: whole sectors, 0 for none.
 */
export function* compareSlot(loader: SlotLoader, header: ImageHeader, comparison: SlotComparison): Work<number> {
  const { image, name } = comparison;
  const { flash } = loader.chip;
  const slots = loader.config.layout.slots[image]!;
  const address = slotAddressOf(slots, name);
  const rightEnd = address + (yield* findRightBytes(loader, header, comparison));
  // The sectors of header and commit word are erased first of all.
  const endSector = flash.map.sectorIndexAt(slotEndAddressOf(slots, name));
  const payloadEnd = address + header.payloadSizeBytes;
  let index = flash.map.sectorIndexAt(address);
  let keptCount = 0;
  for (; index < endSector; index++, keptCount++) {
    const { addressStart, sizeBytes } = flash.sectors[index]!;
    const end = Math.min(addressStart + sizeBytes, payloadEnd);
    if (addressStart >= payloadEnd || end > rightEnd) break;
    const middle = keepsRule(loader.config, "blank-half") ? addressStart + sizeBytes / 2 : end;
    if (isBlank(loader, addressStart, middle) || isBlank(loader, middle, end)) break;
  }
  if (keptCount === 0) return 0;
  const isTrusting = !keepsRule(loader.config, "doubtful-sector");
  const { addressStart, sizeBytes } = flash.sectors[index - 1]!;
  return Math.min(isTrusting ? addressStart + sizeBytes : addressStart, payloadEnd) - address;
}

/** Compares unit by unit, up to the first that differs. */
function* findRightBytes(loader: SlotLoader, header: ImageHeader, comparison: SlotComparison): Work<number> {
  const { image, name, checksums: { unitBytes, crcs } } = comparison;
  const { flash } = loader.chip;
  const { payloadSizeBytes } = header;
  const address = slotAddressOf(loader.config.layout.slots[image]!, name);
  let rightBytes = 0;
  for (const crc of crcs) {
    const sizeBytes = Math.min(unitBytes, payloadSizeBytes - rightBytes);
    const found = readFlash(flash, address + rightBytes, sizeBytes);
    if (found === undefined || crc32(found) !== crc) break;
    rightBytes += sizeBytes;
    yield { phase: "verify", image, doneBytes: rightBytes, totalBytes: payloadSizeBytes };
  }
  return rightBytes;
}

/** Whether there is a range, and nothing was written to it, or it cannot be read any more. Mostly its first bytes tell. */
function isBlank(loader: SlotLoader, addressStart: number, addressEnd: number): boolean {
  if (addressStart >= addressEnd) return false;
  const { flash } = loader.chip;
  const { erasedByte } = flash.part.flash.programUnit;
  for (let address = addressStart; address < addressEnd; address += GLIMPSE_BYTES) {
    const found = readFlash(flash, address, Math.min(GLIMPSE_BYTES, addressEnd - address));
    if (found?.some((byte) => byte !== erasedByte)) return false;
  }
  return true;
}
