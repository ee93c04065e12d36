/**
 * What AN3155 costs, counted: each command and whole images, run over the simulated wire and held against the closed
 * forms, and against formulas written here once more by hand.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MemoryImage, roundUp } from "../../core/mod.ts";
import { findPart, type Part } from "../../core/parts/mod.ts";
import { BootRomChip, simulate, type SimulationResult, Stm32, type WireOptions } from "../../emulator/mod.ts";
import * as an3155 from "../../protocols/an3155/mod.ts";
import type { ByteLink, Procedure } from "../../protocols/link/mod.ts";
import { readImage } from "../../packager/mod.ts";
import { corpusTest, readCorpus } from "../corpus.ts";

const FLASH_START = 0x0800_0000;
const BAUD_RATES = [9_600, 115_200, 921_600];

/** Times of floating-point sums: a picosecond in an hour. */
const TOLERANCE = 1e-9;

interface RunOptions {
  readonly part: Part;
  readonly wire: WireOptions;
  readonly profile?: an3155.BootRomProfile;
  readonly isReadProtected?: boolean;
  /**
   * What flash times are multiplied with.
   *
   * @default {0}
   */
  readonly timeScale?: number;
}

function run<T>(host: (link: ByteLink) => Procedure<T>, options: RunOptions): SimulationResult<T> {
  const { part, wire, profile = an3155.profileFor(part), timeScale = 0 } = options;
  const chip = new Stm32(part, { isBoot0High: true, timeScale });
  if (options.isReadProtected) {
    chip.programOptions([{ name: "RDP", value: 0 }]);
    chip.reset("software-reset");
  }
  const device = new BootRomChip(chip);
  const firmware = (link: ByteLink) => an3155.runBootRom(link, { device, profile });
  const result = simulate({ host, chip, firmware, wire });
  if (result.outcome.kind === "failed") throw result.outcome.error;
  return result;
}

function assertCost(result: SimulationResult<unknown>, cost: an3155.WireCost, expectedMs: number): void {
  assert.deepEqual(
    [result.bytesToTarget, result.bytesToHost, result.framesToTarget, result.roundTrips],
    [cost.bytesOut, cost.bytesIn, cost.frames, cost.roundTrips],
  );
  const relative = Math.abs(result.hostMs - expectedMs) / expectedMs;
  assert(relative < TOLERANCE, `${result.hostMs} ms instead of ${expectedMs} ms`);
}

const WITHIN = { withinMs: 60_000 };
const [f407, f103, h743] = ["stm32f407xg", "stm32f103xb", "stm32h743xi"].map(findPart) as [Part, Part, Part];
const withChecksum = { ...an3155.ROM_EXTENDED_ERASE, commands: [...an3155.ROM_EXTENDED_ERASE.commands, 0xa1] };
const data = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, index) => index * 7 + 1 & 0xff);

interface CommandCase {
  readonly name: string;
  readonly host: (link: ByteLink) => Procedure<unknown>;
  readonly cost: an3155.WireCost;
  /** Bytes out, bytes in and round trips once more, counted by hand in the application note's figures. */
  readonly byHand: readonly [number, number, number];
  readonly options?: Partial<RunOptions>;
}

const COMMANDS: readonly CommandCase[] = [
  { name: "Get", host: an3155.getCommands, cost: an3155.getCost(11), byHand: [2, 15, 1] },
  { name: "Get Version", host: an3155.getVersion, cost: an3155.getVersionCost(), byHand: [2, 5, 1] },
  { name: "Get ID", host: an3155.getId, cost: an3155.getIdCost(), byHand: [2, 5, 1] },
  ...[1, 4, 255, 256].map((size): CommandCase => ({
    name: `Read Memory of ${size}`,
    host: (link) => an3155.readMemory(link, FLASH_START, size),
    cost: an3155.readMemoryCost(size),
    byHand: [9, 3 + size, 3],
  })),
  { name: "Go", host: (link) => an3155.go(link, FLASH_START), cost: an3155.goCost(), byHand: [7, 2, 2] },
  ...[4, 8, 252, 256].map((size): CommandCase => ({
    name: `Write Memory of ${size}`,
    host: (link) => an3155.writeMemory(link, FLASH_START, data(size)),
    cost: an3155.writeMemoryCost(size),
    byHand: [9 + size, 3, 3],
  })),
  ...([["address", 2], ["everything", 1]] as const).map(([sendAhead, roundTrips]): CommandCase => ({
    name: `Write Memory of 256, ${sendAhead} sent ahead`,
    host: (link) => an3155.writeMemory(link, FLASH_START, data(256), { sendAhead }),
    cost: an3155.writeMemoryCost(256, sendAhead),
    byHand: [265, 3, roundTrips],
  })),
  ...([["address", 2], ["everything", 1]] as const).map(([sendAhead, roundTrips]): CommandCase => ({
    name: `Read Memory of 256, ${sendAhead} sent ahead`,
    host: (link) => an3155.readMemory(link, FLASH_START, 256, { sendAhead }),
    cost: an3155.readMemoryCost(256, sendAhead),
    byHand: [9, 259, roundTrips],
  })),
  {
    name: "Erase of 3 pages",
    host: (link) => an3155.erasePages(link, [0, 1, 2], WITHIN),
    cost: an3155.eraseCost(3),
    byHand: [7, 2, 2],
    options: { part: f103 },
  },
  {
    name: "Erase of everything",
    host: (link) => an3155.eraseAll(link, WITHIN),
    cost: an3155.eraseCost("all"),
    byHand: [4, 2, 2],
    options: { part: f103 },
  },
  {
    name: "Extended Erase of 3 pages",
    host: (link) => an3155.extendedErasePages(link, [0, 1, 2], WITHIN),
    cost: an3155.extendedEraseCost(3),
    byHand: [11, 2, 2],
  },
  {
    name: "Extended Erase of everything",
    host: (link) => an3155.massErase(link, "all", WITHIN),
    cost: an3155.extendedEraseCost("all"),
    byHand: [5, 2, 2],
  },
  {
    name: "Write Protect of 2 sectors",
    host: (link) => an3155.writeProtect(link, [0, 1]),
    cost: an3155.writeProtectCost(2),
    byHand: [6, 2, 2],
  },
  { name: "Write Unprotect", host: an3155.writeUnprotect, cost: an3155.changeProtectionCost(), byHand: [2, 2, 1] },
  { name: "Readout Protect", host: an3155.readoutProtect, cost: an3155.changeProtectionCost(), byHand: [2, 2, 1] },
  {
    name: "Readout Unprotect",
    host: an3155.readoutUnprotect,
    cost: an3155.changeProtectionCost(),
    byHand: [2, 2, 1],
    options: { isReadProtected: true },
  },
  {
    name: "Get Checksum",
    host: (link) => an3155.getChecksum(link, FLASH_START, 65_536),
    cost: an3155.getChecksumCost(),
    byHand: [12, 9, 3],
    options: { profile: withChecksum },
  },
];

for (const { name, host, cost, byHand, options } of COMMANDS) {
  Deno.test(`${name} costs what its closed form says, at every rate`, () => {
    assert.deepEqual([cost.bytesOut, cost.bytesIn, cost.roundTrips], byHand);
    const total = an3155.addCosts([an3155.synchroniseCost(), cost]);
    for (const baudRate of BAUD_RATES) {
      for (const latencyMs of [0, 16]) {
        const wire = { baudRate, latencyMs };
        const result = run(function* (link) {
          yield* an3155.synchronise(link);
          yield* host(link);
        }, { part: f407, ...options, wire });
        assertCost(result, total, an3155.lineTimeMs(total, wire));
      }
    }
  });
}

/** The session's bytes for an image of one run, all its bytes other than erased, from the formulas of the note. */
function byHand(sizeBytes: number, part: Part): { readonly bytesOut: number; readonly bytesIn: number } {
  const padded = roundUp(sizeBytes, part.flash.programUnit.sizeBytes);
  const blockCount = Math.ceil(padded / 256);
  const sectorCount = Math.ceil(sizeBytes / part.flash.bankModes[0]!.sectorRuns[0]!.sectorSizeBytes);
  const identify = { out: 1 + 2 + 2, in: 1 + 15 + 5 };
  const erase = { out: 2 + 2 + 2 * sectorCount + 1, in: 2 };
  return {
    bytesOut: identify.out + erase.out + (9 * blockCount + padded) + 9 * blockCount,
    bytesIn: identify.in + erase.in + 3 * blockCount + (3 * blockCount + padded),
  };
}

for (const sizeBytes of [1, 31, 32, 33, 255, 256, 257, 1_000, 65_536, 1_048_576, 2_097_152]) {
  Deno.test(`flashImage() of ${sizeBytes} bytes costs what planFlash() foretells`, () => {
    const bytes = data(sizeBytes);
    const image = MemoryImage.fromSegments([{ address: FLASH_START, data: bytes }]);
    const plan = an3155.planFlash(image, { part: h743 });
    const { bytesOut, bytesIn } = plan.ours.total;
    assert.deepEqual({ bytesOut, bytesIn }, byHand(sizeBytes, h743));
    for (const baudRate of sizeBytes > 65_536 ? [115_200] : BAUD_RATES) {
      const wire = { baudRate };
      const result = run((link) => an3155.flashImage(link, image, { part: h743 }), { part: h743, wire, timeScale: 1 });
      assertCost(result, plan.ours.total, an3155.lineTimeMs(plan.ours.total, wire) + plan.flashTimeMs.typical);
    }
    // stm32flash erases the whole flash with one code when it is all there is to write; so do we, when asked.
    const erase = sizeBytes === h743.flash.sizeBytes ? "all" : "sectors";
    assertNeverMore(an3155.planFlash(image, { part: h743, erase }), sizeBytes);
  });
}

Deno.test("flashImage() with a commit word that comes last costs what planFlash() foretells: a block more", () => {
  const bytes = data(1024);
  const whole = MemoryImage.fromSegments([{ address: FLASH_START, data: bytes }]);
  const image = whole.slice(FLASH_START, FLASH_START + 992);
  const commit = whole.slice(FLASH_START + 992, FLASH_START + 1024);
  const { total } = an3155.planFlash(image, { part: h743, commit }).ours;
  const wire = { baudRate: 115_200 };
  const result = run((link) => an3155.flashImage(link, image, { part: h743, commit }), { part: h743, wire });
  assertCost(result, total, an3155.lineTimeMs(total, wire));
  const { bytesOut, bytesIn } = byHand(1024, h743);
  assert.deepEqual([total.bytesOut, total.bytesIn], [bytesOut + 9 + 9, bytesIn + 3 + 3]);
});

/** What is erased beside an image of 512 bytes in sector 1 of an H743, and how many sectors that are. */
const BESIDE: readonly (readonly [
  options: Pick<an3155.FlashImageOptions, "erase" | "clear" | "verify">,
  count: number,
  eraseBytesOut: number,
  probeCount: number,
])[] = [
  [{ erase: "all" }, 15, 2 + 3, 15],
  [{ clear: [{ addressStart: FLASH_START, addressEnd: FLASH_START + 4 * 0x2_0000 }] }, 3, 2 + 2 + 2 * 4 + 1, 3],
  [{ erase: "all", verify: false }, 15, 2 + 3, 0],
];

for (const [options, count, eraseBytesOut, probeCount] of BESIDE) {
  Deno.test(`flashImage() looks at ${probeCount} of ${count} sectors erased beside, as planFlash() foretells`, () => {
    const image = MemoryImage.fromSegments([{ address: FLASH_START + 0x2_0000, data: data(512) }]);
    const { ours } = an3155.planFlash(image, { ...options, part: h743 });
    const wire = { baudRate: 115_200 };
    const result = run((link) => an3155.flashImage(link, image, { part: h743, ...options }), { part: h743, wire });
    assertCost(result, ours.total, an3155.lineTimeMs(ours.total, wire));
    // Read Memory of 32 bytes: 2 + 5 + 2 out, three ACKs and the bytes in. Two blocks of 256 are written and read back.
    const verified = options.verify === false ? 0 : 2;
    assert.deepEqual([ours.verify.bytesOut, ours.verify.bytesIn], [
      9 * (probeCount + verified),
      (3 + 32) * probeCount + (3 + 256) * verified,
    ]);
    assert.equal(ours.erase.bytesOut, eraseBytesOut);
  });
}

Deno.test("flashImage() that has to choose the part costs what planFlash() foretells apart", () => {
  const image = MemoryImage.fromSegments([{ address: FLASH_START, data: data(512) }]);
  const cases: readonly [string, readonly number[]][] = [
    ["stm32f407xg", [9, 259, 3]],
    ["stm32h743xi", [9, 259, 3]],
    ["stm32l053x8", [0, 0, 0]],
    ["stm32g071xb", [0, 0, 0]],
  ];
  const wire = { baudRate: 115_200 };
  for (const [name, costs] of cases) {
    const part = findPart(name);
    const { ours, choosePart } = an3155.planFlash(image, { part });
    assert.deepEqual([choosePart.bytesOut, choosePart.bytesIn, choosePart.roundTrips], costs, name);
    const total = an3155.addCosts([ours.total, choosePart]);
    assertCost(run((link) => an3155.flashImage(link, image), { part, wire }), total, an3155.lineTimeMs(total, wire));
  }
});

/** Against stm32flash: no step costs more, but for the padding to the part's program unit, once for each run. */
function assertNeverMore(plan: an3155.FlashPlan, sizeBytes: number): void {
  const paddingMax = h743.flash.programUnit.sizeBytes - 1;
  for (const step of ["identify", "erase", "write", "verify", "total"] as const) {
    const [ours, theirs] = [plan.ours[step], plan.stm32flash[step]];
    assert(ours.roundTrips <= theirs.roundTrips, `${step} of ${sizeBytes}: round trips`);
    assert(ours.bytesOut <= theirs.bytesOut + paddingMax, `${step} of ${sizeBytes}: bytes out`);
    assert(ours.bytesIn <= theirs.bytesIn + paddingMax, `${step} of ${sizeBytes}: bytes in`);
  }
}

for (const sendAhead of ["address", "everything"] as const) {
  Deno.test(`flashImage() with ${sendAhead} sent ahead costs what planFlash() foretells`, () => {
    const bytes = data(4096);
    bytes.set([0x44, 0xbb, 0xff, 0xff, 0x00], 300);
    const image = MemoryImage.fromSegments([{ address: FLASH_START, data: bytes }]);
    const options = { part: f407, sendAhead };
    const plan = an3155.planFlash(image, options);
    const wire = { baudRate: 921_600, latencyMs: 16 };
    const result = run((link) => an3155.flashImage(link, image, options), { part: f407, wire });
    assertCost(result, plan.ours.total, an3155.lineTimeMs(plan.ours.total, wire));
    const perBlock = { address: 2, everything: 1 }[sendAhead];
    const plainCount = sendAhead === "everything" ? 1 : 0;
    assert.equal(plan.ours.write.roundTrips, 16 * perBlock + plainCount * (3 - perBlock));
    assert.equal(plan.ours.verify.roundTrips, 16 * perBlock);
  });
}

corpusTest("planFlash() stays sparse where stm32flash fills an image of 82 KB up to 1.75 MiB", () => {
  const part = findPart("stm32h745xi");
  const whole = readImage(readCorpus("firmware/h745-disco-eembc.hex")).image;
  const image = whole.slice(FLASH_START, FLASH_START + part.flash.sizeBytes);
  const plan = an3155.planFlash(image, { part });
  const bytesOf = ({ total }: an3155.FlashCost) => total.bytesOut + total.bytesIn;
  console.log(
    `h745-disco-eembc.hex, ${image.sizeBytes} bytes: ours ${
      bytesOf(plan.ours)
    } bytes, ${plan.ours.total.roundTrips} round trips; ` +
      `stm32flash ${bytesOf(plan.stm32flash)} bytes, ${plan.stm32flash.total.roundTrips} round trips`,
  );
  assert(bytesOf(plan.ours) < 0.8 * bytesOf(plan.stm32flash));
  assert(plan.ours.total.roundTrips < 0.8 * plan.stm32flash.total.roundTrips);
});
