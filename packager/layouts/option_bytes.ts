/**
 * The option bytes that make a layout safe, worked out from the layout and its part.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { WriteProtection } from "../../core/parts/part.ts";
import { bankModeOf, sectorsOf } from "../../core/parts/sectors.ts";
import type { Layout, OptionByte, OptionBytePlan } from "./layout.ts";

/**
 * Works out which option bytes a layout needs: its bank mode, where each core starts, and the loader's protection.
 *
 * The core that runs the loader may start by itself; any other must wait until the loader has verified its image.
 *
 * @param layout The layout, its plan not needed.
 * @returns The options, in the order in which they are explained above; empty where the part needs none.
 */
export function planOptionBytes(layout: Omit<Layout, "optionBytes">): OptionBytePlan {
  return [...planBankMode(layout), ...planBoot(layout), ...planWriteProtection(layout)];
}

function planBankMode({ part, bankMode }: Omit<Layout, "optionBytes">): readonly OptionByte[] {
  const mode = bankModeOf(part, bankMode);
  return (mode?.options ?? []).map(({ name, value }) => ({
    name,
    value,
    reason: `bank mode "${bankMode}", bank 1 first`,
    source: mode!.source,
  }));
}

function planBoot({ part, loader, slots }: Omit<Layout, "optionBytes">): readonly OptionByte[] {
  return part.cores.flatMap(({ tag, boot }, index) => {
    const slot = slots.find(({ core }) => core === tag);
    if (boot === null || slot === undefined) return [];
    const isLoaderCore = index === 0;
    const address = isLoaderCore ? loader.addressStart : slot.addressA;
    const options: OptionByte[] = [{
      name: boot.addressOption,
      value: Math.floor(address / boot.addressUnitBytes),
      reason: `${tag} starts ${isLoaderCore ? "in the loader" : "its slot A"} at ${formatAddress(address)}`,
      source: boot.source,
    }];
    if (boot.enableOption !== null) {
      options.unshift({
        name: boot.enableOption,
        value: isLoaderCore ? 1 : 0,
        reason: isLoaderCore ? `${tag} runs the loader` : `${tag} waits until the loader has verified its image`,
        source: boot.source,
      });
    }
    return options;
  });
}

function planWriteProtection(layout: Omit<Layout, "optionBytes">): readonly OptionByte[] {
  const { writeProtection } = layout.part.flash;
  const unitCount = countLoaderUnits(layout);
  const values = writeProtection.kind === "mask"
    ? maskValues(writeProtection, unitCount)
    : [0, unitCount - 1].map((value, index) => ({ name: writeProtection.options[index]!, value }));
  const reason = `the loader's ${layout.loader.sizeBytes / 1024} KiB are write-protected`;
  return [...writeProtection.requires, ...values].map((option) => ({
    ...option,
    reason,
    source: writeProtection.source,
  }));
}

/** Units of write protection that the loader touches. */
function countLoaderUnits({ part, bankMode, loader }: Omit<Layout, "optionBytes">): number {
  const { unitSizeBytes } = part.flash.writeProtection;
  if (unitSizeBytes !== null) return Math.ceil(loader.sizeBytes / unitSizeBytes);
  const sectors = bankModeOf(part, bankMode) === undefined ? [] : sectorsOf(part, bankMode);
  const addressEnd = loader.addressStart + loader.sizeBytes;
  return sectors.filter(({ addressStart }) => addressStart < addressEnd).length;
}

/** One bit a unit, lowest unit first, spread over the options; only those that hold a protected unit. */
function maskValues(
  { options, bitsPerOption, protectedBit }: WriteProtection,
  unitCount: number,
): readonly { name: string; value: number }[] {
  return options.flatMap((name, index) => {
    const protectedBits = Math.min(bitsPerOption, unitCount - index * bitsPerOption);
    if (protectedBits <= 0) return [];
    const mask = 2 ** protectedBits - 1;
    return [{ name, value: protectedBit === 1 ? mask : 2 ** bitsPerOption - 1 - mask }];
  });
}
