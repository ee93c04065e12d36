import assert from "node:assert/strict";
import { MemoryImage } from "../../core/mod.ts";
import { findPart, type Sector, sectorsOf } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { runLoopback } from "../../tests/loopback.ts";
import type { Procedure, TraceEntry } from "../link/mod.ts";
import type { FlashOutcome } from "./device.ts";
import { NotErasedError } from "./error.ts";
import { flashImage, type FlashImageOptions, type MemoryReader } from "./flash_image.ts";
import { planFlash } from "./plan.ts";
import { type BootRomProfile, OPEN_BOOTLOADER, ROM_ERASE, ROM_EXTENDED_ERASE } from "./profiles.ts";
import { runBootRom } from "./target.ts";

/** Part, ROM, the sectors that are cleared, and how many commands it takes: sectors 127 and 383 go alone (0x7F). */
const RANGES: readonly (readonly [
  part: string,
  profile: BootRomProfile,
  first: number,
  last: number,
  commandCount: number,
])[] = [
  ["stm32h747xi", ROM_EXTENDED_ERASE, 4, 11, 1],
  ["stm32f407xg", ROM_EXTENDED_ERASE, 1, 7, 1],
  ["stm32g0b1xe", ROM_EXTENDED_ERASE, 16, 127, 2],
  ["stm32l053x8", ROM_EXTENDED_ERASE, 100, 511, 5],
  ["stm32l4r5xi", ROM_EXTENDED_ERASE, 0, 511, 5],
  ["stm32l053x8", OPEN_BOOTLOADER, 100, 511, 5],
  ["stm32f103xb", ROM_ERASE, 32, 127, 2],
  ["stm32g0b1xe", ROM_ERASE, 0, 255, 3],
];

for (const [name, profile, first, last, commandCount] of RANGES) {
  const part = findPart(name);
  const sectors = sectorsOf(part);
  const indexes = Array.from({ length: last - first + 1 }, (_, nth) => last - nth);

  const image = imageIn(sectors, first, last);
  const clear = rangesOf(sectors, first, last);

  Deno.test(`flashImage() clears sectors ${last} down to ${first} of an ${name}, ROM ${profile.name}`, () => {
    const device = new ArrayDevice(part);
    device.flash.fill(0x5a);
    const commands: number[][] = [];
    const announced: number[] = [];
    function* guard({ sectorsToErase, read }: MemoryReader): Procedure<void> {
      announced.push(...sectorsToErase.map(({ index }) => index));
      yield* read(sectors[first]!.addressStart, 4);
    }
    const { value } = runLoopback(
      (link) => flashImage(link, image, { part, clear, guard }),
      (link) => runBootRom(link, { device, profile }),
      { isRestarted: true, trace: (entry) => commands.push(...pagesIn(entry)) },
    );
    assert.equal(announced.toReversed().join(), indexes.join(), "to the guard");
    assert.equal(commands.flat().join(), indexes.join(), "on the wire");
    assert.equal(device.erasedSectors.join(), indexes.join(), "in flash");
    assert.deepEqual([commands.length, value.erasedSectorCount], [commandCount, indexes.length]);
  });

  Deno.test(`planFlash() counts what is cleared: sectors ${first} to ${last} of an ${name}, ${profile.name}`, () => {
    assert.equal(planFlash(image, { part, clear }).sectorCount, indexes.length);
    assert.equal(planFlash(image, { part }).sectorCount, 2, "and without it only what the image touches");
  });
}

const REWRITES: readonly (readonly [what: string, clears: boolean, erased: readonly number[]])[] = [
  // All down to the first, those behind the spoilt one, then each once more right before it is written.
  ["where ranges are cleared, with all behind it", true, [...[7, 6, 5, 4], ...[7, 6], 5, 6, 7]],
  ["alone elsewhere", false, [...[7, 6, 5, 4], 5]],
];

for (const [what, clears, erased] of REWRITES) {
  Deno.test(`flashImage() erases a sector that is spoilt when it is read back ${what}`, () => {
    const part = findPart("stm32f407xg");
    const [, , , , ...sectors] = sectorsOf(part).slice(0, 8);
    const device = new ArrayDevice(part);
    const read = device.read.bind(device);
    let liesLeft = 2;
    device.read = (address, sizeBytes) => {
      const outcome = read(address, sizeBytes);
      if (address === sectors[1]!.addressStart && outcome.kind === "bytes" && liesLeft-- > 0) outcome.bytes[0]! ^= 1;
      return outcome;
    };
    const data = new Uint8Array(32).fill(1);
    const image = MemoryImage.fromSegments(sectors.map(({ addressStart }) => ({ address: addressStart, data })));
    const commit = MemoryImage.fromSegments([{ address: sectors[3]!.addressStart + 32, data }]);
    const { value } = runLoopback(
      (link) => flashImage(link, image, { part, commit, clear: clears ? [] : undefined }),
      (link) => runBootRom(link, { device, profile: ROM_EXTENDED_ERASE }),
      { isRestarted: true },
    );
    assert.deepEqual(device.erasedSectors, erased);
    assert.equal(value.rewrittenSectorCount, clears ? 3 : 1);
  });
}

/** What is erased beside sectors 3 and 4 of an F407, where the image is: everything, or sectors 2 to 5. */
const BESIDE: readonly (readonly [what: string, options: FlashImageOptions, stuck: number, isFound: boolean])[] = [
  ["of a mass erase", { erase: "all" }, 0, true],
  ["of a mass erase, behind the image", { erase: "all" }, 11, true],
  ["that is cleared", { clear: [{ addressStart: 0x0800_8000, addressEnd: 0x0804_0000 }] }, 5, true],
  ["that is not erased", { clear: [{ addressStart: 0x0800_8000, addressEnd: 0x0804_0000 }] }, 6, false],
  ["where nothing is verified", { erase: "all", verify: false }, 0, false],
];

for (const [what, options, stuck, isFound] of BESIDE) {
  Deno.test(`flashImage() ${isFound ? "finds" : "does not look at"} a protected sector ${what}`, () => {
    const part = findPart("stm32f407xg");
    const sectors = sectorsOf(part);
    const { addressStart } = sectors[stuck]!;
    const device = new ArrayDevice(part);
    protectOldFirmware(device, addressStart - part.flash.addressStart);
    const image = imageIn(sectors, 3, 4);
    const run = () =>
      runLoopback(
        (link) => flashImage(link, image, { part, ...options }),
        (link) => runBootRom(link, { device, profile: ROM_EXTENDED_ERASE }),
        { isRestarted: true },
      );
    if (!isFound) return void run();
    assert.throws(run, new NotErasedError(addressStart + 1, 0x42));
    assert(device.flash.subarray(0xc000, 0xc020).every((byte) => byte === 0xff), "nothing was written");
  });
}

for (const lieCount of [1, 2]) {
  Deno.test(`flashImage() looks twice before it says that a sector is not erased: ${lieCount} wrong`, () => {
    const part = findPart("stm32f407xg");
    const device = new ArrayDevice(part);
    const read = device.read.bind(device);
    let liesLeft = lieCount;
    device.read = (address, sizeBytes) => {
      const outcome = read(address, sizeBytes);
      if (sizeBytes === 32 && outcome.kind === "bytes" && liesLeft-- > 0) outcome.bytes[31] = 0;
      return outcome;
    };
    const run = () =>
      runLoopback(
        (link) => flashImage(link, imageIn(sectorsOf(part), 3, 4), { part, erase: "all" }),
        (link) => runBootRom(link, { device, profile: ROM_EXTENDED_ERASE }),
        { isRestarted: true },
      ).value;
    if (lieCount === 2) return void assert.throws(run, new NotErasedError(part.flash.addressStart + 31, 0));
    const { erasedSectorCount, verifiedBytes } = run();
    assert.deepEqual([erasedSectorCount, verifiedBytes], [12, 64]);
  });
}

/** Two bytes of an older image that stay through every erase. */
function protectOldFirmware(device: ArrayDevice, offset: number): void {
  const erase = device.eraseSector.bind(device);
  const oldFirmware = Uint8Array.of(0xff, 0x42);
  device.flash.set(oldFirmware, offset);
  device.eraseSector = function* (...args): Procedure<FlashOutcome> {
    const outcome = yield* erase(...args);
    device.flash.set(oldFirmware, offset);
    return outcome;
  };
}

/** A program unit at the start of the first sector, and one at the start of the last: nothing between. */
function imageIn(sectors: readonly Sector[], first: number, last: number): MemoryImage {
  const data = new Uint8Array(32).fill(1);
  return MemoryImage.fromSegments([first, last].map((index) => ({ address: sectors[index]!.addressStart, data })));
}

/** Two ranges, the later one first: neither begins nor ends with a sector, and they share one. */
function rangesOf(sectors: readonly Sector[], first: number, last: number) {
  const middle = sectors[first + last >> 1]!;
  const { addressStart, sizeBytes } = sectors[first]!;
  return [
    { addressStart: middle.addressStart + 8, addressEnd: sectors[last]!.addressStart + 1 },
    { addressStart: addressStart + sizeBytes - 1, addressEnd: middle.addressStart + 4 },
  ];
}

/** The pages of an erase command on the wire; nothing of any other frame. */
function pagesIn({ direction, note, bytes }: TraceEntry): number[][] {
  if (direction !== "out" || bytes.length <= 2) return [];
  if (note === "Erase") return [[...bytes.subarray(1, -1)]];
  if (note !== "Extended Erase") return [];
  return [Array.from({ length: (bytes.length - 3) / 2 }, (_, nth) => bytes[2 + 2 * nth]! << 8 | bytes[3 + 2 * nth]!)];
}
