/**
 * Public files that many numbers of the table were read in, each at the commit it was read at.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Flash and RAM ranges, erase and write sizes, erased value. */
export const STM32_DATA = "embassy-rs/stm32-data@871bfd3 stm32-data-gen/src/memory.rs";

/** Product ids, option bytes, system memory and RAM of the boot ROM, from AN2606. */
export const STM32FLASH = "stm32duino/stm32flash@8bc5ceb dev_table.c";

/** The same, newer, with bootloader identifiers and several ranges. */
export const STM32LOADER = "florisla/stm32loader@b736df5 src/stm32loader/devices.py";

/** Flash size and unique id addresses, transfer size, mass erase. */
export const STM32LOADER_FAMILY = "florisla/stm32loader@b736df5 src/stm32loader/device_family.py";

/** Bank modes and write protection of L4, G0 and G4. */
export const OPENOCD_L4 = "openocd-org/openocd@abbbc2e src/flash/nor/stm32l4x.c";

/**
 * Cites a device header of ST: interrupt numbers, memory bases and register fields.
 *
 * @param family Family with its commit: `h7@13ba9da`.
 * @param header Name of the header without `.h`: `stm32h745xx`.
 * @returns The citation.
 */
export function cmsisHeader(family: string, header: string): string {
  const [name, commit] = family.split("@");
  return `STMicroelectronics/cmsis_device_${name}@${commit} Include/${header}.h`;
}
