/**
 * Whether the images of a set are one for each core: a dual-core layout takes both or nothing.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { CoreTag } from "../../core/parts/part.ts";
import type { Layout } from "../layouts/layout.ts";
import { type Finding, PlacementError } from "./placement_error.ts";

/**
 * Checks that there is exactly one image for each core of a layout, in any order.
 *
 * @param layout The layout.
 * @param cores The cores that images were given for.
 * @throws {PlacementError} When a core is missing, unknown to the layout, or given twice.
 *
 * @example One image is not enough for two cores
 * ```ts
 * import { checkCores, findLayout, PlacementError } from "@coreslot/coreslot/packager";
 *
 * try {
 *   checkCores(findLayout("stm32h745"), ["CM7"]);
 *   console.assert(false);
 * } catch (error) {
 *   console.assert(error instanceof PlacementError && error.code === "missing-core");
 * }
 * ```
 */
export function checkCores(layout: Layout, cores: readonly CoreTag[]): void {
  const wanted = layout.slots.map(({ core }) => core);
  const list = wanted.join(" and ");
  const findings: Finding[] = [];
  for (const core of new Set(cores)) {
    if (!wanted.includes(core)) {
      findings.push({ code: "unknown-core", state: `there is an image for ${core}, the layout has ${list}` });
    } else if (cores.filter((other) => other === core).length > 1) {
      findings.push({ code: "duplicate-core", state: `there is more than one image for ${core}` });
    }
  }
  for (const core of wanted.filter((core) => !cores.includes(core))) {
    findings.push({ code: "missing-core", state: `there is no image for ${core}, the layout has ${list}` });
  }
  const [first, ...others] = findings;
  if (first === undefined) return;
  const advice = `Give one image for each of ${list}: they are updated together or not at all`;
  throw new PlacementError([first, ...others], { core: null, layoutName: layout.name, advice });
}
