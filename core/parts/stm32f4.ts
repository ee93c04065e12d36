/**
 * STM32F407, F411 and F429: uneven sectors, no ECC.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BankMode, BootRom, Flash, FlashTiming, MemoryRegion, Part, SectorRun, TimeRange } from "./part.ts";
import { cmsisHeader, STM32_DATA, STM32FLASH, STM32LOADER, STM32LOADER_FAMILY } from "./sources.ts";

const KIB = 1024;
const MS = 1000;
const SECOND = 1_000_000;
const HEADERS = "f4@cdbad76";

const CCM: MemoryRegion = { name: "CCM", addressStart: 0x1000_0000, sizeBytes: 64 * KIB };

/** Four sectors of 16 KiB, one of 64, then some of 128. */
function sectorRuns(bank: number, largeSectors: number): readonly SectorRun[] {
  const addressStart = bank === 1 ? 0x0800_0000 : 0x0810_0000;
  return [
    { bank, addressStart, sectorSizeBytes: 16 * KIB, sectorCount: 4 },
    { bank, addressStart: addressStart + 64 * KIB, sectorSizeBytes: 64 * KIB, sectorCount: 1 },
    { bank, addressStart: addressStart + 128 * KIB, sectorSizeBytes: 128 * KIB, sectorCount: largeSectors },
  ];
}

function singleBank(largeSectors: number): BankMode {
  return {
    name: "single",
    options: [],
    sectorRuns: sectorRuns(1, largeSectors),
    source: `${STM32_DATA}; ${STM32FLASH}`,
  };
}

function range(typicalUs: number, maximumUs: number): TimeRange {
  return { typicalUs, maximumUs };
}

/** The boot ROM must work at any supply voltage and so uses 8 bits; an own loader at 2.7 V and more may use 32. */
function timings(massErase: readonly [TimeRange, TimeRange, TimeRange], source: string): readonly FlashTiming[] {
  const rows: readonly [8 | 16 | 32, TimeRange, TimeRange, TimeRange][] = [
    [32, range(250 * MS, 500 * MS), range(550 * MS, 1100 * MS), range(1000 * MS, 2000 * MS)],
    [16, range(300 * MS, 600 * MS), range(700 * MS, 1400 * MS), range(1300 * MS, 2600 * MS)],
    [8, range(400 * MS, 800 * MS), range(1200 * MS, 2400 * MS), range(2000 * MS, 4000 * MS)],
  ];
  return rows.map(([parallelismBits, erase16, erase64, erase128], index) => ({
    parallelismBits,
    program: range(16, 100),
    sectorErase: [
      { sectorSizeBytes: 16 * KIB, ...erase16 },
      { sectorSizeBytes: 64 * KIB, ...erase64 },
      { sectorSizeBytes: 128 * KIB, ...erase128 },
    ],
    massErase: massErase[index]!,
    source,
  }));
}

const TIMINGS_1M = timings(
  [range(8 * SECOND, 16 * SECOND), range(11 * SECOND, 22 * SECOND), range(16 * SECOND, 32 * SECOND)],
  "DS8626 Rev 12, table 40, for the 128 KiB sector's maximum and the program maximum; unverified: the others, which are " +
    "those of DS9405 Rev 13, table 48",
);
const TIMINGS_F411 = timings(
  [range(4 * SECOND, 8 * SECOND), range(5.5 * SECOND, 11 * SECOND), range(8 * SECOND, 16 * SECOND)],
  "DS10314 Rev 8, table 45",
);
const TIMINGS_F429 = timings(
  [range(8 * SECOND, 16 * SECOND), range(11 * SECOND, 22 * SECOND), range(16 * SECOND, 32 * SECOND)],
  "DS9405 Rev 13, table 48 (a bank takes as long as both)",
);

interface FlashVariant {
  readonly sizeBytes: number;
  readonly bankMode: BankMode;
  readonly timings: readonly FlashTiming[];
}

function flash({ sizeBytes, bankMode, timings }: FlashVariant): Flash {
  const bankCount = new Set(bankMode.sectorRuns.map(({ bank }) => bank)).size;
  return {
    addressStart: 0x0800_0000,
    sizeBytes,
    programUnit: {
      sizeBytes: 4,
      isWriteOnce: false,
      erasedByte: 0xff,
      source:
        `${STM32_DATA}; RM0090, "Programming": bits may go from 1 to 0 without an erase (seen as a third-party copy)`,
    },
    bankModes: [bankMode],
    timings,
    writeProtection: {
      kind: "mask",
      options: bankCount === 1 ? ["nWRP"] : ["nWRP", "OPTCR1_nWRP"],
      bitsPerOption: 12,
      protectedBit: 0,
      unitSizeBytes: null,
      requires: [],
      source: `${cmsisHeader(HEADERS, "stm32f407xx")} (FLASH_OPTCR_nWRP, 12 bits); ` +
        `${cmsisHeader(HEADERS, "stm32f429xx")} (FLASH_OPTCR1_nWRP, 12 bits: sectors 12 to 23); ` +
        "openocd-org/openocd@abbbc2e src/flash/nor/stm32f2x.c: one bit a sector; unverified: SPRMOD = 0",
    },
    source: STM32_DATA,
  };
}

function bootRom(bootloaderIds: readonly number[]): BootRom {
  return {
    bootloaderIds,
    systemMemory: [{ name: "system memory", addressStart: 0x1fff_0000, sizeBytes: 0x7800 }],
    reservedRam: [{ name: "SRAM1", addressStart: 0x2000_0000, sizeBytes: 0x3000 }],
    eraseCommand: "extended-erase",
    hasMassErase: true,
    maxTransferBytes: 256,
    source: `${STM32LOADER} (bootloader 3.1 of the F407 uses 0x2000 bytes of RAM only); ${STM32FLASH}`,
  };
}

interface Variant {
  readonly name: string;
  readonly alias: string | null;
  readonly chipId: number;
  readonly header: string;
  readonly vectorCount: number;
  readonly rams: readonly MemoryRegion[];
  readonly flash: Flash;
  readonly bootloaderIds: readonly number[];
}

function part(variant: Variant): Part {
  const { name, alias, chipId, header, vectorCount, rams, bootloaderIds } = variant;
  const optionBytes = [{ name: "option bytes", addressStart: 0x1fff_c000, sizeBytes: 16 }];
  if (chipId === 0x419) optionBytes.push({ name: "option bytes of bank 2", addressStart: 0x1ffe_c000, sizeBytes: 16 });
  return {
    name,
    aliases: alias === null ? [] : [alias],
    chipId,
    cores: [{
      tag: "CM4",
      vectorCount,
      rams,
      boot: null,
      source: `${cmsisHeader(HEADERS, header)}; ${STM32_DATA}`,
    }],
    flash: variant.flash,
    bootRom: bootRom(bootloaderIds),
    identity: {
      flashSizeAddress: 0x1fff_7a22,
      uniqueIdAddress: 0x1fff_7a10,
      source: `${cmsisHeader(HEADERS, header)}; ${STM32LOADER_FAMILY}`,
    },
    optionBytes: { regions: optionBytes, source: `${STM32LOADER}; ${STM32FLASH}` },
    source: `${STM32LOADER}; ${STM32FLASH}`,
  };
}

const F407 = {
  chipId: 0x413,
  header: "stm32f407xx",
  vectorCount: 98,
  rams: [{ name: "SRAM1-2", addressStart: 0x2000_0000, sizeBytes: 128 * KIB }, CCM],
  bootloaderIds: [0x31, 0x91],
};

/** The F4 parts. An F429 of 1 MB could have two banks of 512 KiB by DB1M; it is not in the table. */
export const STM32F4_PARTS: readonly Part[] = [
  part({
    ...F407,
    name: "stm32f407xe",
    alias: null,
    flash: flash({ sizeBytes: 512 * KIB, bankMode: singleBank(3), timings: TIMINGS_1M }),
  }),
  part({
    ...F407,
    name: "stm32f407xg",
    alias: "stm32f407",
    flash: flash({ sizeBytes: 1024 * KIB, bankMode: singleBank(7), timings: TIMINGS_1M }),
  }),
  part({
    name: "stm32f411xe",
    alias: "stm32f411",
    chipId: 0x431,
    header: "stm32f411xe",
    vectorCount: 102,
    rams: [{ name: "SRAM1", addressStart: 0x2000_0000, sizeBytes: 128 * KIB }],
    bootloaderIds: [0xd0],
    flash: flash({ sizeBytes: 512 * KIB, bankMode: singleBank(3), timings: TIMINGS_F411 }),
  }),
  part({
    name: "stm32f429xi",
    alias: "stm32f429",
    chipId: 0x419,
    header: "stm32f429xx",
    vectorCount: 107,
    rams: [{ name: "SRAM1-3", addressStart: 0x2000_0000, sizeBytes: 192 * KIB }, CCM],
    bootloaderIds: [0x70, 0x91],
    flash: flash({
      sizeBytes: 2048 * KIB,
      bankMode: {
        name: "dual",
        options: [{ name: "BFB2", value: 0 }],
        sectorRuns: [...sectorRuns(1, 7), ...sectorRuns(2, 7)],
        source: `${STM32_DATA}; openocd-org/openocd@abbbc2e src/flash/nor/stm32f2x.c; ${
          cmsisHeader(HEADERS, "stm32f429xx")
        } (FLASH_OPTCR_BFB2); unverified: BFB2 = 0 boots from bank 1`,
      },
      timings: TIMINGS_F429,
    }),
  }),
];
