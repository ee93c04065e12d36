/**
 * STM32L4R5: 2 MB, two banks with pages of 4 KiB or one with pages of 8 KiB.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { DOUBLE_WORD, PAGE_RANGE_PROTECTION, pageBankMode } from "./page_flash.ts";
import type { Part } from "./part.ts";
import { cmsisHeader, OPENOCD_L4, STM32_DATA, STM32LOADER, STM32LOADER_FAMILY } from "./sources.ts";

const KIB = 1024;
const HEADER = cmsisHeader("l4@a253075", "stm32l4r5xx");
const BANKS = `${STM32_DATA}; ${OPENOCD_L4}; ${HEADER} (FLASH_OPTR_DBANK, FLASH_OPTR_BFB2)`;
const ERASE_TIME = { typicalUs: 22_020, maximumUs: 24_470 };

/** The L4 parts. An L4R5 of 1 MB has DB1M in place of DBANK; it is not in the table. */
export const STM32L4_PARTS: readonly Part[] = [{
  name: "stm32l4r5xi",
  aliases: ["stm32l4r5"],
  chipId: 0x470,
  cores: [{
    tag: "CM4",
    vectorCount: 111,
    rams: [
      { name: "SRAM1-3", addressStart: 0x2000_0000, sizeBytes: 640 * KIB },
      { name: "SRAM2 alias", addressStart: 0x1000_0000, sizeBytes: 64 * KIB },
    ],
    boot: null,
    source: `${HEADER}; ${STM32_DATA}`,
  }],
  flash: {
    addressStart: 0x0800_0000,
    sizeBytes: 2048 * KIB,
    programUnit: DOUBLE_WORD,
    bankModes: [
      pageBankMode({
        name: "dual",
        pageSizeBytes: 4 * KIB,
        sizeBytes: 2048 * KIB,
        options: [{ name: "DBANK", value: 1 }, { name: "BFB2", value: 0 }],
        source: `${BANKS}; unverified: that new parts have two banks, and that BFB2 = 0 boots from bank 1`,
      }),
      pageBankMode({
        name: "single",
        pageSizeBytes: 8 * KIB,
        sizeBytes: 2048 * KIB,
        options: [{ name: "DBANK", value: 0 }],
        source: BANKS,
      }),
    ],
    timings: [{
      parallelismBits: null,
      program: { typicalUs: 81.7, maximumUs: 90.8 },
      sectorErase: [{ sectorSizeBytes: 4 * KIB, ...ERASE_TIME }, { sectorSizeBytes: 8 * KIB, ...ERASE_TIME }],
      massErase: { typicalUs: 22_130, maximumUs: 24_590 },
      source: "maximum erase below 25 ms: zephyrproject-rtos/zephyr@0071cd3 dts/arm/st/l4/stm32l4.dtsi (on " +
        "an L496 more than 25 ms was seen there); unverified: all figures for the L4R5 (DS12023)",
    }],
    writeProtection: PAGE_RANGE_PROTECTION,
    source: STM32_DATA,
  },
  bootRom: {
    bootloaderIds: [0x95],
    systemMemory: [{ name: "system memory", addressStart: 0x1fff_0000, sizeBytes: 0x7000 }],
    reservedRam: [{ name: "SRAM1", addressStart: 0x2000_0000, sizeBytes: 0x3200 }],
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
    regions: [
      { name: "option bytes", addressStart: 0x1fff_7800, sizeBytes: 16 },
      { name: "option bytes of bank 2", addressStart: 0x1fff_f800, sizeBytes: 16 },
    ],
    source: `unverified: both sizes; ${STM32LOADER} has one range from the first to the end of the second`,
  },
  source: STM32LOADER,
}];
