/**
 * Option bytes as they stand in memory, for hosts that read and write them through the boot ROM.
 *
 * Only the options that the emulator knows are there; every other bit reads 1. On H7 there is nothing in memory: the
 * options are reached through registers only.
 *
 * | family | a word | behind it |
 * |---|---|---|
 * | F1 | 8 bits | its complement |
 * | F4 | 16 bits, 8 bytes apart | nothing |
 * | L0 | 16 bits | its complement |
 * | L4, G0, G4 | 32 bits | its complement |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes, OptionValue, Part } from "../core/mod.ts";
import type { OptionBytes } from "./option_bytes.ts";
import { RDP_OPTION } from "./read_protection.ts";

/** A bit field of a word in memory. */
interface OptionField {
  readonly name: string;
  readonly address: number;
  readonly bitOffset: number;
  readonly bitCount: number;
}

interface OptionLayout {
  readonly wordBytes: number;
  readonly hasComplement: boolean;
  readonly fields: readonly OptionField[];
}

function field(name: string, address: number, bits: readonly [offset: number, count: number]): OptionField {
  return { name, address, bitOffset: bits[0], bitCount: bits[1] };
}

/** STMicroelectronics/cmsis_device_f1@8a76309 Include/stm32f103xb.h (OB_TypeDef). */
const F1: OptionLayout = {
  wordBytes: 1,
  hasComplement: true,
  fields: [
    field(RDP_OPTION, 0x1fff_f800, [0, 8]),
    field("WRP0", 0x1fff_f808, [0, 8]),
    field("WRP1", 0x1fff_f80a, [0, 8]),
    field("WRP2", 0x1fff_f80c, [0, 8]),
    field("WRP3", 0x1fff_f80e, [0, 8]),
  ],
};

/**
 * STMicroelectronics/cmsis_device_f4@cdbad76 Include/stm32f429xx.h (FLASH_OPTCR, FLASH_OPTCR1); unverified: that memory is
 * laid out alike. Bank 2 has its own at 0x1FFEC000 (stm32duino/stm32flash@8bc5ceb dev_table.c; the option bytes that an
 * F429's own USB bootloader lists).
 */
const F4: OptionLayout = {
  wordBytes: 2,
  hasComplement: false,
  fields: [
    field("BFB2", 0x1fff_c000, [4, 1]),
    field(RDP_OPTION, 0x1fff_c000, [8, 8]),
    field("nWRP", 0x1fff_c008, [0, 12]),
    field("OPTCR1_nWRP", 0x1ffe_c008, [0, 12]),
  ],
};

/** STMicroelectronics/cmsis_device_l0@b3b1d7b Include/stm32l053xx.h (OB_TypeDef, FLASH_OPTR, FLASH_WRPR). */
const L0: OptionLayout = {
  wordBytes: 2,
  hasComplement: true,
  fields: [
    field(RDP_OPTION, 0x1ff8_0000, [0, 8]),
    field("WPRMOD", 0x1ff8_0000, [8, 1]),
    field("WRPROT1", 0x1ff8_0008, [0, 16]),
  ],
};

/** Bits as in the headers of L4, G0 and G4 (FLASH_OPTR, FLASH_WRP1AR); unverified: the address of WRP1A. */
const L4_G0_G4: OptionLayout = {
  wordBytes: 4,
  hasComplement: true,
  fields: [
    field(RDP_OPTION, 0x1fff_7800, [0, 8]),
    field("BFB2", 0x1fff_7800, [20, 1]),
    field("nSWAP_BANK", 0x1fff_7800, [20, 1]),
    field("DUAL_BANK", 0x1fff_7800, [21, 1]),
    field("DBANK", 0x1fff_7800, [22, 1]),
    field("WRP1A_STRT", 0x1fff_7818, [0, 8]),
    field("WRP1A_END", 0x1fff_7818, [16, 8]),
  ],
};

const LAYOUTS: readonly (readonly [RegExp, OptionLayout])[] = [
  [/^stm32f1/, F1],
  [/^stm32f4/, F4],
  [/^stm32l0/, L0],
  [/^stm32(l4|g0|g4)/, L4_G0_G4],
];

/**
 * Tells whether an address is among the option bytes.
 *
 * @param part The part.
 * @param address Absolute address.
 * @returns `true` inside one of the part's areas.
 */
export function isOptionAddress(part: Part, address: number): boolean {
  return part.optionBytes.regions.some(({ addressStart, sizeBytes }) =>
    address >= addressStart && address < addressStart + sizeBytes
  );
}

/**
 * Encodes option bytes as they stand in memory.
 *
 * @param part The part.
 * @param options The option bytes; what was programmed counts.
 * @param range Absolute address and size in bytes.
 * @returns Fresh bytes.
 */
export function encodeOptionMemory(
  part: Part,
  options: OptionBytes,
  range: { readonly address: number; readonly sizeBytes: number },
): Bytes {
  const layout = layoutOf(part);
  if (layout === undefined) return new Uint8Array(range.sizeBytes).fill(0xff);
  const { wordBytes, hasComplement } = layout;
  // All areas begin on a multiple of 16 bytes, so a word and its complement can be told by the address.
  const memory = Uint8Array.from(
    { length: range.sizeBytes },
    (_, at) => hasComplement && (range.address + at) % (2 * wordBytes) >= wordBytes ? 0x00 : 0xff,
  );
  for (const address of new Set(layout.fields.map((field) => field.address))) {
    const word = encodeWord(layout, address, options);
    for (let at = 0; at < wordBytes; at++) {
      const byte = word >>> 8 * at & 0xff;
      const offset = address - range.address + at;
      // Stores outside an array change nothing.
      memory[offset] = byte;
      if (hasComplement) memory[offset + wordBytes] = ~byte;
    }
  }
  return memory;
}

/**
 * Decodes what is written to the option bytes.
 *
 * @param part The part.
 * @param options The option bytes before.
 * @param written Absolute address and bytes.
 * @returns The options that were written as a whole, or `undefined` when a complement does not fit its word.
 */
export function decodeOptionMemory(
  part: Part,
  options: OptionBytes,
  written: { readonly address: number; readonly data: Uint8Array },
): OptionValue[] | undefined {
  const layout = layoutOf(part);
  if (layout === undefined) return [];
  const { wordBytes, hasComplement } = layout;
  const values: OptionValue[] = [];
  for (const { name, address, bitOffset, bitCount } of layout.fields) {
    const offset = address - written.address;
    const end = offset + wordBytes * (hasComplement ? 2 : 1);
    if (options.get(name) === undefined || offset < 0 || end > written.data.length) continue;
    const word = written.data.subarray(offset, offset + wordBytes);
    if (hasComplement && word.some((byte, at) => (byte ^ written.data[offset + wordBytes + at]!) !== 0xff)) {
      return undefined;
    }
    const value = word.reduce((sum, byte, at) => sum + byte * 2 ** (8 * at), 0);
    values.push({ name, value: Math.floor(value / 2 ** bitOffset) % 2 ** bitCount });
  }
  return values;
}

function layoutOf(part: Part): OptionLayout | undefined {
  return LAYOUTS.find(([family]) => family.test(part.name))?.[1];
}

function encodeWord(layout: OptionLayout, address: number, options: OptionBytes): number {
  let word = 2 ** (8 * layout.wordBytes) - 1;
  for (const { name, address: at, bitOffset, bitCount } of layout.fields) {
    const value = options.getProgrammed(name);
    if (at !== address || value === undefined) continue;
    const mask = 2 ** bitCount - 1;
    word = (word & ~(mask << bitOffset) | (value & mask) << bitOffset) >>> 0;
  }
  return word;
}
