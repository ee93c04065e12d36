import assert from "node:assert/strict";
import type { CoreTag } from "../../core/parts/part.ts";
import { findLayout } from "../layouts/presets.ts";
import { checkCores } from "./check_cores.ts";
import { type PlacementCode, PlacementError } from "./placement_error.ts";

const ACCEPTED: readonly [string, readonly CoreTag[]][] = [
  ["stm32h745", ["CM7", "CM4"]],
  ["stm32h745", ["CM4", "CM7"]],
  ["stm32f407", ["CM4"]],
  ["stm32l053", ["CM0P"]],
];

for (const [name, cores] of ACCEPTED) {
  Deno.test(`checkCores() takes ${cores.join(" and ")} for ${name}`, () => checkCores(findLayout(name), cores));
}

const REFUSED: readonly [string, readonly CoreTag[], readonly PlacementCode[], RegExp][] = [
  ["stm32h745", ["CM7"], ["missing-core"], /there is no image for CM4, the layout has CM7 and CM4$/],
  ["stm32h745", ["CM4"], ["missing-core"], /there is no image for CM7/],
  ["stm32h745", [], ["missing-core", "missing-core"], /for CM7.*for CM4/],
  ["stm32h745", ["CM7", "CM7"], ["duplicate-core", "missing-core"], /more than one image for CM7; .*no image for CM4/],
  ["stm32h745", ["CM7", "CM4", "CM4", "CM4"], ["duplicate-core"], /more than one image for CM4$/],
  ["stm32h745", ["CM7", "CM4", "CM33"], ["unknown-core"], /an image for CM33, the layout has CM7 and CM4$/],
  ["stm32f407", ["CM7"], ["unknown-core", "missing-core"], /an image for CM7, the layout has CM4/],
];

for (const [name, cores, codes, message] of REFUSED) {
  Deno.test(`checkCores() refuses ${cores.join(" and ") || "nothing"} for ${name}`, () => {
    assert.throws(() => checkCores(findLayout(name), cores), (error) => {
      assert(error instanceof PlacementError);
      assert.deepEqual(error.findings.map(({ code }) => code), codes);
      assert.equal(error.core, null);
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot place the images in the layout stm32/);
      assert.match(error.advice!, /they are updated together or not at all$/);
      return true;
    });
  });
}
