/**
 * What a target reports, and what an image can be refused for.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/mod.ts";
import { ProtocolError } from "../link/mod.ts";
import type { CommandName, ErrorCode } from "./constants.ts";

/** What to do about some of the codes. */
const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  "checksum-mismatch": "Bytes were lost or doubled on the way, or flash did not take some; the target has erased the " +
    "application: flash it again",
  "download-failed": "Packets did not come in time; the target has erased the application: flash it again",
  "no-application": "The first word of the image has to be an address in RAM: the end of the stack",
  "flash-write-outside": "The image is larger than the room for it",
};

/** The target reports an error. */
export class Cdc7Error extends ProtocolError {
  /** What it reports. */
  declare readonly code: ErrorCode;
  /** The command that failed. */
  readonly command: CommandName;

  /**
   * Says what failed.
   *
   * @param command The command.
   * @param code What the target reports.
   */
  constructor(command: CommandName, code: ErrorCode) {
    super({ code, message: `Cannot run ${command}: the device reports ${code}`, advice: ADVICE[code] });
    this.command = command;
  }
}

/** What an image can be refused for. */
export type Cdc7ImageErrorCode = "too-large" | "empty" | "bad-stack-pointer" | "wrong-address";

/** The image cannot be one for this target. Nothing was sent. */
export class Cdc7ImageError extends ProtocolError {
  /** What is wrong with it. */
  declare readonly code: Cdc7ImageErrorCode;

  /**
   * Says what is wrong.
   *
   * @param code What is wrong.
   * @param state One clause.
   * @param advice What to do about it, where there is something to do.
   */
  constructor(code: Cdc7ImageErrorCode, state: string, advice?: string) {
    super({ code, message: `Cannot flash the image: ${state}`, advice });
  }
}

/**
 * Makes the error for a stack pointer that no RAM has.
 *
 * @param stackPointer The first word of the image.
 * @returns The error.
 */
export function badStackPointer(stackPointer: number): Cdc7ImageError {
  const state = `its first word ${formatAddress(stackPointer)} is no address in RAM, and the device would not start it`;
  return new Cdc7ImageError("bad-stack-pointer", state);
}
