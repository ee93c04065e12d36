/**
 * Watches that flash holds a whole set at every instant, once it has held one.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../core/mod.ts";
import type { FlashOperation } from "../emulator/flash_operations.ts";
import type { SlotName } from "../packager/slots/mod.ts";
import { findSolid } from "./flash_sets.ts";
import { placeOf } from "./places.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";

/** Watches one device of policy `copy`. Under policy `single` there is no such promise to watch. */
export class SetWatch {
  readonly #device: RehearsalDevice;
  readonly #hadSet: boolean;
  /** Whether a slot holds a whole set; left out where that has to be found out. */
  readonly #known: Partial<Record<SlotName, boolean>> = {};
  #loss: string | undefined;

  /**
   * Begins to watch, and looks at once.
   *
   * @param device The device. What it was watched by before is over.
   * @param hadSet Whether it had a whole set before.
   */
  constructor(device: RehearsalDevice, hadSet: boolean) {
    const { policy } = device.setup.config.layout;
    this.#device = device;
    this.#hadSet = hadSet && policy === "copy";
    if (this.#hadSet && this.setCount === 0) this.#loss = "no whole set is left in flash";
    device.onOperation = this.#hadSet ? (operation) => this.#note(operation) : undefined;
  }

  /** How there came to be no whole set, in words; `undefined` when there was one at every instant. */
  get loss(): string | undefined {
    return this.#loss;
  }

  /** How many whole sets there are: 0 to 2, or 1 under policy `single`. */
  get setCount(): number {
    const { policy } = this.#device.setup.config.layout;
    return Number(this.#holds("A")) + Number(policy === "copy" && this.#holds("B"));
  }

  #holds(name: SlotName): boolean {
    return this.#known[name] ??= findSolid(this.#device.search, name) !== undefined;
  }

  #note({ kind, address }: FlashOperation): void {
    const { slot } = placeOf(this.#device.setup.config.layout, address);
    if (slot === undefined) return;
    delete this.#known[slot];
    // Programming fills what was erased: only an erase takes a set away.
    if (kind === "program" || this.#loss !== undefined) return;
    if (this.#holds(slot === "A" ? "B" : "A") || this.#holds(slot)) return;
    this.#loss = `slot ${slot} was erased at ${formatAddress(address)} while no other whole set was in flash`;
  }
}
