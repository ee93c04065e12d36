/**
 * STM32G071 (one bank) and STM32G0B1 (two banks): pages of 2 KiB.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { DOUBLE_WORD, PAGE_RANGE_PROTECTION, pageBankMode } from "./page_flash.ts";
import type { BankMode, FlashTiming, MemoryRegion, Part } from "./part.ts";
import { cmsisHeader, OPENOCD_L4, STM32_DATA, STM32LOADER, STM32LOADER_FAMILY } from "./sources.ts";

const KIB = 1024;
const HEADERS = "g0@6988fd4";
const BANKS = `${STM32_DATA}; ${OPENOCD_L4}; ${cmsisHeader(HEADERS, "stm32g0b1xx")} (FLASH_OPTR_DUAL_BANK)`;

const TIMING: FlashTiming = {
  parallelismBits: null,
  program: { typicalUs: 85, maximumUs: 125 },
  sectorErase: [{ sectorSizeBytes: 2 * KIB, typicalUs: 22_000, maximumUs: 40_000 }],
  massErase: { typicalUs: 22_100, maximumUs: 40_100 },
  source: "maximum page erase: zephyrproject-rtos/zephyr@00cafda dts/arm/st/g0/stm32g0.dtsi; " +
    "unverified: the others (DS12232, DS13560)",
};

interface Variant {
  readonly name: string;
  readonly alias: string;
  readonly chipId: number;
  readonly header: string;
  readonly ramBytes: number;
  readonly flashBytes: number;
  readonly bankModes: readonly BankMode[];
  readonly bootloaderId: number;
  readonly systemMemory: readonly MemoryRegion[];
  readonly reservedRamBytes: number;
}

function part(variant: Variant): Part {
  const header = cmsisHeader(HEADERS, variant.header);
  return {
    name: variant.name,
    aliases: [variant.alias],
    chipId: variant.chipId,
    cores: [{
      tag: "CM0P",
      vectorCount: 47,
      rams: [{ name: "SRAM", addressStart: 0x2000_0000, sizeBytes: variant.ramBytes }],
      boot: null,
      source: `${header}; ${STM32_DATA} (a part of the RAM is there only without its parity check)`,
    }],
    flash: {
      addressStart: 0x0800_0000,
      sizeBytes: variant.flashBytes,
      programUnit: DOUBLE_WORD,
      bankModes: variant.bankModes,
      timings: [TIMING],
      writeProtection: PAGE_RANGE_PROTECTION,
      source: STM32_DATA,
    },
    bootRom: {
      bootloaderIds: [variant.bootloaderId],
      systemMemory: variant.systemMemory,
      reservedRam: [{ name: "SRAM", addressStart: 0x2000_0000, sizeBytes: variant.reservedRamBytes }],
      eraseCommand: "extended-erase",
      hasMassErase: true,
      maxTransferBytes: 256,
      source: STM32LOADER,
    },
    identity: {
      flashSizeAddress: 0x1fff_75e0,
      uniqueIdAddress: 0x1fff_7590,
      source: `${header}; ${STM32LOADER_FAMILY}`,
    },
    optionBytes: {
      regions: [{ name: "option bytes", addressStart: 0x1fff_7800, sizeBytes: 128 }],
      source: `${STM32LOADER}; RM0444 Rev 5, table 9 (seen as a third-party copy)`,
    },
    source: STM32LOADER,
  };
}

/** The G0 parts. */
export const STM32G0_PARTS: readonly Part[] = [
  part({
    name: "stm32g071xb",
    alias: "stm32g071",
    chipId: 0x460,
    header: "stm32g071xx",
    ramBytes: 36 * KIB,
    flashBytes: 128 * KIB,
    bankModes: [
      pageBankMode({
        name: "single",
        pageSizeBytes: 2 * KIB,
        sizeBytes: 128 * KIB,
        options: [],
        source: `${STM32_DATA}; ${OPENOCD_L4}`,
      }),
    ],
    bootloaderId: 0xb3,
    systemMemory: [{ name: "system memory", addressStart: 0x1fff_0000, sizeBytes: 0x7000 }],
    reservedRamBytes: 0x2700,
  }),
  part({
    name: "stm32g0b1xe",
    alias: "stm32g0b1",
    chipId: 0x467,
    header: "stm32g0b1xx",
    ramBytes: 144 * KIB,
    flashBytes: 512 * KIB,
    bankModes: [
      pageBankMode({
        name: "dual",
        pageSizeBytes: 2 * KIB,
        sizeBytes: 512 * KIB,
        options: [{ name: "DUAL_BANK", value: 1 }, { name: "nSWAP_BANK", value: 1 }],
        source: `${BANKS}; unverified: that nSWAP_BANK = 1 keeps bank 1 first`,
      }),
      pageBankMode({
        name: "single",
        pageSizeBytes: 2 * KIB,
        sizeBytes: 512 * KIB,
        options: [{ name: "DUAL_BANK", value: 0 }],
        source: BANKS,
      }),
    ],
    bootloaderId: 0x92,
    systemMemory: [
      { name: "system memory", addressStart: 0x1fff_0000, sizeBytes: 0x6000 },
      { name: "system memory of bank 2", addressStart: 0x1fff_8000, sizeBytes: 0x7000 },
    ],
    reservedRamBytes: 0x4000,
  }),
];
