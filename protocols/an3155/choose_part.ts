/**
 * Which part of the table the ROM belongs to.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Part } from "../../core/parts/mod.ts";
import { type Procedure, RefusedError } from "../link/mod.ts";
import { BootRomError } from "./error.ts";
import type { Line } from "./line.ts";

/**
 * Chooses the part by the product id and, where several share it, by the flash size that the chip reports.
 *
 * Parts that cannot be told apart and do not differ in anything that the protocol touches, such as an H745 and an H747,
 * count as one: the first of them is given.
 *
 * @param line The line to the ROM.
 * @param chipId The product id.
 * @param parts The parts to choose from; a single one is checked only.
 * @returns The part.
 * @throws {BootRomError} With code `unknown-chip`, `ambiguous-chip` or `wrong-part`.
 */
export function* choosePart(line: Line, chipId: number, parts: readonly Part[]): Procedure<Part> {
  const sameId = parts.filter((part) => part.chipId === chipId);
  const [first] = sameId;
  if (first === undefined) throw noPartError(chipId, parts);
  if (areAlike(sameId)) return first;
  const sizeBytes = yield* readFlashSize(line, first);
  const sameSize = sameId.filter((part) => part.flash.sizeBytes === sizeBytes);
  const chosen = sameSize[0];
  if (chosen !== undefined && areAlike(sameSize)) return chosen;
  const names = sameId.map(({ name }) => name).join(", ");
  const alike = `Cannot choose the part: ${names} all have the product id ${formatId(chipId)}`;
  if (sizeBytes !== undefined) throw new BootRomError("ambiguous-chip", alike, "Name the part");
  throw new BootRomError(
    "ambiguous-chip",
    `${alike}, and the device does not let its flash size be read`,
    "Name the part; if it is protected against reading nothing can be read or written until that protection ends, " +
      "which erases all of its flash",
  );
}

/**
 * Reads the flash size that the chip was given at the factory.
 *
 * An F4 and an L0 refuse to read single words there but give a whole aligned block (stm32loader,
 * `_get_flash_size_and_uid_bulk`); others may refuse the block, whose start is not theirs.
 *
 * @param line The line to the ROM.
 * @param part Any of the parts that have the size at the same address.
 * @returns Bytes; nothing where the ROM refuses to say.
 * @throws {ProtocolError} When the line fails.
 */
export function* readFlashSize(line: Line, part: Part): Procedure<number | undefined> {
  const { flashSizeAddress } = part.identity;
  const blockBytes = part.bootRom.maxTransferBytes;
  const offset = flashSizeAddress % blockBytes;
  for (const [address, sizeBytes] of [[flashSizeAddress - offset, blockBytes], [flashSizeAddress, 2]] as const) {
    try {
      const bytes = yield* line.read(address, sizeBytes);
      const at = flashSizeAddress - address;
      return (bytes[at]! | bytes[at + 1]! << 8) * 1024;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
  }
  return undefined;
}

/** Whether parts agree in everything that a session asks the table for. */
function areAlike(parts: readonly Part[]): boolean {
  const traits = parts.map(({ flash, bootRom }) =>
    JSON.stringify([
      flash.bankModes.map(({ name, sectorRuns }) => [name, sectorRuns]),
      [flash.programUnit.sizeBytes, flash.programUnit.erasedByte, flash.programUnit.isWriteOnce],
      [bootRom.hasMassErase, bootRom.maxTransferBytes],
    ])
  );
  return new Set(traits).size === 1;
}

function noPartError(chipId: number, parts: readonly Part[]): BootRomError {
  const [named] = parts;
  if (parts.length !== 1 || named === undefined) {
    return new BootRomError(
      "unknown-chip",
      `Cannot choose the part: none in the table has the product id ${formatId(chipId)}`,
      "Name a part with the same flash, and check every address before you write",
    );
  }
  return new BootRomError(
    "wrong-part",
    `Cannot go on: the device has the product id ${formatId(chipId)}, ${named.name} has ${formatId(named.chipId)}`,
    "Name the part that is on the board, or leave it to be chosen",
  );
}

function formatId(chipId: number): string {
  return `0x${chipId.toString(16).toUpperCase().padStart(3, "0")}`;
}
