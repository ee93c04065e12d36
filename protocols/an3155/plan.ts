/**
 * What flashing an image costs, told before a byte is sent, beside what stm32flash needs for the same image.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { concatBytes, MemoryImage, roundUp } from "../../core/mod.ts";
import { type Part, PARTS, type Sector, sectorsOf } from "../../core/parts/mod.ts";
import type { Block } from "./blocks.ts";
import { areAlike } from "./choose_part.ts";
import { COMMANDS, DATA_SIZE_MAX, ERASE_PAGES_MAX, EXTENDED_ERASE_PAGES_MAX } from "./constants.ts";
import {
  addCosts,
  eraseCost,
  extendedEraseCost,
  getCost,
  getIdCost,
  getVersionCost,
  goCost,
  NO_COST,
  readMemoryCost,
  synchroniseCost,
  type WireCost,
  writeMemoryCost,
} from "./costs.ts";
import { chunkSectors } from "./erase_chunks.ts";
import { probesBeside } from "./erased.ts";
import { encodeCommand, encodeCount, encodeData, encodeWord } from "./frames.ts";
import { holdsCommand, type SendAhead } from "./host.ts";
import { profileFor } from "./profiles.ts";
import { type FlashRange, splitIntoStages, type StageOptions } from "./stages.ts";
import { eraseTimeUs, massEraseTimeUs, operationCount, type TimeKind } from "./times.ts";

/** Options of {@linkcode planFlash}; the same as those of the session that it foretells. */
export interface PlanOptions extends StageOptions {
  /**
   * What to erase.
   *
   * @default {"sectors"}
   */
  readonly erase?: "sectors" | "all" | undefined;
  /**
   * Whether everything is read back.
   *
   * @default {true}
   */
  readonly verify?: boolean | undefined;
  /**
   * Whether the application is started.
   *
   * @default {false}
   */
  readonly go?: boolean | undefined;
  /**
   * How much is sent ahead.
   *
   * @default {"nothing"}
   */
  readonly sendAhead?: SendAhead | undefined;
}

/** The cost of a whole update, step by step. */
export interface FlashCost {
  /** Synchronisation, and what the host asks of the ROM first. */
  readonly identify: WireCost;
  /** Erase commands. */
  readonly erase: WireCost;
  /** Write Memory. */
  readonly write: WireCost;
  /** Read Memory. */
  readonly verify: WireCost;
  /** Go. */
  readonly go: WireCost;
  /** All of it. */
  readonly total: WireCost;
}

/** What {@linkcode planFlash} foretells. */
export interface FlashPlan {
  /** Our own session, its part named by the caller, on a line without faults. */
  readonly ours: FlashCost;
  /**
   * What it costs more to leave the part to be chosen: the read of the flash size where parts share the product id and
   * differ, nothing elsewhere. A ROM that refuses that block is asked for two bytes more, after a resynchronisation.
   */
  readonly choosePart: WireCost;
  /** stm32flash 0.7 with `-w FILE -S START:LENGTH`, and `-v` and `-g` where this session verifies and goes. */
  readonly stm32flash: FlashCost;
  /** Sectors that are erased. */
  readonly sectorCount: number;
  /** Blocks that are written. */
  readonly writtenBlockCount: number;
  /** Blocks that have the erased value, and are only read back. */
  readonly blankBlockCount: number;
  /** Bytes written beyond the image's own, to fill program units and gaps inside a block. */
  readonly paddingBytes: number;
  /** Time that flash is busy by the datasheet, in milliseconds: typical in the fastest mode, longest in the slowest. */
  readonly flashTimeMs: { readonly typical: number; readonly maximum: number };
}

/**
 * Foretells what flashing an image costs.
 *
 * @param image The image.
 * @param options The part, and the session's own options.
 * @returns The costs, beside those of stm32flash.
 * @throws {BootRomError} With code `outside-flash` or `empty-image`.
 *
 * @example 64 KiB on an F407 take 265 bytes for every 256, as with stm32flash
 * ```ts
 * import { findPart, MemoryImage } from "@coreslot/coreslot/core";
 * import { planFlash } from "@coreslot/coreslot/an3155";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0800_0000, data: new Uint8Array(0x1_0000) }]);
 * const plan = planFlash(image, { part: findPart("stm32f407") });
 * console.assert(plan.ours.write.bytesOut === 256 * 265);
 * console.assert(plan.ours.total.roundTrips < plan.stm32flash.total.roundTrips);
 * ```
 */
export function planFlash(image: MemoryImage, options: PlanOptions): FlashPlan {
  const { part, bankMode, erase = "sectors", commit } = options;
  const { held, sectors: touched } = splitIntoStages(image, options);
  const whole = MemoryImage.fromSegments([...image.segments, ...commit?.segments ?? []]);
  const sectors = erase === "all" ? sectorsOf(part, bankMode) : touched;
  const blocks = held.flatMap(({ blocks }) => blocks);
  const written = blocks.filter(({ isBlank }) => !isBlank);
  const eraseTime = isMassErase(options) ? massEraseTimeUs : eraseTimeUs;
  const flashTimesMs = (kind: TimeKind) =>
    part.flash.timings.map((timing) => {
      const programUs = operationCount(part, timing, sizeOf(written)) * timing.program[kind];
      return (eraseTime(timing, sectors, kind) + programUs) / 1000;
    });
  return {
    ours: costOfOurs({ blocks, sectors, probes: probesBeside(sectors, held) }, options),
    choosePart: costOfChoice(options),
    stm32flash: costOfStm32flash(whole, options),
    sectorCount: sectors.length,
    writtenBlockCount: written.length,
    blankBlockCount: blocks.length - written.length,
    paddingBytes: sizeOf(blocks) - whole.sizeBytes,
    flashTimeMs: { typical: Math.min(...flashTimesMs("typicalUs")), maximum: Math.max(...flashTimesMs("maximumUs")) },
  };
}

interface Work {
  readonly blocks: readonly Block[];
  readonly sectors: readonly Sector[];
  readonly probes: readonly FlashRange[];
}

function costOfOurs({ blocks, sectors, probes }: Work, options: PlanOptions): FlashCost {
  const { part, verify = true, go = false, sendAhead = "nothing" } = options;
  return withTotal({
    identify: addCosts([synchroniseCost(), getCost(profileFor(part).commands.length), getIdCost()]),
    erase: isMassErase(options) ? eraseCommandOf(part).costOf("all") : costOfChunks(part, sectors.toReversed()),
    write: addCosts(
      blocks.filter(({ isBlank }) => !isBlank).map((block) => {
        const frames = [encodeWord(block.address), encodeData(block.data)];
        return writeMemoryCost(block.data.length, allowed(sendAhead, COMMANDS.writeMemory, frames));
      }),
    ),
    verify: verify
      ? addCosts([
        ...probes.map(({ addressStart, addressEnd }) => costOfRead(addressStart, addressEnd - addressStart, sendAhead)),
        ...blocks.map(({ address, data }) => costOfRead(address, data.length, sendAhead)),
      ])
      : NO_COST,
    go: go ? goCost() : NO_COST,
  });
}

function costOfChoice({ part, sendAhead = "nothing" }: PlanOptions): WireCost {
  if (areAlike(PARTS.filter(({ chipId }) => chipId === part.chipId))) return NO_COST;
  const sizeBytes = part.bootRom.maxTransferBytes;
  const { flashSizeAddress } = part.identity;
  return costOfRead(flashSizeAddress - flashSizeAddress % sizeBytes, sizeBytes, sendAhead);
}

function costOfRead(address: number, sizeBytes: number, sendAhead: SendAhead): WireCost {
  const frames = [encodeWord(address), encodeCount(sizeBytes)];
  return readMemoryCost(sizeBytes, allowed(sendAhead, COMMANDS.readMemory, frames));
}

/** What is sent ahead of this command: nothing where its frames could be taken for another. */
function allowed(sendAhead: SendAhead, code: number, frames: readonly Uint8Array[]): SendAhead {
  const ahead = { nothing: 0, address: 1, everything: frames.length }[sendAhead];
  const bytes = concatBytes([encodeCommand(code).subarray(1), ...frames.slice(0, ahead)]);
  return holdsCommand(bytes) ? "nothing" : sendAhead;
}

/**
 * The cost of stm32flash (stm32duino/stm32flash 8bc5ceb, `main.c` and `stm32.c`; captures of 0.7): it asks for the
 * version too, takes the image as one run with its gaps filled, writes blank blocks, and pads the last one to 4 bytes.
 */
function costOfStm32flash(image: MemoryImage, options: PlanOptions): FlashCost {
  const { part, bankMode, verify = true, go = false, erase = "sectors" } = options;
  const [start, end] = [image.addressStart, image.addressEnd];
  const sizeBytes = end - start;
  const touched = sectorsOf(part, bankMode).filter(({ addressStart, sizeBytes }) =>
    addressStart < end && addressStart + sizeBytes > start
  );
  const isWhole = erase === "all" || sizeBytes === part.flash.sizeBytes;
  const sizes = Array.from(
    { length: Math.ceil(sizeBytes / DATA_SIZE_MAX) },
    (_, index) => Math.min(DATA_SIZE_MAX, sizeBytes - index * DATA_SIZE_MAX),
  );
  return withTotal({
    identify: addCosts([
      synchroniseCost(),
      getVersionCost(),
      getCost(profileFor(part).commands.length),
      getIdCost(),
    ]),
    erase: costOfErase(part, isWhole && part.bootRom.hasMassErase ? "all" : touched.length),
    write: addCosts(sizes.map((size) => writeMemoryCost(roundUp(size, 4)))),
    verify: addCosts((verify ? sizes : []).map((size) => readMemoryCost(size))),
    go: go ? goCost() : NO_COST,
  });
}

/** The erase commands of stm32flash: as many pages as one takes, then the rest. */
function costOfErase(part: Part, pageCount: number | "all"): WireCost {
  const { costOf, countMax } = eraseCommandOf(part);
  if (pageCount === "all") return costOf("all");
  const counts = Array.from(
    { length: Math.ceil(pageCount / countMax) },
    (_, index) => Math.min(countMax, pageCount - index * countMax),
  );
  return addCosts(counts.map((count) => costOf(count)));
}

/** Our own: the same, but for pages that go alone. */
function costOfChunks(part: Part, sectors: readonly Sector[]): WireCost {
  const { costOf, countMax } = eraseCommandOf(part);
  return addCosts(chunkSectors(sectors, countMax).map(({ length }) => costOf(length)));
}

function eraseCommandOf(part: Part): { readonly costOf: typeof eraseCost; readonly countMax: number } {
  return part.bootRom.eraseCommand === "extended-erase"
    ? { costOf: extendedEraseCost, countMax: EXTENDED_ERASE_PAGES_MAX }
    : { costOf: eraseCost, countMax: ERASE_PAGES_MAX };
}

function isMassErase({ part, erase }: PlanOptions): boolean {
  return erase === "all" && part.bootRom.hasMassErase;
}

function withTotal(steps: Omit<FlashCost, "total">): FlashCost {
  return { ...steps, total: addCosts([steps.identify, steps.erase, steps.write, steps.verify, steps.go]) };
}

function sizeOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { data }) => sum + data.length, 0);
}
