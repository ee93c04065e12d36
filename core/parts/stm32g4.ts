/**
 * STM32G474: two banks with pages of 2 KiB or one with pages of 4 KiB.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { DOUBLE_WORD, PAGE_RANGE_PROTECTION, pageBankMode } from "./page_flash.ts";
import type { Part } from "./part.ts";
import { cmsisHeader, OPENOCD_L4, STM32_DATA, STM32LOADER, STM32LOADER_FAMILY } from "./sources.ts";

const KIB = 1024;
const HEADER = cmsisHeader("g4@f4ee399", "stm32g474xx");
const BANKS = `${STM32_DATA}; ${OPENOCD_L4}; ${HEADER} (FLASH_OPTR_DBANK, FLASH_OPTR_BFB2)`;
const ERASE_TIME = { typicalUs: 22_020, maximumUs: 24_470 };

/** The G4 parts. Those with less flash have a hole between the banks in dual mode; they are not in the table. */
export const STM32G4_PARTS: readonly Part[] = [{
  name: "stm32g474xe",
  aliases: ["stm32g474"],
  chipId: 0x469,
  cores: [{
    tag: "CM4",
    vectorCount: 118,
    rams: [
      { name: "SRAM1-2 and CCM SRAM", addressStart: 0x2000_0000, sizeBytes: 128 * KIB },
      { name: "CCM SRAM", addressStart: 0x1000_0000, sizeBytes: 32 * KIB },
    ],
    boot: null,
    source: `${HEADER}; ${STM32_DATA}`,
  }],
  flash: {
    addressStart: 0x0800_0000,
    sizeBytes: 512 * KIB,
    programUnit: DOUBLE_WORD,
    bankModes: [
      pageBankMode({
        name: "dual",
        pageSizeBytes: 2 * KIB,
        sizeBytes: 512 * KIB,
        options: [{ name: "DBANK", value: 1 }, { name: "BFB2", value: 0 }],
        source: `${BANKS}; unverified: that new parts have two banks, and that BFB2 = 0 boots from bank 1`,
      }),
      pageBankMode({
        name: "single",
        pageSizeBytes: 4 * KIB,
        sizeBytes: 512 * KIB,
        options: [{ name: "DBANK", value: 0 }],
        source: BANKS,
      }),
    ],
    timings: [{
      parallelismBits: null,
      program: { typicalUs: 81.7, maximumUs: 83.35 },
      sectorErase: [{ sectorSizeBytes: 2 * KIB, ...ERASE_TIME }, { sectorSizeBytes: 4 * KIB, ...ERASE_TIME }],
      massErase: { typicalUs: 22_130, maximumUs: 24_600 },
      source: "DS12288 Rev 6, table 47 (users of probe-rs/probe-rs measured 37 to 38 ms for a page); " +
        "unverified: that a page of 4 KiB takes as long as one of 2 KiB",
    }],
    writeProtection: PAGE_RANGE_PROTECTION,
    source: STM32_DATA,
  },
  bootRom: {
    bootloaderIds: [0xd5],
    systemMemory: [{ name: "system memory", addressStart: 0x1fff_0000, sizeBytes: 0x7000 }],
    reservedRam: [{ name: "SRAM1", addressStart: 0x2000_0000, sizeBytes: 0x4000 }],
    eraseCommand: "extended-erase",
    hasMassErase: true,
    maxTransferBytes: 256,
    source: STM32LOADER,
  },
  identity: {
    flashSizeAddress: 0x1fff_75e0,
    uniqueIdAddress: 0x1fff_7590,
    source: `${HEADER}; ${STM32LOADER_FAMILY}`,
  },
  optionBytes: {
    regions: [{ name: "option bytes", addressStart: 0x1fff_7800, sizeBytes: 48 }],
    source: STM32LOADER,
  },
  source: STM32LOADER,
}];
