import assert from "node:assert/strict";
import { findPart } from "../core/mod.ts";
import { BootRomChip, simulate, Stm32 } from "../emulator/mod.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import { addCosts, profileFor, runBootRom } from "../protocols/an3155/mod.ts";
import { packSmallPair, packSmallSingle } from "./small_pair.ts";
import { planStaging, stageUpdate, type StageUpdateOptions } from "../updates/mod.ts";

type Bundle = Parameters<typeof stageUpdate>[1];

function stage(chip: Stm32, update: Bundle, options: StageUpdateOptions = {}) {
  const device = new BootRomChip(chip);
  return simulate({
    host: (link) => stageUpdate(link, update, options),
    chip,
    firmware: (link, boot) =>
      boot.cores[0]?.kind === "boot-rom" ? runBootRom(link, { device, profile: profileFor(chip.part) }) : undefined,
    wire: { baudRate: 115_200 },
  });
}

Deno.test("stageUpdate() tells another part by its product id when nobody has named it", async () => {
  const chip = new Stm32(findPart("stm32f407"), { isBoot0High: true });
  const { outcome, flashOperations } = stage(chip, await packSmallPair());
  assert(outcome.kind === "failed");
  assert.equal((outcome.error as { code?: string }).code, "wrong-part", String(outcome.error));
  assert.equal(flashOperations, 0);
});

Deno.test("stageUpdate() looks at one end of a single slot, as planStaging() foretells", async () => {
  const layout = { ...findLayout("stm32f411"), name: "one", policy: "single" as const };
  const slots = layout.slots.map((slot) => ({ ...slot, addressB: slot.addressA }));
  const update = await packSmallSingle({ layout: { ...layout, slots } });
  const { part } = layout;
  const result = stage(new Stm32(part, { isBoot0High: true }), update, { part });
  assert.equal(result.outcome.kind, "done");
  const { ours, guard } = planStaging(update, { part });
  const all = addCosts([ours.total, guard]);
  assert.deepEqual([result.bytesToTarget, result.bytesToHost], [all.bytesOut, all.bytesIn]);
});
