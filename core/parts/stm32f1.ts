/**
 * STM32F103 of medium density (x8, xB) and high density (xC, xE): small even pages, no ECC.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BootRom, Flash, Part, ProgramUnit } from "./part.ts";
import { cmsisHeader, STM32_DATA, STM32FLASH, STM32LOADER, STM32LOADER_FAMILY } from "./sources.ts";

const KIB = 1024;
const HEADERS = "f1@8a76309";
const PROTECTION = "openocd-org/openocd@abbbc2e src/flash/nor/stm32f1x.c";

interface Density {
  readonly chipId: number;
  readonly header: string;
  readonly vectorCount: number;
  readonly pageSizeBytes: number;
  /** Where the flash times were read. */
  readonly timingSource: string;
}

const MEDIUM: Density = {
  chipId: 0x410,
  header: cmsisHeader(HEADERS, "stm32f103xb"),
  vectorCount: 59,
  pageSizeBytes: 1 * KIB,
  timingSource: "DS5319 Rev 20, table 28, which gives no typical erase times: the least one stands for it",
};

const HIGH: Density = {
  chipId: 0x414,
  header: cmsisHeader(HEADERS, "stm32f103xe"),
  vectorCount: 76,
  pageSizeBytes: 2 * KIB,
  timingSource: "maximum erase: zephyrproject-rtos/zephyr@00cafda dts/arm/st/f1/stm32f1.dtsi; " +
    "unverified: the others, which are those of DS5319 Rev 20, table 28",
};

const BOOT_ROM: BootRom = {
  bootloaderIds: [],
  systemMemory: [{ name: "system memory", addressStart: 0x1fff_f000, sizeBytes: 0x800 }],
  reservedRam: [{ name: "SRAM", addressStart: 0x2000_0000, sizeBytes: 0x200 }],
  eraseCommand: "erase",
  hasMassErase: true,
  maxTransferBytes: 256,
  source: `${STM32LOADER}; ${STM32FLASH}; unverified: that it has 0x43 and not 0x44`,
};

const PROGRAM_UNIT: ProgramUnit = {
  sizeBytes: 2,
  isWriteOnce: true,
  erasedByte: 0xff,
  source: "DS5319 Rev 20, table 28 (16-bit programming); unverified: that a half-word which is not erased takes " +
    "nothing but 0x0000, so that it can be written once (PM0075)",
};

function flash({ header, pageSizeBytes, timingSource }: Density, sizeBytes: number): Flash {
  const eraseTime = { typicalUs: 20_000, maximumUs: 40_000 };
  const sectorCount = sizeBytes / pageSizeBytes;
  return {
    addressStart: 0x0800_0000,
    sizeBytes,
    programUnit: PROGRAM_UNIT,
    bankModes: [{
      name: "single",
      options: [],
      sectorRuns: [{ bank: 1, addressStart: 0x0800_0000, sectorSizeBytes: pageSizeBytes, sectorCount }],
      source: `${STM32_DATA}; ${STM32FLASH}`,
    }],
    timings: [{
      parallelismBits: null,
      program: { typicalUs: 52.5, maximumUs: 70 },
      sectorErase: [{ sectorSizeBytes: pageSizeBytes, ...eraseTime }],
      massErase: eraseTime,
      source: timingSource,
    }],
    writeProtection: {
      kind: "mask",
      options: ["WRP0", "WRP1", "WRP2", "WRP3"],
      bitsPerOption: 8,
      protectedBit: 0,
      unitSizeBytes: 4 * KIB,
      requires: [],
      source: `${header}; ${PROTECTION}: a bit for 4 pages of 1 KiB or 2 of 2 KiB, active low`,
    },
    source: STM32_DATA,
  };
}

function part(name: string, density: Density, sizes: { readonly flashBytes: number; readonly ramBytes: number }): Part {
  const { chipId, header, vectorCount } = density;
  return {
    name,
    // The Blue Pill's size; what fits it fits the larger parts of the same density.
    aliases: name === "stm32f103x8" ? ["stm32f103"] : [],
    chipId,
    cores: [{
      tag: "CM3",
      vectorCount,
      rams: [{ name: "SRAM", addressStart: 0x2000_0000, sizeBytes: sizes.ramBytes }],
      boot: null,
      source: `${header}; ${STM32_DATA}`,
    }],
    flash: flash(density, sizes.flashBytes),
    bootRom: BOOT_ROM,
    identity: {
      flashSizeAddress: 0x1fff_f7e0,
      uniqueIdAddress: 0x1fff_f7e8,
      source: `${header}; ${STM32LOADER_FAMILY}`,
    },
    optionBytes: {
      regions: [{ name: "option bytes", addressStart: 0x1fff_f800, sizeBytes: 16 }],
      source: `${header}; ${STM32FLASH}`,
    },
    source: `${STM32LOADER}; ${STM32FLASH}`,
  };
}

/** The F103 parts. */
export const STM32F1_PARTS: readonly Part[] = [
  part("stm32f103x8", MEDIUM, { flashBytes: 64 * KIB, ramBytes: 20 * KIB }),
  part("stm32f103xb", MEDIUM, { flashBytes: 128 * KIB, ramBytes: 20 * KIB }),
  part("stm32f103xc", HIGH, { flashBytes: 256 * KIB, ramBytes: 48 * KIB }),
  part("stm32f103xe", HIGH, { flashBytes: 512 * KIB, ramBytes: 64 * KIB }),
];
