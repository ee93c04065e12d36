/**
 * The boot ROM's Write Protect and Unprotect, Readout Protect and Unprotect. Each ends with a reset.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Procedure } from "../link/mod.ts";
import type { BootRomExit, ProtectionChange } from "./device.ts";
import { acknowledge, type BootRom, readCounted, refuse, RESET } from "./target_answer.ts";

/**
 * Answers Write Protect: a count less one, sector codes, checksum.
 *
 * @param rom The ROM.
 * @returns A reset, when it was done.
 */
export function* answerWriteProtect(rom: BootRom): Procedure<BootRomExit | undefined> {
  yield* acknowledge(rom, "Write Protect");
  const sectors = yield* readCounted(rom, "sectors");
  if (sectors === undefined) return yield* refuse(rom, "sectors");
  return yield* change(rom, { kind: "write-protect", sectors: [...sectors] });
}

/**
 * Answers Write Unprotect.
 *
 * @param rom The ROM.
 * @returns A reset, when it was done.
 */
export function* answerWriteUnprotect(rom: BootRom): Procedure<BootRomExit | undefined> {
  yield* acknowledge(rom, "Write Unprotect");
  return yield* change(rom, { kind: "write-unprotect" });
}

/**
 * Answers Readout Protect.
 *
 * @param rom The ROM.
 * @returns A reset, when it was done.
 */
export function* answerReadoutProtect(rom: BootRom): Procedure<BootRomExit | undefined> {
  yield* acknowledge(rom, "Readout Protect");
  return yield* change(rom, { kind: "readout-protect" });
}

/**
 * Answers Readout Unprotect, which erases the flash. OpenBootloader loses its own RAM by that, and so answers first.
 *
 * @param rom The ROM.
 * @returns A reset, when it was done.
 */
export function* answerReadoutUnprotect(rom: BootRom): Procedure<BootRomExit | undefined> {
  yield* acknowledge(rom, "Readout Unprotect");
  if (!rom.profile.unprotectsAfterAnswer) return yield* change(rom, { kind: "readout-unprotect" });
  yield* acknowledge(rom, "Readout Unprotect");
  yield* rom.link.flush();
  yield* rom.device.changeProtection(rom.link, { kind: "readout-unprotect" });
  return RESET;
}

function* change(rom: BootRom, protection: ProtectionChange): Procedure<BootRomExit | undefined> {
  const outcome = yield* rom.device.changeProtection(rom.link, protection);
  if (outcome !== "done") return yield* refuse(rom, protection.kind);
  yield* acknowledge(rom, protection.kind);
  return RESET;
}
