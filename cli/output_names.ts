/**
 * Names of files that many devices are read into: one for each, from its port.
 *
 * @module
 */

import { UsageError } from "./usage_error.ts";

/** What stands for the port in the name that the user gives. */
const PORT_MARK = "{port}";

/** Gives each port a file of its own. */
export class OutputNames {
  readonly #pattern: string;
  readonly #given = new Set<string>();

  /**
   * Takes the name that the user gives.
   *
   * @param pattern For example `flash-{port}.hex`.
   * @throws {UsageError} When nothing in it stands for the port.
   */
  constructor(pattern: string) {
    if (!pattern.includes(PORT_MARK)) {
      throw new UsageError(
        "bad-value",
        `Cannot write ${pattern}: several devices would write to it`,
        "Put {port} into the name, as in flash-{port}.hex",
      );
    }
    this.#pattern = pattern;
  }

  /**
   * Gives the name of a port's file.
   *
   * @param port The port: `/dev/ttyACM0`.
   * @returns For example `flash-ttyACM0.hex`.
   * @throws {UsageError} When another port has got the same name.
   */
  nameFor(port: string): string {
    const label = port.replace(/^\/dev\//, "").replaceAll(/[^\w.-]+/g, "_").replace(/^[_.]+/, "");
    const name = this.#pattern.replaceAll(PORT_MARK, label);
    if (this.#given.has(name)) {
      throw new UsageError("bad-value", `Cannot write ${name}: another port has the same name without its signs`);
    }
    this.#given.add(name);
    return name;
  }
}
