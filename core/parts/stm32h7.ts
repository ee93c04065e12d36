/**
 * STM32H743, and the dual-core STM32H745, H747, H755 and H757: all report chip id 0x450.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BankMode, BootRom, Core, Flash, FlashTiming, MemoryRegion, Part, TimeRange } from "./part.ts";
import { cmsisHeader, STM32_DATA, STM32LOADER } from "./sources.ts";

const KIB = 1024;
const HEADERS = "h7@13ba9da";
const RM0399_BOOT = "RM0399 Rev 4, section 4.4.7; field names as in " + cmsisHeader(HEADERS, "stm32h745xx");
const LINKER = "STMicroelectronics/cmsis_device_h7@13ba9da Source/Templates/gcc/linker/stm32h745xx_flash_CM4.ld";

/** Both cores reach these. */
const SHARED_RAMS: readonly MemoryRegion[] = [
  { name: "AXI SRAM", addressStart: 0x2400_0000, sizeBytes: 512 * KIB },
  { name: "SRAM1-3", addressStart: 0x3000_0000, sizeBytes: 288 * KIB },
  { name: "SRAM4", addressStart: 0x3800_0000, sizeBytes: 64 * KIB },
];

const CM7_RAMS: readonly MemoryRegion[] = [
  { name: "ITCM", addressStart: 0x0000_0000, sizeBytes: 64 * KIB },
  { name: "DTCM", addressStart: 0x2000_0000, sizeBytes: 128 * KIB },
  ...SHARED_RAMS,
];

/** The alias is for the CM4's code bus; ST's linker scripts put the CM4's stack there. */
const CM4_RAMS: readonly MemoryRegion[] = [
  { name: "SRAM1-3 alias", addressStart: 0x1000_0000, sizeBytes: 288 * KIB },
  ...SHARED_RAMS,
];

const SINGLE_CORE: readonly Core[] = [{
  tag: "CM7",
  vectorCount: 166,
  rams: CM7_RAMS,
  boot: {
    enableOption: null,
    addressOption: "BOOT_ADD0",
    addressUnitBytes: 64 * KIB,
    source: `${cmsisHeader(HEADERS, "stm32h743xx")} (FLASH_BOOT_ADD0, 16 bits)`,
  },
  source: `${cmsisHeader(HEADERS, "stm32h743xx")}; ${STM32_DATA}`,
}];

const DUAL_CORE: readonly Core[] = [
  {
    tag: "CM7",
    vectorCount: 166,
    rams: CM7_RAMS,
    boot: {
      enableOption: "BCM7",
      addressOption: "BOOT_CM7_ADD0",
      addressUnitBytes: 64 * KIB,
      source: RM0399_BOOT,
    },
    source: `${cmsisHeader(HEADERS, "stm32h745xx")}; ${STM32_DATA}`,
  },
  {
    tag: "CM4",
    vectorCount: 166,
    rams: CM4_RAMS,
    boot: {
      enableOption: "BCM4",
      addressOption: "BOOT_CM4_ADD0",
      addressUnitBytes: 64 * KIB,
      source: RM0399_BOOT,
    },
    source: `${cmsisHeader(HEADERS, "stm32h745xx")}; ${STM32_DATA}; ${LINKER}`,
  },
];

const MS = 1000;
const SECOND = 1_000_000;

function timing(
  parallelismBits: 8 | 16 | 32 | 64,
  times: { readonly program: TimeRange; readonly erase: TimeRange; readonly massErase: TimeRange },
): FlashTiming {
  return {
    parallelismBits,
    program: times.program,
    sectorErase: [{ sectorSizeBytes: 128 * KIB, ...times.erase }],
    massErase: times.massErase,
    source: "DS12110 Rev 10, table 53 (STM32H743 rev Y); unverified: that DS12923 says the same of the dual-core parts",
  };
}

const TIMINGS: readonly FlashTiming[] = [
  timing(64, {
    program: { typicalUs: 100, maximumUs: 200 },
    erase: { typicalUs: 1000 * MS, maximumUs: 2000 * MS },
    massErase: { typicalUs: 5 * SECOND, maximumUs: 10 * SECOND },
  }),
  timing(32, {
    program: { typicalUs: 130, maximumUs: 260 },
    erase: { typicalUs: 1100 * MS, maximumUs: 2200 * MS },
    massErase: { typicalUs: 6 * SECOND, maximumUs: 12 * SECOND },
  }),
  timing(16, {
    program: { typicalUs: 180, maximumUs: 360 },
    erase: { typicalUs: 1800 * MS, maximumUs: 3600 * MS },
    massErase: { typicalUs: 8 * SECOND, maximumUs: 16 * SECOND },
  }),
  timing(8, {
    program: { typicalUs: 290, maximumUs: 580 },
    erase: { typicalUs: 2000 * MS, maximumUs: 4000 * MS },
    massErase: { typicalUs: 13 * SECOND, maximumUs: 26 * SECOND },
  }),
];

/** Bank 2 begins at 0x08100000 whatever the size: a 1 MB part has a hole of 512 KiB before it. */
function bankMode(sectorsInBank: number): BankMode {
  return {
    name: "dual",
    options: [{ name: "SWAP_BANK_OPT", value: 0 }],
    sectorRuns: [
      { bank: 1, addressStart: 0x0800_0000, sectorSizeBytes: 128 * KIB, sectorCount: sectorsInBank },
      { bank: 2, addressStart: 0x0810_0000, sectorSizeBytes: 128 * KIB, sectorCount: sectorsInBank },
    ],
    source: `RM0399 Rev 4, tables 14 and 15, sections 4.4.5 and 4.3.13; ${STM32_DATA}`,
  };
}

function flash(sectorsInBank: number): Flash {
  return {
    addressStart: 0x0800_0000,
    sizeBytes: 2 * sectorsInBank * 128 * KIB,
    programUnit: {
      sizeBytes: 32,
      isWriteOnce: true,
      erasedByte: 0xff,
      source: `RM0399 Rev 4, sections 4.2 and 4.3.4 (256 bits and 10 of ECC); ${STM32_DATA}`,
    },
    bankModes: [bankMode(sectorsInBank)],
    timings: TIMINGS,
    writeProtection: {
      kind: "mask",
      options: ["WRPSn1", "WRPSn2"],
      bitsPerOption: 8,
      protectedBit: 0,
      unitSizeBytes: null,
      requires: [],
      source: "RM0399 Rev 4, table 20 and section 4.4.6 (active low)",
    },
    source: "RM0399 Rev 4, tables 14 and 15",
  };
}

const BOOT_ROM: BootRom = {
  bootloaderIds: [0x90, 0x91],
  systemMemory: [{ name: "system memory", addressStart: 0x1ff0_0000, sizeBytes: 0x1_e800 }],
  reservedRam: [
    { name: "DTCM", addressStart: 0x2000_0000, sizeBytes: 0x4100 },
    { name: "AXI SRAM", addressStart: 0x2400_0000, sizeBytes: 0x5000 },
  ],
  eraseCommand: "extended-erase",
  hasMassErase: true,
  maxTransferBytes: 256,
  source: `${STM32LOADER}; unverified: bootloader id 0x90 (reports on community.st.com)`,
};

interface Variant {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly cores: readonly Core[];
  /** Eight on parts with 2 MB, four on parts with 1 MB. */
  readonly sectorsInBank: number;
}

function part({ name, aliases, cores, sectorsInBank }: Variant): Part {
  return {
    name,
    aliases,
    chipId: 0x450,
    cores,
    flash: flash(sectorsInBank),
    bootRom: BOOT_ROM,
    identity: {
      flashSizeAddress: 0x1ff1_e880,
      uniqueIdAddress: 0x1ff1_e800,
      source: cmsisHeader(HEADERS, "stm32h745xx"),
    },
    optionBytes: { regions: [], source: "RM0399 Rev 4, table 14: reached through registers only" },
    source: STM32LOADER,
  };
}

/** The H7 parts with sectors of 128 KiB. */
export const STM32H7_PARTS: readonly Part[] = [
  part({ name: "stm32h743xi", aliases: ["stm32h743"], cores: SINGLE_CORE, sectorsInBank: 8 }),
  part({ name: "stm32h745xg", aliases: [], cores: DUAL_CORE, sectorsInBank: 4 }),
  part({ name: "stm32h745xi", aliases: ["stm32h745"], cores: DUAL_CORE, sectorsInBank: 8 }),
  part({ name: "stm32h747xg", aliases: [], cores: DUAL_CORE, sectorsInBank: 4 }),
  part({ name: "stm32h747xi", aliases: ["stm32h747"], cores: DUAL_CORE, sectorsInBank: 8 }),
  part({ name: "stm32h755xi", aliases: ["stm32h755"], cores: DUAL_CORE, sectorsInBank: 8 }),
  part({ name: "stm32h757xi", aliases: ["stm32h757"], cores: DUAL_CORE, sectorsInBank: 8 }),
];
