/**
 * How the emulated chip says no, and how a simulation ends that cannot go on.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError, formatAddress } from "../core/mod.ts";

/**
 * Why flash refused an operation.
 *
 * | code | what was asked |
 * |---|---|
 * | `unmapped` | bytes or a sector that the part does not have, or a run of bytes across a hole |
 * | `misaligned` | a write that does not start on a program unit |
 * | `partial-unit` | a write that does not end on a program unit |
 * | `not-erased` | a write over a unit that holds something |
 * | `written-twice` | a second write of a unit with an ECC: on silicon it spoils the ECC |
 * | `torn` | a write of a unit that a power cut left half done |
 * | `protected` | a write or an erase in a write-protected sector |
 * | `unreadable` | a read of a unit whose ECC is broken |
 */
export type FlashErrorCode =
  | "unmapped"
  | "misaligned"
  | "partial-unit"
  | "not-erased"
  | "written-twice"
  | "torn"
  | "protected"
  | "unreadable";

const FLASH_STATES: Readonly<Record<FlashErrorCode, string>> = {
  "unmapped": "there is no flash for all of it",
  "misaligned": "it does not start on a program unit",
  "partial-unit": "it does not end on a program unit",
  "not-erased": "it was programmed before and not erased since",
  "written-twice": "its unit has an ECC and can be written once only after an erase",
  "torn": "power was lost while it was programmed or erased",
  "protected": "its sector is write-protected",
  "unreadable": "its ECC is broken",
};

/** An operation that flash refused. */
export class FlashError extends CoreslotError {
  /** What was asked: `program`, `erase` or `read`. */
  readonly operation: "program" | "erase" | "read";
  /** Address of the first byte that it was refused for. */
  readonly address: number;

  /**
   * Says what was refused, where and why.
   *
   * @param code Why.
   * @param operation What was asked.
   * @param address Address of the first byte that it was refused for.
   */
  constructor(code: FlashErrorCode, operation: "program" | "erase" | "read", address: number) {
    super({ code, message: `Cannot ${operation} flash at ${formatAddress(address)}: ${FLASH_STATES[code]}` });
    this.operation = operation;
    this.address = address;
  }
}

/**
 * Power went away in the middle of a flash operation. It leaves the target's procedure as an exception, since silicon
 * that has no power catches nothing; whoever runs the device switches it off. Its only code is `power-loss`.
 */
export class PowerLossError extends CoreslotError {
  /** Number of the flash operation, 0-based, since the flash was made. */
  readonly operation: number;

  /**
   * Says when it happened.
   *
   * @param operation Number of the flash operation.
   */
  constructor(operation: number) {
    super({ code: "power-loss", message: `Cannot go on: power was lost in flash operation ${operation}` });
    this.operation = operation;
  }
}

/**
 * Why a simulation was broken off: `too-many-steps` and `too-long` are what a livelock looks like, `stuck` means that
 * both ends wait for each other for ever.
 */
export type SimulationErrorCode = "too-many-steps" | "too-long" | "stuck";

/** A simulation that was broken off. Nothing of a run may end like this: not with any fault, not with any input. */
export class SimulationError extends CoreslotError {
  /** When, in milliseconds of virtual time. */
  readonly atMs: number;
  /** What went over the wire at the end, one line a chunk. */
  readonly lastLines: readonly string[];

  /**
   * Says why, when, and what went on.
   *
   * @param code Why.
   * @param state What went on, as the end of a sentence.
   * @param at When, and what went over the wire at the end.
   */
  constructor(
    code: SimulationErrorCode,
    state: string,
    at: { readonly atMs: number; readonly lastLines: readonly string[] },
  ) {
    super({ code, message: [`Cannot go on with the simulation: ${state}`, ...at.lastLines].join("\n") });
    this.atMs = at.atMs;
    this.lastLines = at.lastLines;
  }
}
