/**
 * Parts by the names that people use.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../errors.ts";
import { nearNames } from "./near_names.ts";
import type { Part } from "./part.ts";
import { STM32F1_PARTS } from "./stm32f1.ts";
import { STM32F4_PARTS } from "./stm32f4.ts";
import { STM32G0_PARTS } from "./stm32g0.ts";
import { STM32G4_PARTS } from "./stm32g4.ts";
import { STM32H7_PARTS } from "./stm32h7.ts";
import { STM32L0_PARTS } from "./stm32l0.ts";
import { STM32L4_PARTS } from "./stm32l4.ts";

/** Line (nine characters), pins, flash size, then package, temperature and options: STM32H745 Z I T6. */
const ORDER_CODE_REGEXP = /^(stm32[a-z]\w{3})[a-z](\w)(?:[a-z]\d\w*)?$/;

/** Every part of the table, by family and name. */
export const PARTS: readonly Part[] = [
  ...STM32F1_PARTS,
  ...STM32F4_PARTS,
  ...STM32G0_PARTS,
  ...STM32G4_PARTS,
  ...STM32H7_PARTS,
  ...STM32L0_PARTS,
  ...STM32L4_PARTS,
];

/** A name that no part has. Its only code is `unknown-part`. */
export class UnknownPartError extends CoreslotError {
  /** The name that was looked for. */
  readonly part: string;
  /** Names of parts that may have been meant, the nearest first. */
  readonly near: readonly string[];

  /**
   * Says which name, and which were near.
   *
   * @param part The name that was looked for.
   * @param near Names that may have been meant.
   */
  constructor(part: string, near: readonly string[]) {
    super({
      code: "unknown-part",
      message: `Cannot find the part ${JSON.stringify(part)}: it is not in the table of parts`,
      advice: near.length > 0
        ? `Did you mean ${near.join(" or ")}`
        : `The table has ${PARTS.map(({ name }) => name).join(", ")}`,
    });
    this.part = part;
    this.near = near;
  }
}

/**
 * Finds a part by its name, a shorter name of it, or a whole order code.
 *
 * @param name For example `stm32h745xi`, `stm32h745` or `STM32H745ZIT6`, in either case.
 * @returns The part.
 * @throws {UnknownPartError} When there is none of that name.
 *
 * @example What is printed on the chip will do
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 *
 * console.assert(findPart("STM32F407VET6").name === "stm32f407xe");
 * ```
 */
export function findPart(name: string): Part {
  const wanted = name.toLowerCase();
  const [, line, size] = ORDER_CODE_REGEXP.exec(wanted) ?? [];
  const part = PARTS.find((part) => part.name === wanted || part.aliases.includes(wanted)) ??
    PARTS.find((part) => part.name === `${line}x${size}`);
  if (part === undefined) throw new UnknownPartError(name, nearNames(wanted, PARTS.map(({ name }) => name)));
  return part;
}
