/**
 * Devices without one rule: a rehearsal that does not notice proves nothing.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Layout } from "../packager/layouts/layout.ts";
import type { DeviceSetup } from "./rehearsal_device.ts";
import type { ControlRule } from "./report.ts";

/**
 * Lists the rules whose absence one fault is enough to show.
 *
 * @param layout The device's layout.
 * @param hasOld Whether a release runs on it before the update.
 * @returns The rules. Under policy `single` there is no copy to protect, and on one core no other that could start.
 */
export function listControls(layout: Layout, hasOld: boolean): ControlRule[] {
  const isCopy = layout.policy === "copy";
  return [
    "verification",
    ...isCopy && hasOld ? ["commit-word" as const] : [],
    ...isCopy ? ["repair-first" as const] : [],
    ...isCopy && looseOptionsOf(layout).length > 0 ? ["option-bytes" as const] : [],
  ];
}

/**
 * Takes a rule away from a device.
 *
 * @param setup The device.
 * @param rule The rule.
 * @returns The device without it.
 */
export function withoutRule(setup: DeviceSetup, rule: ControlRule): DeviceSetup {
  if (rule === "verification") return { ...setup, bootsUnverified: true };
  const config = { ...setup.config, without: [rule] };
  return rule === "option-bytes" ? { ...setup, config, options: looseOptionsOf(config.layout) } : { ...setup, config };
}

/** The options that let a second core start by itself, set so that they do. */
function looseOptionsOf({ part, slots }: Layout): { readonly name: string; readonly value: number }[] {
  return slots.slice(1).flatMap(({ core }) => {
    const option = part.cores.find(({ tag }) => tag === core)?.boot?.enableOption ?? null;
    return option === null ? [] : [{ name: option, value: 1 }];
  });
}
