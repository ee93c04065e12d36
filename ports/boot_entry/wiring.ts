/**
 * A boot entry from what is wired to what.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { PortSignals } from "../../protocols/link/mod.ts";
import type { BootEntry } from "./boot_entry.ts";
import { syntaxError } from "./boot_entry_error.ts";
import type { BootStep } from "./boot_step.ts";

const ITEM_REGEXP = /^(boot0|reset)-(not-)?(dtr|rts)$/;

/** How long reset is held: what stm32loader and stm32flash's strings have. The part itself needs microseconds. */
const RESET_MS = 100;
/** How long the boot ROM gets to listen. AN2606 has a time for each part, below this one for USART (unverified). */
const START_MS = 200;

/** A line of the port, and which of its states makes something happen. */
interface Wire {
  readonly line: "dtr" | "rts";
  readonly isActiveOn: boolean;
}

/**
 * Tells whether a text says what a line is wired to: `reset-dtr`.
 *
 * @param text The text.
 */
export function isWire(text: string): boolean {
  return ITEM_REGEXP.test(text);
}

/**
 * Makes the steps of a wiring: `boot0-rts` and `reset-dtr`, in either order, each line with `not-` before it where it is
 * inverted; without `boot0` where a jumper does that.
 *
 * @param items One or more texts for which {@linkcode isWire} holds.
 * @returns The steps.
 * @throws {BootEntryError} When it is a wiring that cannot be.
 */
export function parseWiring(items: readonly string[]): BootEntry {
  const text = items.join(",");
  const wires = new Map(items.map((item) => {
    const [, role = "", not, line] = ITEM_REGEXP.exec(item) ?? [];
    return [role, { line: line as Wire["line"], isActiveOn: not === undefined }];
  }));
  const reset = wires.get("reset");
  const boot0 = wires.get("boot0");
  const advice = "Write for example boot0-rts,reset-dtr, or reset-dtr where a jumper sets BOOT0";
  if (reset === undefined) throw syntaxError(text, "it says nothing about reset", advice);
  if (wires.size !== items.length || boot0?.line === reset.line) {
    throw syntaxError(text, "it does not give each line one thing to do", advice);
  }
  return { enter: resetWith(reset, boot0, true), leave: resetWith(reset, boot0, false) };
}

function resetWith(reset: Wire, boot0: Wire | undefined, isLoader: boolean): readonly BootStep[] {
  const choice: PortSignals = boot0 === undefined ? {} : drive(boot0, isLoader);
  return [
    { kind: "signals", signals: { ...drive(reset, true), ...choice } },
    { kind: "wait", durationMs: RESET_MS },
    { kind: "signals", signals: drive(reset, false) },
    ...(isLoader ? [{ kind: "wait", durationMs: START_MS } as const] : []),
  ];
}

function drive({ line, isActiveOn }: Wire, isActive: boolean): PortSignals {
  return { [line]: isActive === isActiveOn };
}
