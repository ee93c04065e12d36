/**
 * Sets an emulated chip up as a factory does: the loader at the start of flash, option bytes as the layout plans them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Layout } from "../../packager/layouts/layout.ts";
import type { BootReport } from "../boot.ts";
import type { Stm32 } from "../stm32.ts";

/** Instruction tightly coupled memory of an H7: no place for a stack. */
const NO_STACK_REGEXP = /^ITCM$/;

/** Covers whole program units on every part. */
const TABLE_SIZE_BYTES = 32;

/**
 * Puts a vector table where the loader stands, programs the option bytes, and switches the chip on. What the loader does is
 * then up to `createLoaderFirmware()`.
 *
 * @param chip A chip of the layout's part.
 * @param layout The layout.
 * @returns What starts.
 * @throws {RangeError} When the chip is of another part.
 */
export function installLoader(chip: Stm32, layout: Layout): BootReport {
  if (chip.part !== layout.part) {
    throw new RangeError(`Cannot install the loader: layout ${layout.name} is for ${layout.part.name}`);
  }
  const { addressStart } = layout.loader;
  const ram = layout.part.cores[0]!.rams.find(({ name }) => !NO_STACK_REGEXP.test(name))!;
  const table = new Uint8Array(TABLE_SIZE_BYTES);
  const view = new DataView(table.buffer);
  view.setUint32(0, ram.addressStart + ram.sizeBytes, true);
  view.setUint32(4, addressStart + 9, true);
  chip.flash.preload(addressStart, table);
  chip.optionBytes.program(layout.optionBytes);
  return chip.reset("power-on");
}
