/**
 * STM32L053: erased flash reads 0x00, and the boot ROM has no mass erase.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Part } from "./part.ts";
import { cmsisHeader, STM32_DATA, STM32FLASH, STM32LOADER, STM32LOADER_FAMILY } from "./sources.ts";

const KIB = 1024;
const HEADER = cmsisHeader("l0@b3b1d7b", "stm32l053xx");

/** Program and erase are the same operation, one page or half-page at a time. */
const OPERATION_TIME = { typicalUs: 3280, maximumUs: 3940 };

/** The L0 parts. */
export const STM32L0_PARTS: readonly Part[] = [{
  name: "stm32l053x8",
  aliases: ["stm32l053"],
  chipId: 0x417,
  cores: [{
    tag: "CM0P",
    vectorCount: 48,
    rams: [{ name: "SRAM", addressStart: 0x2000_0000, sizeBytes: 8 * KIB }],
    boot: null,
    source: `${HEADER}; ${STM32_DATA}`,
  }],
  flash: {
    addressStart: 0x0800_0000,
    sizeBytes: 64 * KIB,
    programUnit: {
      sizeBytes: 4,
      isWriteOnce: true,
      erasedByte: 0x00,
      source: `${STM32_DATA}; RM0367, "NVM main features": 6 bits of ECC a word (seen as a third-party copy); ` +
        "unverified: that a word which is not erased is refused",
    },
    bankModes: [{
      name: "single",
      options: [],
      sectorRuns: [{ bank: 1, addressStart: 0x0800_0000, sectorSizeBytes: 128, sectorCount: 512 }],
      source: `${STM32_DATA}; RM0367, table 5 (seen as a third-party copy)`,
    }],
    timings: [{
      parallelismBits: null,
      program: OPERATION_TIME,
      sectorErase: [{ sectorSizeBytes: 128, ...OPERATION_TIME }],
      massErase: OPERATION_TIME,
      source: "maximum page erase below 4 ms: zephyrproject-rtos/zephyr@009fcb9 dts/arm/st/l0/stm32l0.dtsi; " +
        "unverified: all four figures (DS10152)",
    }],
    writeProtection: {
      kind: "mask",
      options: ["WRPROT1"],
      bitsPerOption: 16,
      protectedBit: 1,
      unitSizeBytes: 4 * KIB,
      requires: [{ name: "WPRMOD", value: 0 }],
      source: `RM0367 Rev 7, sections 3.4.4 and 3.8.2; ${HEADER} (FLASH_WRPR_WRP, 16 bits)`,
    },
    source: STM32_DATA,
  },
  bootRom: {
    bootloaderIds: [0xc0],
    systemMemory: [{ name: "system memory", addressStart: 0x1ff0_0000, sizeBytes: 0x1000 }],
    reservedRam: [{ name: "SRAM", addressStart: 0x2000_0000, sizeBytes: 0x1000 }],
    eraseCommand: "extended-erase",
    hasMassErase: false,
    maxTransferBytes: 128,
    source: `${STM32LOADER}; ${STM32LOADER_FAMILY}; ${STM32FLASH} (F_NO_ME)`,
  },
  identity: { flashSizeAddress: 0x1ff8_007c, uniqueIdAddress: 0x1ff8_0050, source: HEADER },
  optionBytes: {
    regions: [{ name: "option bytes", addressStart: 0x1ff8_0000, sizeBytes: 32 }],
    source: `${HEADER}; ${STM32FLASH}`,
  },
  source: `${STM32LOADER}; ${STM32FLASH}`,
}];
