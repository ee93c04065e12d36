/**
 * What a loader and an application tell each other across a reset, in registers that survive it.
 *
 * Each word is a tag and a value, so that what such a register holds after power-on, or what somebody else left in it, is
 * no value.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Stm32 } from "../stm32.ts";

/** Index of the register that counts starts of a set which did not say it is well. The application clears it. */
export const BOOT_ATTEMPT_REGISTER = 0;
/** Index of the register in which an application asks the loader to stay. The loader clears it. */
export const STAY_REQUEST_REGISTER = 1;
/** Index of the register that counts tries to copy B to A. */
export const COPY_TRY_REGISTER = 2;

/** What an application writes into {@linkcode STAY_REQUEST_REGISTER} before it resets: `STAY` in ASCII. */
export const STAY_REQUEST = 0x5354_4159;

/** The upper half of a word that counts: `CS`. */
const COUNT_TAG = 0x4353_0000;
const COUNT_MASK = 0xffff;

/**
 * Reads a count.
 *
 * @param chip The chip.
 * @param register Index of the register.
 * @returns 0 to 65535; 0 where there is no count.
 */
export function readCount(chip: Stm32, register: number): number {
  const word = chip.backupRegisters[register]!;
  return (word & ~COUNT_MASK) >>> 0 === COUNT_TAG ? word & COUNT_MASK : 0;
}

/**
 * Makes the word of a count.
 *
 * @param count 0 to 65535.
 * @returns What goes into the register.
 */
export function encodeCount(count: number): number {
  return count === 0 ? 0 : COUNT_TAG | count;
}

/**
 * Reads and clears the request to stay.
 *
 * @param chip The chip.
 * @returns Whether there was one.
 */
export function takeStayRequest(chip: Stm32): boolean {
  const isRequested = chip.backupRegisters[STAY_REQUEST_REGISTER] === STAY_REQUEST;
  chip.backupRegisters[STAY_REQUEST_REGISTER] = 0;
  return isRequested;
}

/**
 * What an application does once it is well: the set that runs has not failed.
 *
 * @param chip The chip.
 */
export function reportWell(chip: Stm32): void {
  chip.backupRegisters[BOOT_ATTEMPT_REGISTER] = encodeCount(0);
}

/**
 * What an application does to hand over to the loader, before it resets.
 *
 * @param chip The chip.
 */
export function requestStay(chip: Stm32): void {
  chip.backupRegisters[STAY_REQUEST_REGISTER] = STAY_REQUEST;
}
