/**
 * A layout: where loader and slots stand in a part's flash, and how an update gets from one slot to the other.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { findPart } from "../../core/parts/find_part.ts";
import type { CoreTag, Part } from "../../core/parts/part.ts";
import { planOptionBytes } from "./option_bytes.ts";

/**
 * How an update comes to run. `copy`: slot A runs, slot B receives, and the loader copies B to A. `single`: one slot,
 * received in place.
 */
export type Policy = "copy" | "single";

/** Where the loader stands. */
export interface LoaderArea {
  /** Absolute address: the start of flash. */
  readonly addressStart: number;
  /** Size in bytes: whole sectors. */
  readonly sizeBytes: number;
}

/** The slots of one core. */
export interface CoreSlots {
  /** The core that runs what is in slot A. */
  readonly core: CoreTag;
  /** Absolute address of slot A, where the image is linked and runs. */
  readonly addressA: number;
  /** Absolute address of slot B, which receives; equal to {@linkcode addressA} under policy `single`. */
  readonly addressB: number;
  /** Size of each of the two, in bytes; payload, header and commit word share it. */
  readonly sizeBytes: number;
}

/** An option that the device's option bytes shall hold for the layout to be safe. */
export interface OptionByte {
  /** Name as the reference manual gives it. */
  readonly name: string;
  /** The field's value, 0 to 0xFFFFFFFF. */
  readonly value: number;
  /** What it is for: one clause. */
  readonly reason: string;
  /** Where name and meaning come from; `unverified:` where nobody has checked yet. */
  readonly source: string;
}

/** All options that a layout asks for. Empty where it needs none. */
export type OptionBytePlan = readonly OptionByte[];

/** What a layout file says, with the part by its name. */
export interface LayoutDefinition {
  /** Name of the layout, such as `stm32h745`. */
  readonly name: string;
  /** Name of the part, as `findPart()` takes it. */
  readonly part: string;
  /** Name of one of the part's bank modes. */
  readonly bankMode: string;
  /** How an update comes to run. */
  readonly policy: Policy;
  /** Where the loader stands. */
  readonly loader: LoaderArea;
  /** The slots, one entry for each core, in index order of the set. */
  readonly slots: readonly CoreSlots[];
}

/** A layout with its part and the option-byte plan that follows from both. */
export interface Layout extends Omit<LayoutDefinition, "part"> {
  /** The part. */
  readonly part: Part;
  /** Options that the device shall hold. Derived, so that it cannot contradict the layout. */
  readonly optionBytes: OptionBytePlan;
}

/**
 * Looks up the part of a layout and works out the option bytes that it needs.
 *
 * Nothing else is checked: that is what `checkLayout()` is for.
 *
 * @param definition What a layout file says.
 * @returns The layout.
 * @throws {UnknownPartError} When the part is not in the table.
 *
 * @example A loader and one slot on an F411
 * ```ts
 * import { checkLayout, createLayout } from "@coreslot/coreslot/packager";
 *
 * const layout = createLayout({
 *   name: "my-board",
 *   part: "stm32f411",
 *   bankMode: "single",
 *   policy: "single",
 *   loader: { addressStart: 0x0800_0000, sizeBytes: 0x8000 },
 *   slots: [{ core: "CM4", addressA: 0x0800_8000, addressB: 0x0800_8000, sizeBytes: 0x7_8000 }],
 * });
 * checkLayout(layout);
 * console.assert(layout.optionBytes[0]?.name === "nWRP" && layout.optionBytes[0].value === 0xffc);
 * ```
 */
export function createLayout(definition: LayoutDefinition): Layout {
  const resolved = { ...definition, part: findPart(definition.part) };
  return {
    ...resolved,
    // On demand: the plans of all presets are a tenth of the time that packing takes, which needs none.
    get optionBytes() {
      return planOptionBytes(resolved);
    },
  };
}
