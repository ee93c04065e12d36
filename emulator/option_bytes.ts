/**
 * Option bytes by the names of the reference manual: programmed now, in force after the next reset.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { OptionValue, Part } from "../core/mod.ts";
import { RDP_OPTION, rdpOfLevel } from "./read_protection.ts";
import { openProtectionOf } from "./write_protection.ts";

/** Options of new parts that were asked for: a sweep makes 25,000 chips a second of one part. */
const FACTORY: WeakMap<Part, ReadonlyMap<string, number>> = new WeakMap();

/** The option bytes of one chip. Programming them is all or nothing: a power cut leaves the old ones or the new ones. */
export class OptionBytes {
  #programmed: ReadonlyMap<string, number>;
  #loaded: ReadonlyMap<string, number>;

  /**
   * Makes the option bytes of a new part, in force.
   *
   * @param part The part.
   */
  constructor(part: Part) {
    let factory = FACTORY.get(part);
    if (factory === undefined) FACTORY.set(part, factory = factoryOptionsOf(part));
    this.#programmed = this.#loaded = factory;
  }

  /** Names of the options that the part's table knows. */
  get names(): readonly string[] {
    return [...this.#programmed.keys()];
  }

  /**
   * Gives the value that is in force.
   *
   * @param name Name of the option.
   * @returns Its value, or `undefined` when the part has no such option.
   */
  get(name: string): number | undefined {
    return this.#loaded.get(name);
  }

  /**
   * Gives the value that will be in force after the next reset.
   *
   * @param name Name of the option.
   * @returns Its value, or `undefined` when the part has no such option.
   */
  getProgrammed(name: string): number | undefined {
    return this.#programmed.get(name);
  }

  /**
   * Programs options. They wait for the next reset.
   *
   * @param values The options and their values.
   * @throws {RangeError} When the part has no option of one of these names; then none is programmed.
   */
  program(values: readonly OptionValue[]): void {
    const stranger = values.find(({ name }) => !this.#programmed.has(name));
    if (stranger !== undefined) {
      throw new RangeError(`Cannot program the option ${stranger.name}: the part has ${this.names.join(", ")}`);
    }
    this.#programmed = new Map([...this.#programmed, ...values.map(({ name, value }) => [name, value] as const)]);
  }

  /** Puts in force what was programmed, as each reset does. */
  load(): void {
    this.#loaded = this.#programmed;
  }
}

/**
 * Gives the address at which a core starts in a new part: the n-th core starts in the n-th bank.
 *
 * @param part The part.
 * @param coreIndex 0-based.
 * @returns An absolute address.
 */
export function factoryBootAddressOf(part: Part, coreIndex: number): number {
  const runs = part.flash.bankModes[0]!.sectorRuns;
  return runs.find(({ bank }) => bank === coreIndex + 1)?.addressStart ?? part.flash.addressStart;
}

/** The mode of a new part, every core enabled, no protection of any kind. */
function factoryOptionsOf(part: Part): Map<string, number> {
  const options = new Map<string, number>([[RDP_OPTION, rdpOfLevel(part, 0)]]);
  for (const mode of part.flash.bankModes.toReversed()) {
    for (const { name, value } of mode.options) options.set(name, value);
  }
  const { options: names, requires } = part.flash.writeProtection;
  for (const { name, value } of requires) options.set(name, value);
  openProtectionOf(part).forEach((value, index) => options.set(names[index]!, value));
  part.cores.forEach(({ boot }, index) => {
    if (boot === null) return;
    if (boot.enableOption !== null) options.set(boot.enableOption, 1);
    options.set(boot.addressOption, factoryBootAddressOf(part, index) / boot.addressUnitBytes);
  });
  return options;
}
