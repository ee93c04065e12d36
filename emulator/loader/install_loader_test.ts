/**
 * A device as it leaves the factory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { findLayout } from "../../packager/layouts/mod.ts";
import { Stm32 } from "../stm32.ts";
import { installLoader } from "./install_loader.ts";

Deno.test("installLoader() starts the loader on a chip of the layout's part, and refuses another", () => {
  const layout = findLayout("stm32h745");
  const { cores } = installLoader(new Stm32(layout.part), layout);
  assert.deepEqual(cores.map(({ kind }) => kind), ["runs", "held"]);
  assert.throws(() => installLoader(new Stm32(findLayout("stm32f411").part), layout), /is for stm32h745/);
});
