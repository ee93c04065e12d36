/**
 * The boot ROM's Erase and Extended Erase.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Procedure } from "../link/mod.ts";
import { ERASE_CODE_FIRST, MASS_ERASE_CODES } from "./constants.ts";
import type { FlashOutcome, MassEraseScope } from "./device.ts";
import { xorOf } from "./frames.ts";
import { acknowledge, type BootRom, readByteOf, readFrameOf, refuse } from "./target_answer.ts";

const SCOPES: ReadonlyMap<number, MassEraseScope> = new Map([
  [MASS_ERASE_CODES["all"], "all"],
  [MASS_ERASE_CODES["bank-1"], "bank-1"],
  [MASS_ERASE_CODES["bank-2"], "bank-2"],
]);

/**
 * Answers Erase: a count less one and page numbers of one byte, or 0xFF and its complement for all.
 *
 * @param rom The ROM.
 */
export function* eraseLegacy(rom: BootRom): Procedure<undefined> {
  yield* acknowledge(rom, "Erase");
  const last = yield* readByteOf(rom, "count of pages");
  const body = yield* readFrameOf(rom, last === 0xff ? 1 : last + 2, "pages");
  if (last === 0xff) return yield* eraseAll(rom, body[0] === 0 ? "all" : undefined);
  if (xorOf(body) !== last) return yield* refuse(rom, "pages");
  return yield* erasePages(rom, [...body.subarray(0, -1)]);
}

/**
 * Answers Extended Erase: a count less one and page numbers of two bytes, or one of three codes.
 *
 * @param rom The ROM.
 */
export function* eraseExtended(rom: BootRom): Procedure<undefined> {
  yield* acknowledge(rom, "Extended Erase");
  const head = yield* readFrameOf(rom, 2, "count of pages");
  const last = head[0]! << 8 | head[1]!;
  if (last >= ERASE_CODE_FIRST) {
    const checksum = yield* readByteOf(rom, "checksum of code");
    return yield* eraseAll(rom, checksum === xorOf(head) ? SCOPES.get(last) : undefined);
  }
  const body = yield* readFrameOf(rom, 2 * (last + 1) + 1, "pages");
  if (xorOf(body) !== xorOf(head)) return yield* refuse(rom, "pages");
  const pages = Array.from({ length: last + 1 }, (_, index) => body[2 * index]! << 8 | body[2 * index + 1]!);
  return yield* erasePages(rom, pages.slice(-rom.profile.pagesKeptMax));
}

function* eraseAll(rom: BootRom, scope: MassEraseScope | undefined): Procedure<undefined> {
  if (scope === undefined || !rom.profile.hasMassErase) return yield* refuse(rom, "code");
  const outcome = yield* rom.device.massErase(rom.link, scope);
  if (outcome !== "done") return yield* refuse(rom, "mass erase");
  yield* acknowledge(rom, "mass erase");
  return undefined;
}

/** Erases in the order of the list, and stops at the first page that this ROM does not acknowledge. */
function* erasePages(rom: BootRom, pages: readonly number[]): Procedure<undefined> {
  for (const index of pages) {
    const outcome: FlashOutcome = yield* rom.device.eraseSector(rom.link, index);
    if (!rom.profile.acknowledgedErases.includes(outcome)) return yield* refuse(rom, "pages");
  }
  yield* acknowledge(rom, "pages");
  return undefined;
}
