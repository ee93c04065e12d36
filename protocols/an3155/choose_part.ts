/**
 * Which part of the table the ROM belongs to.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Part, PARTS } from "../../core/parts/mod.ts";
import { type Procedure, RefusedError } from "../link/mod.ts";
import { BootRomError } from "./error.ts";
import type { Line } from "./line.ts";

/** What a flash size register reads that was never written. */
const NO_FLASH_SIZES_KIB: readonly number[] = [0, 0xffff];

/** Options of {@linkcode choosePart}. */
export interface ChooseOptions {
  /**
   * The part, when the caller knows it. It has to have the product id that the chip reports.
   *
   * @default {chosen by product id and flash size}
   */
  readonly part?: Part | undefined;
  /**
   * Takes the `part` named whatever product id the chip reports, for chips that are not in the table. Dangerous: where
   * the sectors of the chip are others than those of the part, others are erased than were meant, and what was in them is
   * lost; where its program unit is larger, what is written may be broken.
   *
   * @default {false}
   */
  readonly trustPart?: boolean | undefined;
  /**
   * Parts to choose from.
   *
   * @default {PARTS}
   */
  readonly parts?: readonly Part[] | undefined;
  /**
   * What to do when several parts have the product id and the flash size does not tell which: fail, or go on with the
   * first of them. That is enough to ask a chip what it is, and to end readout protection, under which nothing can be
   * read; for erasing and writing it is not.
   *
   * @default {"fail"}
   */
  readonly whenAmbiguous?: "fail" | "first" | undefined;
}

/** The part that was chosen. */
export interface ChosenPart {
  /** The part. */
  readonly part: Part;
  /** Whether it is the first of several that may be other parts. */
  readonly isGuess: boolean;
}

/**
 * Chooses the part by the product id and, where several share it, by the flash size that the chip reports.
 *
 * Parts that cannot be told apart and do not differ in anything that the protocol touches, such as an H745 and an H747,
 * count as one: the first of them is given.
 *
 * @param line The line to the ROM.
 * @param chipId The product id.
 * @param options The part, or what to choose from and how.
 * @returns The part.
 * @throws {BootRomError} With code `unknown-chip`, `ambiguous-chip` or `wrong-part`; its cause is a refusal where the
 * flash size cannot be read.
 */
export function* choosePart(line: Line, chipId: number, options: ChooseOptions = {}): Procedure<ChosenPart> {
  const { part: named, trustPart = false, parts = PARTS, whenAmbiguous = "fail" } = options;
  if (named !== undefined) {
    if (named.chipId !== chipId && !trustPart) throw wrongPartError(chipId, named);
    return { part: named, isGuess: false };
  }
  const sameId = parts.filter((part) => part.chipId === chipId);
  const [first] = sameId;
  if (first === undefined) throw unknownChipError(chipId);
  if (areAlike(sameId)) return { part: first, isGuess: false };
  const size = yield* askFlashSize(line, first);
  const sameSize = sameId.filter((part) => part.flash.sizeBytes === size);
  const chosen = sameSize[0];
  if (chosen !== undefined && areAlike(sameSize)) return { part: chosen, isGuess: false };
  if (whenAmbiguous === "first") return { part: first, isGuess: true };
  throw ambiguousError(sameId, size);
}

/**
 * Reads the flash size that the chip was given at the factory.
 *
 * @param line The line to the ROM.
 * @param part Any of the parts that have the size at the same address.
 * @returns Bytes; nothing where the ROM refuses to say, or what it says is no size.
 * @throws {ProtocolError} When the line fails.
 */
export function* readFlashSize(line: Line, part: Part): Procedure<number | undefined> {
  const size = yield* askFlashSize(line, part);
  return typeof size === "number" ? size : undefined;
}

/**
 * Reads the flash size, or gives the refusal; nothing where no place holds one.
 *
 * An F4 and an L0 refuse to read single words there but give a whole aligned block (stm32loader,
 * `_get_flash_size_and_uid_bulk`); others may refuse the block, whose start is not theirs. A ROM that refuses the very
 * command refuses it at any address.
 */
function* askFlashSize(line: Line, part: Part): Procedure<number | RefusedError | undefined> {
  const { flashSizeAddress } = part.identity;
  const blockBytes = part.bootRom.maxTransferBytes;
  const offset = flashSizeAddress % blockBytes;
  let refusal: RefusedError | undefined;
  for (const [address, sizeBytes] of [[flashSizeAddress - offset, blockBytes], [flashSizeAddress, 2]] as const) {
    const answer = yield* line.tryRead(address, sizeBytes);
    if (answer instanceof RefusedError) {
      refusal = answer;
      if (answer.phase === "command") break;
      continue;
    }
    const at = flashSizeAddress - address;
    const sizeKib = answer[at]! | answer[at + 1]! << 8;
    if (!NO_FLASH_SIZES_KIB.includes(sizeKib)) return sizeKib * 1024;
  }
  return refusal;
}

/**
 * Tells whether parts agree in everything that a session asks the table for.
 *
 * @param parts The parts.
 * @returns `true` when it makes no difference which of them it is.
 */
export function areAlike(parts: readonly Part[]): boolean {
  const traits = parts.map(({ flash, bootRom }) =>
    JSON.stringify([
      flash.bankModes.map(({ name, sectorRuns }) => [name, sectorRuns]),
      [flash.programUnit.sizeBytes, flash.programUnit.erasedByte, flash.programUnit.isWriteOnce],
      [bootRom.hasMassErase, bootRom.maxTransferBytes],
    ])
  );
  return new Set(traits).size === 1;
}

function ambiguousError(parts: readonly Part[], size: number | RefusedError | undefined): BootRomError {
  const names = parts.map(({ name }) => name).join(", ");
  const alike = `Cannot choose the part: ${names} all have the product id ${formatId(parts[0]!.chipId)}`;
  if (size === undefined) {
    return new BootRomError("ambiguous-chip", `${alike}, and no flash size reads back`, "Name the part");
  }
  if (size instanceof RefusedError) {
    return new BootRomError(
      "ambiguous-chip",
      `${alike}, and the device does not let its flash size be read`,
      "Name the part; if it is protected against reading nothing can be read or written until that protection ends, " +
        "which erases all of its flash",
      size,
    );
  }
  const isListed = parts.some(({ flash }) => flash.sizeBytes === size);
  const doubt = isListed ? "" : `, and none of them has the ${size / 1024} KiB of flash that the device reports`;
  return new BootRomError("ambiguous-chip", `${alike}${doubt}`, "Name the part");
}

function unknownChipError(chipId: number): BootRomError {
  return new BootRomError(
    "unknown-chip",
    `Cannot choose the part: none in the table has the product id ${formatId(chipId)}`,
    "Name a part whose sectors and program unit are the same, by the reference manual, and say that it is to be trusted",
  );
}

function wrongPartError(chipId: number, named: Part): BootRomError {
  return new BootRomError(
    "wrong-part",
    `Cannot go on: the device has the product id ${formatId(chipId)}, ${named.name} has ${formatId(named.chipId)}`,
    "Name the part that is on the board, or leave it to be chosen; where the table does not have it, a part with the " +
      "same sectors and program unit can be trusted instead",
  );
}

function formatId(chipId: number): string {
  return `0x${chipId.toString(16).toUpperCase().padStart(3, "0")}`;
}
