/**
 * The host's Write Protect and Unprotect, Readout Protect and Unprotect.
 *
 * The chip resets at the end of each: synchronise before the next command.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ByteLink, Procedure } from "../link/mod.ts";
import { COMMANDS } from "./constants.ts";
import { encodeSectors, formatCommand } from "./frames.ts";
import { expectAck, runCommand } from "./host_exchange.ts";

/** How long writing option bytes may take. `ours`: stm32flash waits 1 s for them. */
const OPTION_BYTES_WITHIN_MS = 2000;

/**
 * How long the mass erase at the end of readout protection may take, when the caller does not know the part. `ours`:
 * twice the 32 s of an F4 at 8-bit parallelism; stm32flash waits 35 s.
 */
const READOUT_UNPROTECT_WITHIN_MS = 64_000;

/**
 * Protects sectors against writing and erasing.
 *
 * @param link An idle link; the chip resets afterwards.
 * @param sectors 1 to 256 sector codes, 0 to 255 each; which sectors they mean depends on the part.
 * @throws {RangeError} When there are none, too many, or codes too large.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `sectors`.
 */
export function writeProtect(link: ByteLink, sectors: readonly number[]): Procedure<void> {
  const frame = encodeSectors(sectors);
  return runCommand(link, COMMANDS.writeProtect, {
    steps: [{ phase: "sectors", frame, withinMs: OPTION_BYTES_WITHIN_MS }],
  });
}

/**
 * Ends write protection of all sectors.
 *
 * @param link An idle link; the chip resets afterwards.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `protection`.
 */
export function writeUnprotect(link: ByteLink): Procedure<void> {
  return changeProtection(link, COMMANDS.writeUnprotect, OPTION_BYTES_WITHIN_MS);
}

/**
 * Protects memory against reading: afterwards only Get, Get Version, Get ID and Readout Unprotect work.
 *
 * @param link An idle link; the chip resets afterwards.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `protection`.
 */
export function readoutProtect(link: ByteLink): Procedure<void> {
  return changeProtection(link, COMMANDS.readoutProtect, OPTION_BYTES_WITHIN_MS);
}

/** Options of {@linkcode readoutUnprotect}. */
export interface ReadoutUnprotectOptions {
  /**
   * How long the mass erase may take, in milliseconds.
   *
   * @default {64_000}
   */
  readonly withinMs?: number;
}

/**
 * Ends read protection, which erases the whole flash.
 *
 * @param link An idle link; the chip resets afterwards.
 * @param options How long the erase may take.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `protection`.
 */
export function readoutUnprotect(link: ByteLink, options: ReadoutUnprotectOptions = {}): Procedure<void> {
  return changeProtection(link, COMMANDS.readoutUnprotect, options.withinMs ?? READOUT_UNPROTECT_WITHIN_MS);
}

/** A command without operands that has two ACKs: one for itself, one when it is done. */
function* changeProtection(link: ByteLink, code: number, withinMs: number): Procedure<void> {
  yield* runCommand(link, code);
  yield* expectAck(link, formatCommand(code), { phase: "protection", withinMs });
}
