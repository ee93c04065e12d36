/**
 * Writing and verifying the blocks of a sector, and what to do when one is in doubt.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { isLineFault, type Procedure, ProtocolError, ReadBackError, RefusedError } from "../link/mod.ts";
import type { Block, SectorBlocks } from "./blocks.ts";
import type { FlashProgress } from "./flash_progress.ts";
import { writeMemory } from "./host.ts";
import { eraseSectors, type Session } from "./session.ts";
import { programWithinMs } from "./times.ts";

/** How often a sector is erased and written anew before it counts as broken. */
const REWRITE_COUNT_MAX = 3;

/** What a block's place in flash holds. Blank comes before different: a blank place can be written without an erase. */
type Finding =
  | { readonly kind: "equal" }
  | { readonly kind: "blank" | "different" | "unreadable"; readonly error: ProtocolError };

/**
 * Writes blocks that are not blank.
 *
 * @param session The session.
 * @param blocks The blocks, in an erased sector.
 * @param progress Counts them.
 * @returns `false` as soon as one is spoilt: its sector has to be erased.
 */
export function* writeBlocks(
  session: Session,
  blocks: readonly Block[],
  progress: FlashProgress,
): Procedure<boolean> {
  for (const block of blocks) {
    if (block.isBlank) continue;
    if ((yield* writeBlock(session, block)) !== undefined) return false;
    progress.add("write", block);
  }
  return true;
}

/**
 * Reads blocks back, blank ones too: an erase may have failed in silence.
 *
 * @param session The session.
 * @param blocks The blocks.
 * @param progress Counts them.
 * @returns `false` as soon as one is not right.
 */
export function* verifyBlocks(
  session: Session,
  blocks: readonly Block[],
  progress: FlashProgress,
): Procedure<boolean> {
  for (const block of blocks) {
    const finding = yield* inspectBlock(session, block);
    if (finding.kind !== "equal") return false;
    progress.add("verify", block);
  }
  return true;
}

/**
 * Erases a sector and writes its blocks anew, each read back before the next.
 *
 * @param session The session.
 * @param held The sector, and the blocks that it has to hold.
 * @param progress Takes back what it has counted of them, and counts them again.
 * @throws {ProtocolError} A {@linkcode ReadBackError} mostly, when the sector does not take them three times.
 */
export function* rewriteSector(session: Session, held: SectorBlocks, progress: FlashProgress): Procedure<void> {
  const { sector, blocks } = held;
  for (let triesLeft = REWRITE_COUNT_MAX - 1;; triesLeft--) {
    session.line.report({ kind: "rewriting", sector });
    progress.delete(blocks);
    yield* eraseSectors(session, [sector]);
    const error = yield* writeAndVerify(session, blocks, progress);
    if (error === undefined) return;
    if (triesLeft === 0) throw error;
  }
}

/** Gives what is wrong with the first block that is not right; nothing when all are. */
function* writeAndVerify(
  session: Session,
  blocks: readonly Block[],
  progress: FlashProgress,
): Procedure<ProtocolError | undefined> {
  for (const block of blocks) {
    const error = block.isBlank ? undefined : yield* writeBlock(session, block);
    if (error !== undefined) return error;
    if (!block.isBlank) progress.add("write", block);
    const finding = yield* inspectBlock(session, block);
    if (finding.kind !== "equal") return finding.error;
    progress.add("verify", block);
  }
  return undefined;
}

/**
 * Writes one block; in doubt, looks what is there.
 *
 * A place that reads all blank is written once more, for the bytes may never have come; anything else may hold words that
 * must not be written twice. When the ROM turns out to be fresh from a reset, what is there is not asked: a word that
 * lost power half way may read right today and not tomorrow.
 *
 * @returns What is wrong when the block is spoilt; nothing when it is there.
 */
function* writeBlock(session: Session, block: Block): Procedure<ProtocolError | undefined> {
  const { line, part } = session;
  for (let triesLeft = 1;; triesLeft--) {
    try {
      const withinMs = programWithinMs(part, block.data.length);
      yield* writeMemory(line.link, block.address, block.data, { withinMs, sendAhead: line.sendAhead });
      return undefined;
    } catch (error) {
      if (!(error instanceof ProtocolError) || !isLineFault(error)) throw error;
      if ((yield* line.recover(error)) === "fresh") return error;
    }
    const finding = yield* inspectBlock(session, block);
    if (finding.kind === "equal") return undefined;
    if (finding.kind !== "blank" || triesLeft === 0) return finding.error;
  }
}

/** Reads a block's place, twice when it is not as it should be: the bytes on the wire have no checksum. */
function* inspectBlock(session: Session, block: Block): Procedure<Finding> {
  const { erasedByte } = session.part.flash.programUnit;
  const { address, data } = block;
  let finding: Finding = { kind: "equal" };
  for (let count = 0; count < 2; count++) {
    try {
      const bytes = yield* session.line.read(address, data.length);
      const at = firstDifference(data, bytes);
      if (at === undefined) return { kind: "equal" };
      const error = new ReadBackError(address + at, { expected: data[at]!, got: bytes[at]! });
      finding = { kind: bytes.every((byte) => byte === erasedByte) ? "blank" : "different", error };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return { kind: "unreadable", error };
    }
  }
  return finding;
}

/** A loop, for this is where a verification spends its time. */
function firstDifference(expected: Bytes, got: Bytes): number | undefined {
  for (let index = 0; index < expected.length; index++) {
    if (expected[index] !== got[index]) return index;
  }
  return undefined;
}
