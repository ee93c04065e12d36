/**
 * Layouts that are ready to use, named after their parts.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { nearNames } from "../../core/parts/near_names.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { createLayout, type Layout, type LayoutDefinition } from "./layout.ts";
import { LayoutError } from "./layout_error.ts";

const KIB = 1024;
const FLASH_START = 0x0800_0000;

/**
 * Two banks of eight sectors of 128 KiB. The loader and the CM7 have bank 1, the CM4 has bank 2, so that each core runs
 * from its own bank.
 */
function dualCoreH7(name: string): LayoutDefinition {
  return {
    name,
    part: `${name}xi`,
    bankMode: "dual",
    policy: "copy",
    loader: { addressStart: FLASH_START, sizeBytes: 128 * KIB },
    slots: [
      { core: "CM7", addressA: 0x0802_0000, addressB: 0x0808_0000, sizeBytes: 384 * KIB },
      { core: "CM4", addressA: 0x0810_0000, addressB: 0x0818_0000, sizeBytes: 512 * KIB },
    ],
  };
}

interface SingleCore {
  readonly name: string;
  readonly part: string;
  readonly bankMode: "single" | "dual";
  readonly core: CoreTag;
  readonly loaderKib: number;
  /** Address of slot B; `null` for policy `single`. */
  readonly addressB: number | null;
  readonly slotKib: number;
}

function singleCore({ name, part, bankMode, core, loaderKib, addressB, slotKib }: SingleCore): LayoutDefinition {
  const addressA = FLASH_START + loaderKib * KIB;
  return {
    name,
    part,
    bankMode,
    policy: addressB === null ? "single" : "copy",
    loader: { addressStart: FLASH_START, sizeBytes: loaderKib * KIB },
    slots: [{ core, addressA, addressB: addressB ?? addressA, sizeBytes: slotKib * KIB }],
  };
}

const SINGLE_CORES: readonly SingleCore[] = [
  {
    name: "stm32f407",
    part: "stm32f407xg",
    bankMode: "single",
    core: "CM4",
    loaderKib: 64,
    addressB: 0x0808_0000,
    slotKib: 448,
  },
  // The application is larger than half of the flash: there is no room for a second slot.
  {
    name: "stm32f407ve",
    part: "stm32f407xe",
    bankMode: "single",
    core: "CM4",
    loaderKib: 64,
    addressB: null,
    slotKib: 448,
  },
  {
    name: "stm32f411",
    part: "stm32f411xe",
    bankMode: "single",
    core: "CM4",
    loaderKib: 64,
    addressB: 0x0804_0000,
    slotKib: 192,
  },
  {
    name: "stm32l4r5",
    part: "stm32l4r5xi",
    bankMode: "dual",
    core: "CM4",
    loaderKib: 64,
    addressB: 0x0810_0000,
    slotKib: 960,
  },
  {
    name: "stm32g0b1",
    part: "stm32g0b1xe",
    bankMode: "dual",
    core: "CM0P",
    loaderKib: 32,
    addressB: 0x0804_0000,
    slotKib: 224,
  },
  {
    name: "stm32l053",
    part: "stm32l053x8",
    bankMode: "single",
    core: "CM0P",
    loaderKib: 16,
    addressB: 0x0800_a000,
    slotKib: 24,
  },
];

/** Every preset, the dual-core parts first. */
export const LAYOUT_PRESETS: readonly Layout[] = [
  ...["stm32h745", "stm32h747", "stm32h755", "stm32h757"].map(dualCoreH7),
  ...SINGLE_CORES.map(singleCore),
].map(createLayout);

/**
 * Finds a preset by name.
 *
 * @param name For example `stm32h745`, in either case.
 * @returns The layout.
 * @throws {LayoutError} Code `unknown-layout`, when there is none of that name; the advice names the nearest.
 *
 * @example Where the CM4 of an H745 runs
 * ```ts
 * import { findLayout } from "@coreslot/coreslot/packager";
 *
 * console.assert(findLayout("stm32h745").slots[1]?.addressA === 0x0810_0000);
 * ```
 */
export function findLayout(name: string): Layout {
  const wanted = name.toLowerCase();
  const layout = LAYOUT_PRESETS.find((preset) => preset.name === wanted);
  if (layout !== undefined) return layout;
  const names = LAYOUT_PRESETS.map((preset) => preset.name);
  const near = nearNames(wanted, names);
  const advice = near.length > 0 ? `Did you mean ${near.join(" or ")}` : `The presets are ${names.join(", ")}`;
  const got = JSON.stringify(name);
  const message = `Cannot find the layout ${got}: it is no preset`;
  throw new LayoutError([{ code: "unknown-layout", path: "", state: "is no preset", got }], { message, advice });
}
