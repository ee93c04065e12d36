/**
 * What differs between the targets that speak AN3155, as data.
 *
 * A test that wants one thing different spreads a profile: `{ ...ROM_EXTENDED_ERASE, eccRead: "hang" }`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Part } from "../../core/parts/mod.ts";
import { COMMANDS, PAUSE_MAX_MS } from "./constants.ts";
import type { FlashOutcome } from "./device.ts";

/** What a target knows, and where it is wrong. */
export interface BootRomProfile {
  /** Name, for people. */
  readonly name: string;
  /** Version that Get and Get Version report, such as 0x31 for 3.1. */
  readonly version: number;
  /** The commands that Get lists, in its order; others get a NACK. */
  readonly commands: readonly number[];
  /** The commands that work while readout protection is active. */
  readonly commandsWhenReadProtected: readonly number[];
  /** How long the bytes of a frame may pause before it is forgotten, in milliseconds; `Infinity` for ever. */
  readonly pauseMs: number;
  /** How long the CPU is busy before each answer, in milliseconds; its UART keeps one byte meanwhile. */
  readonly answerDelayMs: number;
  /** What comes of the read of a word with a broken ECC. */
  readonly eccRead: "nack" | "hang" | "reset";
  /** Outcomes of a write that are answered with ACK. */
  readonly acknowledgedWrites: readonly FlashOutcome[];
  /** Outcomes of the erase of a page that are answered with ACK. */
  readonly acknowledgedErases: readonly FlashOutcome[];
  /** Whether the special codes of Extended Erase, and 0xFF of Erase, do anything; else they get a NACK. */
  readonly hasMassErase: boolean;
  /** Pages of one Extended Erase that are kept: of a longer list the last ones. */
  readonly pagesKeptMax: number;
  /** Whether Erase, though not listed, is taken for Extended Erase: `FF 00` then begins a list of 65,281 pages. */
  readonly takesEraseForExtended: boolean;
  /** Whether Readout Unprotect is acknowledged twice before it erases, not once before and once after. */
  readonly unprotectsAfterAnswer: boolean;
  /** Whether too large a size in Special gets its NACK at once, so that the data are taken for commands. */
  readonly refusesSpecialSizeEarly: boolean;
  /** The codes that Special and Extended Special know; they do nothing and answer no data. */
  readonly specialCodes: readonly number[];
  /** Whether Get Checksum asks for polynomial and initial value. */
  readonly hasChecksumPolynomial: boolean;
}

const { erase, extendedErase, special, extendedSpecial } = COMMANDS;
const { get, getVersion, getId, readMemory, go, writeMemory } = COMMANDS;
const { writeProtect, writeUnprotect, readoutProtect, readoutUnprotect } = COMMANDS;

/**
 * A boot ROM with Extended Erase.
 *
 * Version and commands as in the captures of stm32flash. Writes and erases of protected sectors are acknowledged without
 * being done (AN2662, page 29, for erase; `unverified` for write); that a word not erased before gets a NACK is `ours`:
 * the emulator is stricter than silicon.
 */
export const ROM_EXTENDED_ERASE: BootRomProfile = {
  name: "rom-0x44",
  version: 0x31,
  commands: [
    ...[get, getVersion, getId, readMemory, go, writeMemory, extendedErase],
    ...[writeProtect, writeUnprotect, readoutProtect, readoutUnprotect],
  ],
  commandsWhenReadProtected: [get, getVersion, getId, readoutUnprotect],
  pauseMs: PAUSE_MAX_MS,
  answerDelayMs: 0,
  eccRead: "nack",
  acknowledgedWrites: ["done", "protected"],
  acknowledgedErases: ["done", "protected"],
  hasMassErase: true,
  pagesKeptMax: Infinity,
  takesEraseForExtended: false,
  unprotectsAfterAnswer: false,
  refusesSpecialSizeEarly: false,
  specialCodes: [],
  hasChecksumPolynomial: false,
};

/**
 * A boot ROM with Erase, as in the F1. The version is `unverified`: AN2606 gives 2.2 for the F10x.
 */
export const ROM_ERASE: BootRomProfile = {
  ...ROM_EXTENDED_ERASE,
  name: "rom-0x43",
  version: 0x22,
  commands: ROM_EXTENDED_ERASE.commands.map((code) => code === extendedErase ? erase : code),
};

/**
 * The vendor's OpenBootloader with all its documented defects. Each is a member of its own; OpenBootloader v6.1.3
 * (b7a3cd2), `Modules/USART/openbl_usart_cmd.c` and `Core/openbl_core.c`.
 *
 * It has no mass erase in its flash pattern, answers Special under read protection, and its own special code is an
 * example that its users replace.
 */
export const OPEN_BOOTLOADER: BootRomProfile = {
  ...ROM_EXTENDED_ERASE,
  name: "openbootloader",
  commands: [...ROM_EXTENDED_ERASE.commands, special, extendedSpecial],
  commandsWhenReadProtected: [...ROM_EXTENDED_ERASE.commandsWhenReadProtected, special, extendedSpecial],
  pauseMs: Infinity,
  acknowledgedWrites: ["done", "protected", "unmapped", "failed"],
  acknowledgedErases: ["done", "protected", "unmapped", "failed"],
  hasMassErase: false,
  pagesKeptMax: 581,
  takesEraseForExtended: true,
  unprotectsAfterAnswer: true,
  refusesSpecialSizeEarly: true,
  specialCodes: [0x0100],
};

/** Every profile, by name. */
export const PROFILES: readonly BootRomProfile[] = [ROM_ERASE, ROM_EXTENDED_ERASE, OPEN_BOOTLOADER];

/**
 * Gives the profile of a part's own boot ROM.
 *
 * @param part The part.
 * @returns The profile with the erase command that the part's ROM has.
 *
 * @example An F1 has the older erase command
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { profileFor } from "@coreslot/coreslot/an3155";
 *
 * console.assert(profileFor(findPart("stm32f103xb")).name === "rom-0x43");
 * ```
 */
export function profileFor(part: Part): BootRomProfile {
  return part.bootRom.eraseCommand === "erase" ? ROM_ERASE : ROM_EXTENDED_ERASE;
}
