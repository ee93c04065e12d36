/**
 * What L4, G0 and G4 have in common: double words with ECC, small pages, write protection by page ranges.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BankMode, OptionValue, ProgramUnit, WriteProtection } from "./part.ts";
import { OPENOCD_L4, STM32_DATA } from "./sources.ts";

/** 64 bits and 8 of ECC. */
export const DOUBLE_WORD: ProgramUnit = {
  sizeBytes: 8,
  isWriteOnce: true,
  erasedByte: 0xff,
  source: `${STM32_DATA}; RM0444 Rev 5, section 3.3.1 (64 bits and 8 of ECC; seen as a third-party copy); ` +
    "unverified: that L4 and G4 are alike, and that all-zero may be written over",
};

/** First and last page of an area of bank 1. */
export const PAGE_RANGE_PROTECTION: WriteProtection = {
  kind: "range",
  options: ["WRP1A_STRT", "WRP1A_END"],
  bitsPerOption: 0,
  protectedBit: 1,
  unitSizeBytes: null,
  requires: [],
  source: `${OPENOCD_L4}: offsets of the first and the last page, in pages of the bank mode`,
};

/** Pages of equal size, in one bank or two. */
export interface PageBanks {
  /** `single` or `dual`. */
  readonly name: "single" | "dual";
  /** Size of a page. */
  readonly pageSizeBytes: number;
  /** Size of all pages. */
  readonly sizeBytes: number;
  /** Options that select the mode and keep bank 1 first. */
  readonly options: readonly OptionValue[];
  /** Where all that was read. */
  readonly source: string;
}

/**
 * Describes a bank mode with even pages and no hole.
 *
 * @param banks Its name, sizes, options and source.
 * @returns The bank mode.
 */
export function pageBankMode({ name, pageSizeBytes, sizeBytes, options, source }: PageBanks): BankMode {
  const bankCount = name === "dual" ? 2 : 1;
  const bankSizeBytes = sizeBytes / bankCount;
  return {
    name,
    options,
    sectorRuns: Array.from({ length: bankCount }, (_, index) => ({
      bank: index + 1,
      addressStart: 0x0800_0000 + index * bankSizeBytes,
      sectorSizeBytes: pageSizeBytes,
      sectorCount: bankSizeBytes / pageSizeBytes,
    })),
    source,
  };
}
