/**
 * Every single fault of the wire and of the power in a whole AN3155 session: connect, erase, write, verify.
 *
 * What is enumerated: each byte both ways dropped, duplicated, stalled, each of its bits flipped; each flash operation cut
 * under each model. The whole flash is compared afterwards, not only the image.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MemoryImage } from "../../core/mod.ts";
import { findPart, type Part, type Sector } from "../../core/parts/mod.ts";
import { enumerateCuts, enumerateWireFaults, type Fault, sampleFaults } from "../../emulator/mod.ts";
import { OPEN_BOOTLOADER, profileFor } from "../../protocols/an3155/mod.ts";
import { Bench, type BenchOptions, sweep, type Tally } from "./an3155_trial.ts";
import { flashNaively } from "./an3155_naive_host.ts";

/** Twice the longest of these runs, which waits for a lost answer to the erase of two sectors of 128 KiB. */
const BOUND_MS = 45_000;

/** Two sectors: a whole block, a blank block and a block that is not full; and bytes that begin inside a program unit. */
function makeImage(part: Part, sectors: readonly Sector[]): MemoryImage {
  return imageOf(part, sectors, part.bootRom.maxTransferBytes);
}

/** The same with less in each block, for sweeps that are run often. */
function makeSmallImage(part: Part, sectors: readonly Sector[]): MemoryImage {
  return imageOf(part, sectors, 40);
}

function imageOf(part: Part, sectors: readonly Sector[], sizeBytes: number): MemoryImage {
  const { flash: { programUnit }, bootRom: { maxTransferBytes } } = part;
  const address = sectors[1]!.addressStart;
  const second = sectors.find(({ addressStart }) => addressStart >= address + 3 * maxTransferBytes)!;
  const data = Uint8Array.from({ length: sizeBytes }, (_, index) => index * 7 + 1 & 0xff);
  return MemoryImage.fromSegments([
    { address, data },
    { address: address + maxTransferBytes, data: new Uint8Array(sizeBytes).fill(programUnit.erasedByte) },
    { address: address + 2 * maxTransferBytes, data: data.slice(0, 34) },
    { address: second.addressStart + 6, data: data.slice(0, 20) },
  ]);
}

/** A few bytes in two sectors that take seconds to erase. */
function makeImageInLargeSectors(_part: Part, sectors: readonly Sector[]): MemoryImage {
  return MemoryImage.fromSegments(
    [5, 6].map((index) => ({ address: sectors[index]!.addressStart, data: Uint8Array.of(index, 1, 2, 3) })),
  );
}

/** A few bytes on both sides of the border between two banks, and in few program units. */
function makeImageOverBanks(_part: Part, sectors: readonly Sector[]): MemoryImage {
  const second = sectors.find(({ bank }) => bank === 2)!;
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  return MemoryImage.fromSegments([
    { address: sectors[second.index - 1]!.addressStart, data },
    { address: second.addressStart + 30, data },
  ]);
}

/** A byte that equals its block's checksum: when it comes twice, the ROM takes the shifted block for right. */
function makeTreacherousImage(_part: Part, sectors: readonly Sector[]): MemoryImage {
  const data = Uint8Array.of(15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  return MemoryImage.fromSegments([{ address: sectors[1]!.addressStart, data }]);
}

/** A few bytes in pages whose numbers are near that of the synchronisation byte, 0x7F. */
function makeImageNearPage127(_part: Part, sectors: readonly Sector[]): MemoryImage {
  return MemoryImage.fromSegments(
    [120, 126, 127].map((index) => ({ address: sectors[index]!.addressStart, data: Uint8Array.of(index, 1, 2, 3) })),
  );
}

interface SweepCase extends BenchOptions {
  readonly name: string;
  readonly makeImage?: typeof makeImage;
}

const [f103, l053, g071, g0b1] = ["stm32f103xb", "stm32l053x8", "stm32g071xb", "stm32g0b1xe"].map(findPart) as [
  Part,
  Part,
  Part,
  Part,
];

const SINGLE_FAULTS: readonly SweepCase[] = [
  { name: "F103, older erase", part: f103 },
  { name: "L053, erased flash reads zero", part: l053 },
  { name: "G071, words with an ECC", part: g071, makeImage },
  { name: "G071, address sent ahead", part: g071, session: { sendAhead: "address" } },
  { name: "G071, everything sent ahead", part: g071, session: { sendAhead: "everything" } },
  { name: "F407, large sectors", part: findPart("stm32f407xe"), makeImage: makeImageInLargeSectors },
  { name: "H743, words of 32 bytes, two banks", part: findPart("stm32h743xi"), makeImage: makeImageOverBanks },
  { name: "F429, two banks of uneven sectors", part: findPart("stm32f429xi"), makeImage: makeImageOverBanks },
  { name: "F103, pages near 127", part: f103, makeImage: makeImageNearPage127 },
  { name: "G0B1, pages near 127", part: g0b1, makeImage: makeImageNearPage127 },
];

for (const { name, makeImage: make = makeSmallImage, ...options } of SINGLE_FAULTS) {
  Deno.test(`flashImage() survives every single fault of the wire: ${name}`, () => {
    const bench = new Bench(options, make);
    const space = bench.run([]);
    assert.equal(bench.judge(space, []), "right");
    const tally = report(name, "wire", sweep(bench, enumerateWireFaults(space).map((fault) => [fault])));
    assert.deepEqual(tally.counts, { right: tally.runCount, stray: 0, wrong: 0, failed: 0 });
    assert.equal(tally.overwriteCount, 0, "a word is written once after each erase");
    assert(tally.longestMs < BOUND_MS);
  });

  Deno.test(`flashImage() survives every cut of the power: ${name}`, () => {
    const bench = new Bench(options, make);
    const tally = report(name, "cuts", sweep(bench, enumerateCuts(bench.run([])).map((fault) => [fault])));
    assert.deepEqual(tally.counts, { right: tally.runCount, stray: 0, wrong: 0, failed: 0 });
    assert.equal(tally.overwriteCount, 0, "a word is written once after each erase");
    assert(tally.longestMs < BOUND_MS);
  });
}

/** ROMs that wait for ever: a broken page count of Extended Erase leaves them waiting for more than anybody feeds them. */
const ENDLESS: readonly SweepCase[] = [
  { name: "F103 without a pause", part: f103, profile: { ...profileFor(f103), pauseMs: Infinity } },
  { name: "G071 without a pause", part: g071, profile: { ...profileFor(g071), pauseMs: Infinity } },
  { name: "G071 with OpenBootloader", part: g071, profile: OPEN_BOOTLOADER },
  {
    name: "G0B1 without a pause, pages near 127",
    part: g0b1,
    profile: { ...profileFor(g0b1), pauseMs: Infinity },
    makeImage: makeImageNearPage127,
  },
];

for (const { name, makeImage: make = makeSmallImage, ...options } of ENDLESS) {
  Deno.test(`flashImage() never lies to a single fault of the wire: ${name}`, () => {
    const bench = new Bench(options, make);
    const tally = report(name, "wire", sweep(bench, enumerateWireFaults(bench.run([])).map((fault) => [fault])));
    assert.deepEqual([tally.counts.stray, tally.counts.wrong, tally.overwriteCount], [0, 0, 0]);
    assert(tally.counts.failed <= 14, `${tally.counts.failed} of ${tally.runCount} runs failed`);
    assert(tally.longestMs < BOUND_MS);
  });
}

Deno.test("flashImage() never lies to two faults at once, sampled [seed 1]", () => {
  const bench = new Bench({ part: g071 }, makeSmallImage);
  const space = bench.run([]);
  const pairs = Array.from({ length: 2000 }, (_, seed) => sampleFaults({ ...space, seed: seed + 1, faultCount: 2 }));
  const tally = report("G071, two faults", "sampled", sweep(bench, pairs));
  assert.equal(tally.counts.wrong, 0);
  // A bit that flips in two bytes of an address cancels out in its checksum: that write goes where the ROM takes it to be.
  assert(tally.overwriteCount <= 1, `${tally.overwriteCount} overwrites`);
  assert(tally.counts.failed * 20 < tally.runCount);
});

Deno.test("the sweep sees a host that does not verify", () => {
  for (const profile of [profileFor(g071), OPEN_BOOTLOADER]) {
    const bench = new Bench({ part: g071, profile, session: { verify: false } }, makeTreacherousImage);
    const tally = report(`without verify, ${profile.name}`, "wire", sweepWire(bench));
    assert(tally.counts.wrong > 0);
  }
  const ours = report("with verify", "wire", sweepWire(new Bench({ part: g071 }, makeTreacherousImage)));
  assert.equal(ours.counts.right, ours.runCount);
});

Deno.test("the sweep sees a host that takes any ACK for the one it waits for", () => {
  const bench = new Bench({ part: g071, host: flashNaively }, makeSmallImage);
  const space = bench.run([]);
  assert.equal(bench.judge(space, []), "right");
  const lastOperation = space.flashOperations - 1;
  const faults = Array.from({ length: space.bytesToHost }, (_, byteIndex): readonly Fault[] => [
    { kind: "duplicate", direction: "t2h", byteIndex },
    { kind: "cut", operation: lastOperation, model: 1 },
  ]);
  const naive = report("naive host", "duplicated ACK and cut", sweep(bench, faults));
  assert(naive.counts.wrong > 0);
  assert(naive.overwriteCount > 0);
  const ours = report("our host", "duplicated ACK and cut", sweep(new Bench({ part: g071 }, makeSmallImage), faults));
  assert.deepEqual([ours.counts.wrong, ours.counts.stray], [0, 0]);
});

function sweepWire(bench: Bench): Tally {
  return sweep(bench, enumerateWireFaults(bench.run([])).map((fault) => [fault]));
}

function report(name: string, kind: string, tally: Tally): Tally {
  console.log(`an3155 sweep, ${name}, ${kind}: ${tally}`);
  return tally;
}
