/**
 * The boot ROM: synchronisation, then one command after another, until the chip resets or jumps.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { COMMANDS, SYNC } from "./constants.ts";
import type { BootRomDevice, BootRomExit } from "./device.ts";
import { formatCommand } from "./frames.ts";
import type { BootRomProfile } from "./profiles.ts";
import { acknowledge, type BootRom, type CommandHandler, readByteOf, refuse } from "./target_answer.ts";
import { eraseExtended, eraseLegacy } from "./target_erase.ts";
import { answerGet, answerGetId, answerGetVersion } from "./target_information.ts";
import { answerGetChecksum, answerGo, answerReadMemory, answerWriteMemory } from "./target_memory.ts";
import {
  answerReadoutProtect,
  answerReadoutUnprotect,
  answerWriteProtect,
  answerWriteUnprotect,
} from "./target_protection.ts";
import { answerExtendedSpecial, answerSpecial } from "./target_special.ts";

/** Options of {@linkcode runBootRom}. */
export interface RunBootRomOptions {
  /** The chip. */
  readonly device: BootRomDevice;
  /** What this ROM knows and where it is wrong. */
  readonly profile: BootRomProfile;
}

const HANDLERS: ReadonlyMap<number, CommandHandler> = new Map([
  [COMMANDS.get, answerGet],
  [COMMANDS.getVersion, answerGetVersion],
  [COMMANDS.getId, answerGetId],
  [COMMANDS.readMemory, answerReadMemory],
  [COMMANDS.go, answerGo],
  [COMMANDS.writeMemory, answerWriteMemory],
  [COMMANDS.erase, eraseLegacy],
  [COMMANDS.extendedErase, eraseExtended],
  [COMMANDS.special, answerSpecial],
  [COMMANDS.extendedSpecial, answerExtendedSpecial],
  [COMMANDS.writeProtect, answerWriteProtect],
  [COMMANDS.writeUnprotect, answerWriteUnprotect],
  [COMMANDS.readoutProtect, answerReadoutProtect],
  [COMMANDS.readoutUnprotect, answerReadoutUnprotect],
  [COMMANDS.getChecksum, answerGetChecksum],
]);

/**
 * Runs the boot ROM from reset to its end.
 *
 * A frame whose bytes stop coming is forgotten and answered with NACK, where the profile knows a pause at all: to read
 * what is left of it as commands would answer one lost byte with a storm of NACKs.
 *
 * @param link The ROM's end of the wire.
 * @param options The chip and the profile.
 * @returns How it ended: the last answer has left the wire by then.
 *
 * @example The ROM answers the synchronisation byte
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { profileFor, runBootRom } from "@coreslot/coreslot/an3155";
 * import { BootRomChip, Stm32 } from "@coreslot/coreslot/emulator";
 * import { Engine } from "@coreslot/coreslot/link";
 *
 * const part = findPart("stm32f407");
 * const device = new BootRomChip(new Stm32(part, { isBoot0High: true }));
 * const engine = new Engine((link) => runBootRom(link, { device, profile: profileFor(part) }));
 * engine.receive(Uint8Array.of(0x7f), 0);
 * console.assert(engine.takeOutput()[0]?.[0] === 0x79);
 * ```
 */
export function* runBootRom(link: ByteLink, options: RunBootRomOptions): Procedure<BootRomExit> {
  const rom: BootRom = { link, ...options };
  yield* awaitSync(rom);
  while (true) {
    try {
      const exit = yield* answerCommand(rom);
      if (exit === undefined) continue;
      yield* link.flush();
      return exit;
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
      link.discardInput();
      yield* refuse(rom, "stalled frame");
    }
  }
}

/** The first 0x7F sets the baud rate; a second one is the first byte of a command. */
function* awaitSync(rom: BootRom): Procedure<void> {
  while ((yield* rom.link.readByte("synchronisation", Infinity)) !== SYNC);
  yield* acknowledge(rom, "synchronisation");
}

function* answerCommand(rom: BootRom): Procedure<BootRomExit | undefined> {
  const code = yield* rom.link.readByte("command", Infinity);
  const complement = yield* readByteOf(rom, "complement of command");
  const handler = (code ^ complement) === 0xff ? handlerOf(rom, code) : undefined;
  if (handler === undefined || rom.device.refusesCommand?.() === true) {
    yield* refuse(rom, formatCommand(code));
    return undefined;
  }
  return yield* handler(rom);
}

function handlerOf({ device, profile }: BootRom, code: number): CommandHandler | undefined {
  const accepted = device.isReadProtected ? profile.commandsWhenReadProtected : profile.commands;
  const known = code === COMMANDS.erase && profile.takesEraseForExtended ? COMMANDS.extendedErase : code;
  return accepted.includes(known) ? HANDLERS.get(known) : undefined;
}
