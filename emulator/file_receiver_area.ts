/**
 * The flash that a file is received into: from the start of a sector to where flash, or the room for it, ends.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress, type Sector } from "../core/mod.ts";
import type { Stm32 } from "./stm32.ts";

/** A run of flash without a hole. */
export interface FlashArea {
  /** Absolute address of its first byte, where a sector starts. */
  readonly addressStart: number;
  /** Absolute address behind its last byte. */
  readonly addressEnd: number;
}

/**
 * Finds the flash from an address on.
 *
 * @param chip The chip.
 * @param addressStart Absolute address of the first byte.
 * @param addressEnd Absolute address behind the last byte; where flash ends or a hole begins, when left out.
 * @returns The area.
 * @throws {RangeError} When no sector starts there, or there is no flash for all of it.
 */
export function flashAreaOf(chip: Stm32, addressStart: number, addressEnd?: number): FlashArea {
  const { map } = chip.flash;
  const shown = formatAddress(addressStart);
  const sector = map.sectors[map.sectorIndexAt(addressStart)];
  if (sector === undefined) throw new RangeError(`Cannot receive files at ${shown}: there is no flash`);
  if (sector.addressStart !== addressStart) {
    const [before, behind] = [sector.addressStart, sector.addressStart + sector.sizeBytes].map(formatAddress);
    throw new RangeError(`Cannot receive files at ${shown}: the sectors around it start at ${before} and ${behind}`);
  }
  const flashEnd = addressStart + map.countFrom(addressStart, map.sizeBytes);
  if (addressEnd === undefined) return { addressStart, addressEnd: flashEnd };
  if (addressEnd <= addressStart || addressEnd > flashEnd) {
    throw new RangeError(
      `Cannot receive files from ${shown} to ${formatAddress(addressEnd)}: flash ends at ${formatAddress(flashEnd)}`,
    );
  }
  return { addressStart, addressEnd };
}

/**
 * Lists the sectors that bytes of an area are in.
 *
 * @param chip The chip.
 * @param area The area.
 * @returns The sectors, ascending by address.
 */
export function sectorsOfArea(chip: Stm32, { addressStart, addressEnd }: FlashArea): readonly Sector[] {
  return chip.flash.sectors.filter((sector) =>
    sector.addressStart < addressEnd && sector.addressStart + sector.sizeBytes > addressStart
  );
}
