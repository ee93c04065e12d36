/**
 * Write protection by the part's own scheme: a bit for each unit, or the first and last unit of an area.
 *
 * A *unit* is a sector or, on F1 and L0, some pages; it is what the boot ROM's Write Protect command counts.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { OptionValue, Part, Sector } from "../core/mod.ts";
import type { OptionBytes } from "./option_bytes.ts";

/** The bit that stands for a unit. */
interface UnitBit {
  /** Which of the options. */
  readonly option: number;
  /** Which bit of it. */
  readonly bit: number;
}

/**
 * Finds the sectors that the option bytes protect.
 *
 * @param part The part.
 * @param options The option bytes; what is in force counts.
 * @param sectors The sectors of the bank mode in use.
 * @returns One byte a sector, 1 for a protected one; `undefined` when none is.
 */
export function protectedSectorsOf(
  part: Part,
  options: OptionBytes,
  sectors: readonly Sector[],
): Uint8Array | undefined {
  const { kind, options: names, protectedBit, requires } = part.flash.writeProtection;
  const values = names.map((name) => options.get(name)!);
  const open = openProtectionOf(part);
  if (values.every((value, index) => value === open[index])) return undefined;
  if (requires.some(({ name, value }) => options.get(name) !== value)) return undefined;
  const isProtected = kind === "range"
    ? (sector: Sector) => sector.bank === 1 && sector.index >= values[0]! && sector.index <= values[1]!
    : (sector: Sector) => {
      const place = bitOfUnit(part, unitOf(part, sector));
      return place !== undefined && (values[place.option]! >> place.bit & 1) === protectedBit;
    };
  const flags = Uint8Array.from(sectors, (sector) => isProtected(sector) ? 1 : 0);
  return flags.includes(1) ? flags : undefined;
}

/**
 * Gives the values of the part's protection options under which nothing is protected.
 *
 * @param part The part.
 * @returns One value an option, in the order of the part's table.
 */
export function openProtectionOf(part: Part): number[] {
  const { kind, options: names, bitsPerOption, protectedBit } = part.flash.writeProtection;
  // An area that ends before it starts holds nothing.
  if (kind === "range") return [0xff, 0x00];
  return names.map(() => protectedBit === 1 ? 0 : 2 ** bitsPerOption - 1);
}

/**
 * Gives the option bytes that protect some units and no others.
 *
 * @param part The part.
 * @param units Numbers of the units, in any order; none to end protection.
 * @returns The options to program, or `undefined` when the part cannot protect these.
 */
export function writeProtectionOf(part: Part, units: readonly number[]): OptionValue[] | undefined {
  const { kind, options: names, requires } = part.flash.writeProtection;
  const values = kind === "range" ? areaOf(part, units) : masksOf(part, units);
  if (values === undefined) return undefined;
  return [...requires, ...names.map((name, index) => ({ name, value: values[index]! }))];
}

/** First and last unit of the area, which has to be in one piece and in bank 1. */
function areaOf(part: Part, units: readonly number[]): number[] | undefined {
  if (units.length === 0) return openProtectionOf(part);
  const first = Math.min(...units);
  const last = Math.max(...units);
  const pagesInBank1 = part.flash.bankModes[0]!.sectorRuns
    .filter(({ bank }) => bank === 1)
    .reduce((sum, { sectorCount }) => sum + sectorCount, 0);
  return last < pagesInBank1 && new Set(units).size === last - first + 1 ? [first, last] : undefined;
}

function masksOf(part: Part, units: readonly number[]): number[] | undefined {
  const { options: names, bitsPerOption, protectedBit } = part.flash.writeProtection;
  const masks = names.map(() => 0);
  for (const unit of units) {
    const place = bitOfUnit(part, unit);
    if (place === undefined) return undefined;
    masks[place.option]! |= 1 << place.bit;
  }
  return protectedBit === 1 ? masks : masks.map((mask) => ~mask & 2 ** bitsPerOption - 1);
}

function unitOf(part: Part, sector: Sector): number {
  const { unitSizeBytes } = part.flash.writeProtection;
  return unitSizeBytes === null
    ? sector.index
    : Math.floor((sector.addressStart - part.flash.addressStart) / unitSizeBytes);
}

/** Units fill the options from the lowest bit of the first; where each bank has an option, bank 2 begins with the second. */
function bitOfUnit(part: Part, unit: number): UnitBit | undefined {
  const { options: names, bitsPerOption, unitSizeBytes } = part.flash.writeProtection;
  const { sectorRuns } = part.flash.bankModes[0]!;
  const bankCount = new Set(sectorRuns.map(({ bank }) => bank)).size;
  const sectorsInAll = sectorRuns.reduce((sum, { sectorCount }) => sum + sectorCount, 0);
  const hasOptionPerBank = unitSizeBytes === null && names.length > 1 && names.length === bankCount;
  const unitsPerOption = hasOptionPerBank ? sectorsInAll / bankCount : bitsPerOption;
  const unitCount = unitSizeBytes === null ? sectorsInAll : part.flash.sizeBytes / unitSizeBytes;
  const option = Math.floor(unit / unitsPerOption);
  if (unit >= unitCount || option >= names.length) return undefined;
  return { option, bit: unit % unitsPerOption };
}
