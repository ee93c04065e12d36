/**
 * The UF2 family numbers of STM32 devices.
 *
 * Runs in Deno, Node and browsers.
 *
 * @see microsoft/uf2, utils/uf2families.json, commit cf3bd7f9c274b949528f8cd6a19eef2502a687d2
 * @module
 */

/** A kind of device, as UF2 files name it. */
export interface Uf2Family {
  /** Its short name in the list; a small `x` stands for any character. */
  readonly name: string;
  /** What stands in the field `familyID`. */
  readonly id: number;
}

/** All families of STM32. There is none for C0, U0 and U5, and none tells the cores of one device apart. */
export const UF2_FAMILIES: readonly Uf2Family[] = [
  { name: "STM32F0", id: 0x647824b6 },
  { name: "STM32F1", id: 0x5ee21072 },
  { name: "STM32F2", id: 0x5d1a0a2e },
  { name: "STM32F3", id: 0x6b846188 },
  { name: "STM32F4", id: 0x57755a57 },
  { name: "STM32F407", id: 0x6d0922fa },
  { name: "STM32F407VG", id: 0x8fb060fe },
  { name: "STM32F411xC", id: 0x06d1097b },
  { name: "STM32F411xE", id: 0x2dc309c5 },
  { name: "STM32F7", id: 0x53b80f00 },
  { name: "STM32G0", id: 0x300f5633 },
  { name: "STM32G4", id: 0x4c71240a },
  { name: "STM32H5", id: 0x4e8f1c5d },
  { name: "STM32H7", id: 0x6db66082 },
  { name: "STM32L0", id: 0x202e3a91 },
  { name: "STM32L1", id: 0x1e1f432d },
  { name: "STM32L4", id: 0x00ff6919 },
  { name: "STM32L5", id: 0x04240bdf },
  { name: "STM32WB", id: 0x70d16653 },
  { name: "STM32WL", id: 0x21460ff0 },
];

/**
 * Finds the family of a device.
 *
 * Boot loaders differ: one for an F407 may answer to STM32F407 or to STM32F4. The family found is the narrowest.
 *
 * @param part Name of the part, in either case, as far as it is known: `STM32H745`, `stm32f411ce`.
 * @returns The family with the longest name that the part's name begins with; `undefined` when there is none.
 *
 * @example The family of a dual-core part
 * ```ts
 * import { findUf2Family } from "@coreslot/coreslot/packager";
 *
 * console.assert(findUf2Family("STM32H745")?.name === "STM32H7");
 * ```
 */
export function findUf2Family(part: string): Uf2Family | undefined {
  const name = part.toUpperCase();
  return UF2_FAMILIES.filter((family) => startsWithFamily(name, family.name))
    .sort((a, b) => b.name.length - a.name.length)[0];
}

function startsWithFamily(part: string, family: string): boolean {
  return part.length >= family.length &&
    [...family].every((character, index) => character === "x" || character === part[index]);
}
