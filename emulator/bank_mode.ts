/**
 * Which bank mode the option bytes choose, and whether the banks are swapped.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Part } from "../core/mod.ts";
import type { OptionBytes } from "./option_bytes.ts";

/**
 * Reads the bank mode out of the option bytes.
 *
 * An option that every mode of the part sets tells the modes apart (DBANK, DUAL_BANK); one that a mode has for itself
 * keeps its banks in order (SWAP_BANK_OPT, nSWAP_BANK, BFB2), so any other value of it swaps them.
 *
 * @param part The part.
 * @param options The option bytes; what is in force counts.
 * @returns Name of the mode, and whether bank 2 stands at the start of flash.
 */
export function bankModeOfOptions(
  part: Part,
  options: OptionBytes,
): { readonly bankMode: string; readonly isSwapped: boolean } {
  const { bankModes } = part.flash;
  const tellsModesApart = (name: string) =>
    bankModes.length > 1 && bankModes.every((mode) => mode.options.some((option) => option.name === name));
  const mode =
    bankModes.find((mode) =>
      mode.options.every(({ name, value }) => !tellsModesApart(name) || options.get(name) === value)
    ) ?? bankModes[0]!;
  // Of the mode that was found only the options of its own can differ.
  const isSwapped = mode.options.some(({ name, value }) => options.get(name) !== value);
  return { bankMode: mode.name, isSwapped };
}
