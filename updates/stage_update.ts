/**
 * Staging an update through the boot ROM: the slots that receive are written, the loader does the rest at its next start.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";
import { SLOT_RESERVED_BYTES } from "../packager/layouts/slot_capacity.ts";
import type { Layout, Policy } from "../packager/layouts/layout.ts";
import {
  judgeSet,
  PayloadCheck,
  type SetJudgement,
  slotEndAddressOf,
  type SlotName,
  splitSlotEnd,
} from "../packager/slots/mod.ts";
import {
  addCosts,
  flashImage,
  type FlashImageOptions,
  type FlashPlan,
  type FlashResult,
  type MemoryReader,
  planFlash,
  type PlanOptions,
  readMemoryCost,
  type WireCost,
} from "../protocols/an3155/mod.ts";
import { type ByteLink, type Procedure, RefusedError } from "../protocols/link/mod.ts";
import { assertClearOfSlotA, assertCoresOf, assertForPart, type DeviceSets, findObjections } from "./guard.ts";
import { layoutOf, type StagedImage, type Staging, stagingOf } from "./staging.ts";

/** Options of {@linkcode stageUpdate}. */
export interface StageUpdateOptions
  extends Omit<FlashImageOptions, "commit" | "clear" | "guard" | "goAddress" | "erase"> {
  /**
   * The device's layout. When given, the update's cores and addresses have to be its own.
   *
   * @default {undefined: what the update says of its slots}
   */
  readonly layout?: Layout | undefined;
  /**
   * Whether to stage it even where the last set that boots would be lost, or the loader is going to refuse it.
   *
   * @default {false}
   */
  readonly force?: boolean | undefined;
  /**
   * Whether to read the payloads in slot A too, and not its headers alone, when slot B holds a set that would be lost. At
   * 115,200 baud 100 KiB take 10 s.
   *
   * @default {false}
   */
  readonly checksPayloads?: boolean | undefined;
}

/** What {@linkcode stageUpdate} did. The update does not run yet. */
export interface StagedUpdate {
  /** The update waits for the loader: for a reset with BOOT0 low. The boot ROM's Go does not start it. */
  readonly kind: "staged";
  /** `copy`: it is in slot B, and the loader copies it to slot A. `single`: it is in its place. */
  readonly policy: Policy;
  /** Where each image went. */
  readonly images: readonly StagedImage[];
  /** What the device held before. */
  readonly before: DeviceSets;
  /** What was overridden, in words. */
  readonly warnings: readonly string[];
  /** What was written. */
  readonly flash: FlashResult;
}

/**
 * Stages an update. What stands at the ends of the device's slots is read before the first erase, and an update that would
 * destroy the last set that boots is refused. All sectors of the slots that receive are erased, from the last to the first.
 * Commit words are written when all else was read back.
 *
 * @param link The host's end of the wire.
 * @param update A bundle, or a container that is a whole set. Verify it first where its key is known.
 * @param options The part, the layout, what to verify.
 * @returns What was done.
 * @throws {ContainerFormatError} When the update is not well formed.
 * @throws {UpdateError} When it may not go onto this device; nothing was changed.
 * @throws {BootRomError} When the part cannot be told, or the update does not fit it; nothing was changed.
 * @throws {ProtocolError} When the line fails for good.
 *
 * @example An update for an F411, staged
 * ```ts
 * import { findPart, MemoryImage } from "@coreslot/coreslot/core";
 * import { profileFor, runBootRom } from "@coreslot/coreslot/an3155";
 * import { BootRomChip, simulate, Stm32 } from "@coreslot/coreslot/emulator";
 * import { findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
 * import { stageUpdate } from "@coreslot/coreslot/updates";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32f411"),
 *   images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key,
 * });
 * const part = findPart("stm32f411");
 * const chip = new Stm32(part, { isBoot0High: true });
 * const device = new BootRomChip(chip);
 * const { outcome } = simulate({
 *   host: (link) => stageUpdate(link, bundle),
 *   chip,
 *   firmware: (link) => runBootRom(link, { device, profile: profileFor(part) }),
 * });
 * console.assert(outcome.kind === "done" && outcome.value.kind === "staged");
 * ```
 */
export function* stageUpdate(
  link: ByteLink,
  update: Bytes,
  options: StageUpdateOptions = {},
): Procedure<StagedUpdate> {
  const { force = false, layout, checksPayloads = false, ...flashOptions } = options;
  const staging = stagingOf(update, layout);
  if (options.part !== undefined) assertCoresOf(staging, options.part);
  let before: DeviceSets | undefined;
  const warnings: string[] = [];
  function* guard(memory: MemoryReader): Procedure<void> {
    assertForPart(staging, memory.part);
    assertClearOfSlotA(staging, memory.sectorsToErase);
    before = yield* readSets(memory, staging);
    if (checksPayloads && before.b.kind === "set") before = { ...before, a: yield* checkPayloads(memory, before.a) };
    for (const objection of findObjections(staging, before)) {
      if (!force) throw objection;
      warnings.push(objection.message);
    }
  }
  const { image, commit, clear, policy, images } = staging;
  const flash = yield* flashImage(link, image, { ...flashOptions, commit, clear, guard });
  return { kind: "staged", policy, images, before: before!, warnings, flash };
}

/** What staging costs: flashing, and the look at the slots before it. */
export interface StagingPlan extends FlashPlan {
  /** Reading the ends of all slots; not part of `ours`. */
  readonly guard: WireCost;
}

/**
 * Foretells what {@linkcode stageUpdate} costs.
 *
 * @param update A bundle, or a container that is a whole set.
 * @param options The part, and what the session is told.
 * @returns The costs; the look at the slots apart from the rest.
 * @throws {ContainerFormatError} When the update is not well formed.
 * @throws {BootRomError} When it does not fit the part.
 */
export function planStaging(
  update: Bytes,
  options: Omit<PlanOptions, "commit" | "clear" | "erase" | "go">,
): StagingPlan {
  const { image, commit, clear, slots, policy } = stagingOf(update);
  const { maxTransferBytes } = options.part.bootRom;
  const endCount = slots.length * (policy === "single" ? 1 : 2);
  const reads: WireCost[] = [];
  for (let leftBytes = SLOT_RESERVED_BYTES; leftBytes > 0; leftBytes -= maxTransferBytes) {
    const cost = readMemoryCost(Math.min(leftBytes, maxTransferBytes));
    for (let count = 0; count < endCount; count++) reads.push(cost);
  }
  return { ...planFlash(image, { ...options, commit, clear }), guard: addCosts(reads) };
}

function* readSets(memory: MemoryReader, staging: Staging): Procedure<DeviceSets> {
  const layout = layoutOf(staging, memory.part);
  const judge = function* (name: SlotName) {
    const ends = [];
    for (const slots of staging.slots) {
      ends.push(splitSlotEnd(yield* readIfReadable(memory, slotEndAddressOf(slots, name))));
    }
    return judgeSet(ends, { layout });
  };
  const a = yield* judge("A");
  return { a, b: staging.policy === "single" ? a : yield* judge("B") };
}

/** A set whose payload is not what its header says is none. */
function* checkPayloads(memory: MemoryReader, set: SetJudgement): Procedure<SetJudgement> {
  if (set.kind === "none") return set;
  for (const header of set.headers) {
    const check = new PayloadCheck(header);
    check.update(yield* memory.read(header.runAddress, check.leftBytes));
    const problem = check.finish();
    if (problem !== undefined) return { kind: "none", problem };
  }
  return set;
}

/** A ROM refuses to read a word whose ECC is broken: what stands there is no set. */
function* readIfReadable(memory: MemoryReader, address: number): Procedure<Bytes | undefined> {
  try {
    return yield* memory.read(address, SLOT_RESERVED_BYTES);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return undefined;
  }
}
