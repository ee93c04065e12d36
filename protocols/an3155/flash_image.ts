/**
 * A whole update: connect, ask whether it may be, erase, write, verify, go.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes, MemoryImage } from "../../core/mod.ts";
import type { Part, Sector } from "../../core/parts/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { bytesIn } from "./blocks.ts";
import { COMMANDS } from "./constants.ts";
import { assertErased, probesBeside } from "./erased.ts";
import { assertCanGo, type GoOutcome, startApplication } from "./flash_go.ts";
import { FlashProgress } from "./flash_progress.ts";
import { rewriteSector, verifyBlocks, writeBlocks } from "./flash_sector.ts";
import {
  connect,
  type ConnectOptions,
  eraseFlash,
  eraseSectors,
  readRange,
  requireCommand,
  type Session,
} from "./session.ts";
import { type FlashRange, splitIntoStages, type StagedBlocks } from "./stages.ts";

/** Read access to the device's memory, for a {@linkcode FlashGuard}. */
export interface MemoryReader {
  /** The part. */
  readonly part: Part;
  /**
   * The sectors that are about to be erased, ascending; all of them before a mass erase. To ask for them throws
   * `outside-flash` when the image does not fit the part.
   */
  readonly sectorsToErase: readonly Sector[];
  /** Reads a range; `yield*` it. Throws a `RefusedError` where the ROM refuses, as for a word with a broken ECC. */
  read(address: number, sizeBytes: number): Procedure<Bytes>;
}

/**
 * Decides, before anything is erased, whether the image may be flashed: it throws when it may not.
 *
 * This is where a program that knows about slots reads the headers of the image that runs and of the one that would be
 * overwritten, and refuses to destroy the last valid set.
 */
export type FlashGuard = (memory: MemoryReader) => Procedure<void>;

/** Options of {@linkcode flashImage}. */
export interface FlashImageOptions extends Omit<ConnectOptions, "whenAmbiguous"> {
  /**
   * What to erase: the sectors that hold a byte of the image, or the whole flash.
   *
   * @default {"sectors"}
   */
  readonly erase?: "sectors" | "all" | undefined;
  /**
   * Ranges of which every sector is erased, also where the image has no byte in it: such as slots, where an older image
   * may have been longer. A sector that turns out spoilt when it is read back is then erased after all behind it.
   *
   * @default {none}
   */
  readonly clear?: readonly FlashRange[] | undefined;
  /**
   * Whether to read everything back, blank blocks too, and the first bytes of sectors that are erased beside. Without it
   * a ROM that acknowledges writes and erases that failed goes unnoticed.
   *
   * @default {true}
   */
  readonly verify?: boolean | undefined;
  /**
   * Vector table to jump to at the end: in the part's flash or RAM, aligned as its first core needs it; left out, the ROM
   * stays.
   */
  readonly goAddress?: number | undefined;
  /**
   * What makes the image valid, such as the commit words of slots: written after all of the image was written and read
   * back. It shares no program unit with the image.
   *
   * @default {the last block of the image that is not blank}
   */
  readonly commit?: MemoryImage | undefined;
  /** Decides whether the image may be flashed. */
  readonly guard?: FlashGuard | undefined;
}

/** What {@linkcode flashImage} did. */
export interface FlashResult {
  /** The part. */
  readonly part: Part;
  /** Bytes written, the padding of program units among them, each counted once. */
  readonly writtenBytes: number;
  /** Bytes of blocks read back and found right. */
  readonly verifiedBytes: number;
  /** Bytes that have the erased value, and were not written. */
  readonly blankBytes: number;
  /** Sectors erased at the beginning. */
  readonly erasedSectorCount: number;
  /** Sectors that had to be erased and written anew. */
  readonly rewrittenSectorCount: number;
  /** How often the ROM had to be resynchronised. */
  readonly recoveryCount: number;
  /** Whether the application was started; `not-asked` without `goAddress`. */
  readonly go: GoOutcome | "not-asked";
}

/**
 * Flashes an image.
 *
 * Sectors are erased from the last to the first and written from the first to the last, and the last block of all is
 * written after everything else was read back: whatever makes the image valid stands at its end, and so never stands
 * there over anything but a whole image.
 *
 * A write whose answer was lost or wrong is read back: when it is there, it goes on; when all of it is blank, it is
 * written once more; else its sector is erased and written anew, for a word with an ECC must not be written twice.
 *
 * @param link The host's end of the wire.
 * @param image The image. What it leaves open in the sectors it touches is erased.
 * @param options The part, what to erase, whether to verify and to go.
 * @returns What was done.
 * @throws {BootRomError} When the part cannot be told, the image does not fit it, or no vector table can stand at
 * `goAddress`; nothing was changed.
 * @throws {RangeError} When `commit` shares a program unit with the image; nothing was changed.
 * @throws {NotErasedError} When a sector that the image leaves open is not erased; nothing was written.
 * @throws {ReadBackError} When flash does not take the image, after three tries at the sector.
 * @throws {ProtocolError} When the line fails for good. After the event `starting` the image is there all the same.
 *
 * @example Two bytes into an emulated chip; over a port it is `session.run((link) => flashImage(link, image))`
 * ```ts
 * import { findPart, MemoryImage } from "@coreslot/coreslot/core";
 * import { flashImage, profileFor, runBootRom } from "@coreslot/coreslot/an3155";
 * import { BootRomChip, simulate, Stm32 } from "@coreslot/coreslot/emulator";
 *
 * const part = findPart("stm32f407");
 * const chip = new Stm32(part, { isBoot0High: true });
 * const device = new BootRomChip(chip);
 * const image = MemoryImage.fromSegments([{ address: 0x0800_0000, data: Uint8Array.of(1, 2) }]);
 * const result = simulate({
 *   host: (link) => flashImage(link, image),
 *   chip,
 *   firmware: (link) => runBootRom(link, { device, profile: profileFor(part) }),
 * });
 * console.assert(result.outcome.kind === "done" && result.outcome.value.verifiedBytes === 4);
 * ```
 */
export function* flashImage(
  link: ByteLink,
  image: MemoryImage,
  options: FlashImageOptions = {},
): Procedure<FlashResult> {
  const { erase = "sectors", verify = true, goAddress, guard, bankMode, commit, clear } = options;
  const session = requireCommand(yield* connect(link, options), COMMANDS.writeMemory);
  let staged: StagedBlocks | undefined;
  const stages = () => staged ??= splitIntoStages(image, { part: session.part, bankMode, commit, clear });
  const findSectors = () => erase === "all" ? session.sectors : stages().sectors;
  if (guard !== undefined) yield* guard(readerOf(session, findSectors));
  const { held } = stages();
  if (goAddress !== undefined) assertCanGo(session, goAddress);
  const sectorsToErase = findSectors();
  yield* erase === "all" ? eraseFlash(session) : eraseSectors(session, sectorsToErase);
  if (verify) yield* assertErased(session, probesBeside(sectorsToErase, held));
  const rewrittenSectorCount = yield* writeInStages(session, stages(), { verify, erasesBehind: clear !== undefined });
  const go = goAddress === undefined ? "not-asked" : yield* startApplication(session, goAddress);
  const totalBytes = bytesIn(held, () => true);
  const writtenBytes = bytesIn(held, ({ isBlank }) => !isBlank);
  return {
    part: session.part,
    writtenBytes,
    verifiedBytes: verify ? totalBytes : 0,
    blankBytes: totalBytes - writtenBytes,
    erasedSectorCount: sectorsToErase.length,
    rewrittenSectorCount,
    recoveryCount: session.line.recoveryCount,
    go,
  };
}

/** The sectors are worked out when they are asked for, so that a guard can first say that the part is the wrong one. */
function readerOf(session: Session, findSectors: () => readonly Sector[]): MemoryReader {
  return {
    part: session.part,
    get sectorsToErase() {
      return findSectors();
    },
    read: (address, sizeBytes) => readRange(session, address, sizeBytes),
  };
}

/**
 * Writes all blocks but the ones that commit, reads them back, then does the same with those.
 *
 * With `erasesBehind` no sector is erased in front of one that is written already, as at the beginning: should power go
 * away, somebody who goes on later could take it for good because of what comes behind it.
 *
 * @returns The number of sectors that were found spoilt and written anew.
 */
function* writeInStages(
  session: Session,
  { held, commits }: StagedBlocks,
  { verify, erasesBehind }: { readonly verify: boolean; readonly erasesBehind: boolean },
): Procedure<number> {
  const body = held.map(({ sector, blocks }) => {
    const before = blocks.filter((block) => !commits.has(block));
    return { sector, blocks: before, whole: before };
  });
  const ending = held.flatMap(({ sector, blocks }) => {
    const last = blocks.filter((block) => commits.has(block));
    return last.length === 0 ? [] : [{ sector, blocks: last, whole: blocks }];
  });
  const progress = new FlashProgress(session.line, held);
  const passes = verify ? [writeBlocks, verifyBlocks] : [writeBlocks];
  let rewrittenCount = 0;
  for (const stage of [body, ending]) {
    if (stage === ending) session.line.report({ kind: "committing" });
    for (const pass of passes) {
      for (const [index, { sector, blocks, whole }] of stage.entries()) {
        if (yield* pass(session, blocks, progress)) continue;
        const behind = erasesBehind && pass === verifyBlocks && stage === body ? stage.slice(index + 1) : [];
        for (const { blocks } of behind) progress.delete(blocks);
        yield* eraseSectors(session, behind.map(({ sector }) => sector));
        for (const held of [{ sector, blocks: whole }, ...behind]) {
          yield* rewriteSector(session, held, progress);
          rewrittenCount++;
        }
      }
    }
  }
  return rewrittenCount;
}
