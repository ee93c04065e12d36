/**
 * Staging updates through the boot ROM of an emulated chip: what is refused, in which order flash is changed, and what a
 * power cut at any operation leaves in the slots.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, equalBytes, MemoryImage } from "../core/mod.ts";
import { findPart, type Part } from "../core/parts/mod.ts";
import {
  BootRomChip,
  enumerateCuts,
  type Fault,
  type FlashOperation,
  formatFaults,
  PowerLossError,
  simulate,
  type SimulationResult,
  Stm32,
} from "../emulator/mod.ts";
import { containerOf, slotImageOf } from "../packager/extract.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import { judgeSet, slotEndAddressOf, splitSlotEnd } from "../packager/slots/mod.ts";
import { flashImage, lineTimeMs, profileFor, runBootRom } from "../protocols/an3155/mod.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import { planStaging, type StagedUpdate, stageUpdate, type StageUpdateOptions, UpdateError } from "../updates/mod.ts";
import { createSmallImages, packSmallPair, packSmallSingle } from "./small_pair.ts";

const LAYOUT = findLayout("stm32h745");
const PART = LAYOUT.part;
const OLD = await packSmallPair({ images: createSmallImages(1), counter: 6 });
const NEW = await packSmallPair();
const NEWER = await packSmallPair({ images: createSmallImages(2), counter: 8 });
const OTHER_PRODUCT = await packSmallPair({ product: "pump" });

interface DeviceOptions {
  readonly a?: Bytes | undefined;
  readonly b?: Bytes | undefined;
  readonly lacksCommitB?: boolean;
  readonly part?: Part;
  readonly onOperation?: (operation: FlashOperation) => void;
}

function makeDevice({ a, b, lacksCommitB = false, part = PART, onOperation }: DeviceOptions): Stm32 {
  const chip = new Stm32(part, { isBoot0High: true, onOperation });
  for (const [slot, bundle] of [["A", a], ["B", b]] as const) {
    for (const { core } of bundle === undefined ? [] : LAYOUT.slots) {
      for (const { address, data } of slotImageOf(bundle!, core, { slot }).segments) chip.flash.preload(address, data);
    }
  }
  for (const slots of lacksCommitB ? LAYOUT.slots : []) {
    chip.flash.preload(slotEndAddressOf(slots, "B") + 256, new Uint8Array(32).fill(0xff));
  }
  return chip;
}

interface RunOptions extends StageUpdateOptions {
  readonly faults?: readonly Fault[];
  readonly powerOffMs?: number | undefined;
  /**
   * The host.
   *
   * @default {stageUpdate}
   */
  readonly host?: (link: ByteLink, update: Bytes, options: StageUpdateOptions) => Procedure<unknown>;
}

function stage(chip: Stm32, update: Bytes, options: Omit<RunOptions, "host"> = {}): SimulationResult<StagedUpdate> {
  return run(chip, update, options) as SimulationResult<StagedUpdate>;
}

function run(chip: Stm32, update: Bytes, options: RunOptions): SimulationResult<unknown> {
  const { faults, powerOffMs, host = stageUpdate, ...session } = options;
  const device = new BootRomChip(chip);
  const profile = profileFor(chip.part);
  return simulate({
    host: (link) => host(link, update, { part: chip.part, ...session }),
    chip,
    firmware: (link, boot) => boot.cores[0]?.kind === "boot-rom" ? runBootRom(link, { device, profile }) : undefined,
    wire: { baudRate: 115_200 },
    faults,
    powerOffMs,
  });
}

function holds(chip: Stm32, slot: "A" | "B", bundle: Bytes): boolean {
  return LAYOUT.slots.every(({ core }) =>
    slotImageOf(bundle, core, { slot }).segments.every(({ address, data }) => {
      const found = readIfReadable(chip, address, data.length);
      return found !== undefined && equalBytes(found, data);
    })
  );
}

/** What stands in the device, and what stands against the update. */
const DEVICES: readonly [name: string, device: DeviceOptions, update: Bytes, code: string | undefined][] = [
  ["an empty device", {}, NEW, undefined],
  ["a device that runs an older release", { a: OLD }, NEW, undefined],
  ["a device with an older release in both slots", { a: OLD, b: OLD }, NEW, undefined],
  ["a device that has this release already", { a: NEW, b: NEW }, NEW, undefined],
  ["a device whose newer release waits in B", { a: OLD, b: NEWER }, NEW, "repair-first"],
  ["a device whose only release is in B, and was never committed", { b: OLD, lacksCommitB: true }, NEW, undefined],
  ["a device whose only release is in B", { b: OLD }, NEW, "repair-first"],
  ["a device that runs a release with a higher counter", { a: NEWER }, NEW, "counter-too-low"],
  ["a device of another product", { a: OTHER_PRODUCT }, NEW, "wrong-product"],
  ["another part", { part: findPart("stm32f407") }, NEW, "wrong-part"],
];

for (const [name, device, update, code] of DEVICES) {
  Deno.test(`stageUpdate() ${code === undefined ? "takes" : `refuses, with ${code},`} ${name}`, () => {
    const chip = makeDevice(device);
    const { outcome, flashOperations } = stage(chip, update);
    if (code === undefined) {
      assert(outcome.kind === "done", String(outcome.kind === "failed" && outcome.error));
      assert.deepEqual(outcome.value.warnings, []);
      assert(holds(chip, "B", update));
      assert(device.a === undefined || holds(chip, "A", device.a));
      return;
    }
    assert(outcome.kind === "failed" && outcome.error instanceof UpdateError);
    assert.equal(outcome.error.code, code, outcome.error.message);
    assert.equal(flashOperations, 0);
    const forced = stage(chip, update, { force: true }).outcome;
    if (code === "wrong-part") return assert.equal(forced.kind, "failed");
    assert(forced.kind === "done" && forced.value.warnings.length === 1);
    assert(holds(chip, "B", update));
  });
}

Deno.test("stageUpdate() with checksPayloads does not give slot B up for a slot A that is spoilt inside", () => {
  const chip = makeDevice({ a: OLD, b: OLD });
  const spoilt = chip.flash.read(0x0802_0020, 32);
  spoilt[5]! ^= 1;
  chip.flash.preload(0x0802_0020, spoilt);
  const { outcome } = stage(chip, NEW, { checksPayloads: true });
  assert(outcome.kind === "failed" && outcome.error instanceof UpdateError);
  assert.equal(outcome.error.code, "repair-first", outcome.error.message);
  assert(holds(chip, "B", OLD));
  assert.equal(stage(makeDevice({ a: OLD, b: OLD }), NEW, { checksPayloads: true }).outcome.kind, "done");
});

Deno.test("stageUpdate() refuses a device whose slots are those of another layout", async () => {
  const f407 = findLayout("stm32f407");
  const [slot] = f407.slots;
  const single = { ...f407, policy: "single" as const, slots: [{ ...slot!, addressB: slot!.addressA }] };
  const [there, update] = await Promise.all([f407, single].map((layout) => packSmallSingle({ layout })));
  const chip = new Stm32(f407.part, { isBoot0High: true });
  for (const { address, data } of slotImageOf(there!, "CM4", { slot: "A" }).segments) {
    chip.flash.preload(address, data);
  }
  const { outcome, flashOperations } = stage(chip, update!);
  assert(outcome.kind === "failed" && outcome.error instanceof UpdateError);
  assert.equal(outcome.error.code, "other-layout", outcome.error.message);
  assert.equal(flashOperations, 0);
});

Deno.test("stageUpdate() refuses an update for a core that the part that was named does not have", () => {
  const { outcome } = stage(makeDevice({ part: findPart("stm32h743") }), NEW);
  assert(outcome.kind === "failed" && outcome.error instanceof UpdateError && outcome.error.code === "wrong-part");
});

/** What may have become of slot A's end by an interrupted copy of the loader, or by wear. */
const BROKEN_ENDS: readonly [name: string, breakIt: (chip: Stm32) => void][] = [
  ["its commit word is blank", (chip) => chip.flash.preload(0x0807_ffe0, new Uint8Array(32).fill(0xff))],
  ["its header is garbage", (chip) => chip.flash.preload(0x0807_ff00, new Uint8Array(32).fill(0x5a))],
  ["one core's header cannot be read", (chip) => {
    const { index } = chip.flash.sectors.find(({ addressStart }) => addressStart === 0x0816_0000)!;
    chip.flash.operations.cutAt(0, { model: 3, half: "high" });
    assert.throws(() => chip.flash.eraseSector(index), PowerLossError);
  }],
];

for (const [name, breakIt] of BROKEN_ENDS) {
  Deno.test(`stageUpdate() does not give slot B up for a slot A that is not whole: ${name}`, () => {
    const chip = makeDevice({ a: OLD, b: OLD });
    breakIt(chip);
    const { outcome } = stage(chip, NEW);
    assert(outcome.kind === "failed" && outcome.error instanceof UpdateError);
    assert.equal(outcome.error.code, "repair-first");
    assert(holds(chip, "B", OLD));
  });
}

Deno.test("stageUpdate() does not take a line that falls silent for an empty slot", () => {
  // The ends of both slots B: 256 and 32 bytes each. A Read Memory has 2 bytes of command, 5 of address, 2 of count.
  const startOfB = stage(makeDevice({ b: OLD }), NEW).bytesToTarget - 2 * 2 * 9;
  let brokenOffCount = 0;
  // Resynchronising, the host sends hundreds of bytes.
  for (const lostCount of [1, 10, 100, 1000, 2000, 3000, 5000, 10_000]) {
    const faults = Array.from({ length: lostCount }, (_, index): Fault => ({
      kind: "drop",
      direction: "h2t",
      byteIndex: startOfB + index,
    }));
    const chip = makeDevice({ b: OLD });
    const { outcome, flashOperations } = stage(chip, NEW, { faults });
    assert.deepEqual([outcome.kind, flashOperations, holds(chip, "B", OLD)], ["failed", 0, true], `${lostCount} lost`);
    if (outcome.kind === "failed" && !(outcome.error instanceof UpdateError)) brokenOffCount++;
  }
  assert(brokenOffCount > 0);
});

Deno.test("stageUpdate() refuses one image of a set, and an update for another layout", () => {
  const half = stage(makeDevice({}), containerOf(NEW, "CM7")).outcome;
  assert(half.kind === "failed" && half.error instanceof UpdateError && half.error.code === "incomplete-set");
  const layout = { ...LAYOUT, slots: LAYOUT.slots.slice(0, 1) };
  const other = stage(makeDevice({}), NEW, { layout }).outcome;
  assert(other.kind === "failed" && String(other.error).includes("imageCount"));
});

Deno.test("stageUpdate() under policy single replaces the one slot", async () => {
  const layout = { ...findLayout("stm32f411"), name: "one", policy: "single" as const };
  const slots = layout.slots.map((slot) => ({ ...slot, addressB: slot.addressA }));
  const [old, update] = await Promise.all(
    [1, 2].map((counter) => packSmallSingle({ layout: { ...layout, slots }, counter })),
  );
  const chip = new Stm32(layout.part, { isBoot0High: true });
  for (const bundle of [old!, update!]) {
    const { outcome } = stage(chip, bundle);
    assert(outcome.kind === "done" && outcome.value.policy === "single");
    for (const { address, data } of slotImageOf(bundle, "CM4", { slot: "A" }).segments) {
      assert(equalBytes(chip.flash.read(address, data.length), data));
    }
  }
  const back = stage(chip, old!).outcome;
  assert(back.kind === "failed" && back.error instanceof UpdateError && back.error.code === "counter-too-low");
});

Deno.test("stageUpdate() erases every sector of all slots B downwards, and writes the commit words last of all", () => {
  const operations: FlashOperation[] = [];
  const chip = makeDevice({ a: OLD, b: OLD, onOperation: (operation) => operations.push(operation) });
  assert.equal(stage(chip, NEW).outcome.kind, "done");
  const erased = operations.filter(({ kind }) => kind === "erase-sector").map(({ address }) => address);
  // Slot B of the CM4 ends at 0x0820_0000, that of the CM7 at 0x080e_0000; payloads are in the first sector of each.
  assert.deepEqual(erased, [
    ...[0x081e_0000, 0x081c_0000, 0x081a_0000, 0x0818_0000],
    ...[0x080c_0000, 0x080a_0000, 0x0808_0000],
  ]);
  const last = operations.slice(-2).map(({ kind, address, sizeBytes }) => [kind, address, sizeBytes]);
  assert.deepEqual(last, [["program", 0x080d_ffe0, 32], ["program", 0x081f_ffe0, 32]]);
});

Deno.test("stageUpdate() costs what planStaging() foretells", () => {
  const chip = makeDevice({ a: OLD });
  const { guard, ours } = planStaging(NEW, { part: PART });
  const result = stage(chip, NEW);
  // Four slots, of which each end takes 256 and 32 bytes: 9 bytes out and 3 in for each read, beside what is read.
  assert.deepEqual([guard.bytesOut, guard.bytesIn, guard.roundTrips], [4 * 18, 4 * (288 + 6), 24]);
  assert.equal(result.bytesToTarget, ours.total.bytesOut + guard.bytesOut);
  assert.equal(result.bytesToHost, ours.total.bytesIn + guard.bytesIn);
  assert(result.hostMs > lineTimeMs(ours.total, { baudRate: 115_200 }));
});

/** Whether the headers and commit words of both slots B are right: what a loader takes for the end of a write. */
function isCommitted(chip: Stm32): boolean {
  const ends = LAYOUT.slots.map((slots) => splitSlotEnd(readIfReadable(chip, slotEndAddressOf(slots, "B"), 288)));
  const set = judgeSet(ends, { layout: LAYOUT });
  return set.kind === "set" && set.commitProblem === undefined;
}

function readIfReadable(chip: Stm32, address: number, sizeBytes: number): Bytes | undefined {
  try {
    return chip.flash.read(address, sizeBytes);
  } catch {
    return undefined;
  }
}

/** After a cut, whether a host is there that goes on, or the power stays away; and how many runs end committed. */
const AFTERMATHS: readonly [name: string, powerOffMs: number | undefined, committed: "all" | "some"][] = [
  ["and the host goes on", undefined, "all"],
  ["and the power stays away", Infinity, "some"],
];

for (const [name, powerOffMs, expected] of AFTERMATHS) {
  Deno.test(`a power cut at any operation of staging, ${name}: no commit words but behind whole images`, () => {
    const chip = makeDevice({ a: OLD, b: OLD });
    const before = chip.flash.snapshot();
    const { flashOperations } = stage(chip, NEW);
    const tally = { runs: 0, committed: 0 };
    for (const fault of enumerateCuts({ flashOperations })) {
      chip.flash.restore(before);
      chip.reset("power-on");
      stage(chip, NEW, { faults: [fault], powerOffMs });
      tally.runs++;
      const faults = formatFaults([fault]);
      assert(holds(chip, "A", OLD), faults);
      if (isCommitted(chip)) {
        tally.committed++;
        assert(holds(chip, "B", OLD) || holds(chip, "B", NEW), faults);
      }
      chip.powerCycle();
      const again = stage(chip, NEW, { force: true }).outcome;
      assert(again.kind === "done" && holds(chip, "B", NEW), faults);
    }
    console.log(`staging, ${tally.runs} power cuts in ${flashOperations} operations: ${tally.committed} committed`);
    assert(tally.runs >= flashOperations * 6);
    assert(expected === "all" ? tally.committed === tally.runs : tally.committed > 0 && tally.committed < tally.runs);
  });
}

Deno.test("negative control: a host that writes payloads last is caught", () => {
  const whole = MemoryImage.fromSegments(
    LAYOUT.slots.flatMap(({ core }) => slotImageOf(NEW, core, { slot: "B" }).segments),
  );
  const pick = (from: (start: number, end: number) => readonly [number, number]) =>
    MemoryImage.fromSegments(
      LAYOUT.slots.flatMap(({ addressB, sizeBytes }) => whole.slice(...from(addressB, addressB + sizeBytes)).segments),
    );
  const ends = pick((_, end) => [end - 288, end]);
  const payloads = pick((start, end) => [start, end - 288]);
  const host = (link: ByteLink) => flashImage(link, ends, { part: PART, commit: payloads });
  const chip = makeDevice({ a: OLD, b: OLD });
  const before = chip.flash.snapshot();
  const { flashOperations } = run(chip, NEW, { host });
  let caughtCount = 0;
  for (const fault of enumerateCuts({ flashOperations })) {
    chip.flash.restore(before);
    chip.reset("power-on");
    run(chip, NEW, { host, faults: [fault], powerOffMs: Infinity });
    if (isCommitted(chip) && !holds(chip, "B", OLD) && !holds(chip, "B", NEW)) caughtCount++;
  }
  assert(caughtCount > 0);
});
