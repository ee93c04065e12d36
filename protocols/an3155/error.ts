/**
 * What can be wrong with an answer, with a boot ROM, or with what it is asked for.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress, formatHex } from "../../core/mod.ts";
import { LinkTimeoutError, ProtocolError, type RefusedError, UnexpectedBytesError } from "../link/mod.ts";

/** No answer came to a part of a command. */
export class AnswerTimeoutError extends LinkTimeoutError {
  /** The command, as the application note names it. */
  readonly command: string;
  /** The part of it that was not answered: `command`, `address`, `data` ... */
  readonly phase: string;

  /**
   * Says what was not answered.
   *
   * @param command The command.
   * @param phase The part of it.
   * @param withinMs How long the answer was awaited, in milliseconds.
   */
  constructor(command: string, phase: string, withinMs: number) {
    super(`ACK of ${phase} (${command})`, withinMs);
    this.command = command;
    this.phase = phase;
  }
}

/** Something that is neither ACK nor NACK came to a part of a command. */
export class UnexpectedAnswerError extends UnexpectedBytesError {
  /** The command, as the application note names it. */
  readonly command: string;
  /** The part of it that was answered so: `command`, `address`, `data` ... */
  readonly phase: string;

  /**
   * Says what was answered.
   *
   * @param command The command.
   * @param phase The part of it.
   * @param got What came.
   */
  constructor(command: string, phase: string, got: Uint8Array) {
    super(`ACK of ${phase} (${command})`, got);
    this.command = command;
    this.phase = phase;
  }
}

/**
 * What is wrong.
 *
 * - `unknown-chip`: no part of the table has the product id.
 * - `ambiguous-chip`: several parts have it, and differ in what matters here.
 * - `wrong-part`: the product id is not that of the part named.
 * - `missing-command`: the ROM lacks a command that is needed.
 * - `outside-flash`: the image has bytes where the part has no flash.
 * - `empty-image`: the image has no bytes.
 * - `bad-go-address`: no vector table can stand at the address to go to.
 */
export type BootRomErrorCode =
  | "unknown-chip"
  | "ambiguous-chip"
  | "wrong-part"
  | "missing-command"
  | "outside-flash"
  | "empty-image"
  | "bad-go-address";

/** A boot ROM that is not what was expected, or an image that it cannot take. Nothing was changed. */
export class BootRomError extends ProtocolError {
  /** What is wrong. */
  declare readonly code: BootRomErrorCode;

  /**
   * Says what is wrong.
   *
   * @param code What is wrong.
   * @param message One sentence without a period.
   * @param advice What to do about it.
   * @param cause What the device did.
   */
  constructor(code: BootRomErrorCode, message: string, advice?: string, cause?: RefusedError) {
    super({ code, message, advice, cause });
  }
}

/** A sector holds something although it was erased. Its only code is `not-erased`. */
export class NotErasedError extends ProtocolError {
  /** Address of the first byte that is there. */
  readonly address: number;
  /** That byte. */
  readonly got: number;

  /**
   * Says what is there.
   *
   * @param address Address of the first byte that is there.
   * @param got That byte.
   */
  constructor(address: number, got: number) {
    super({
      code: "not-erased",
      message: `Cannot confirm the erase: ${formatAddress(address)} holds ${formatHex(Uint8Array.of(got))}`,
      advice: "End write protection, and erase once more",
    });
    this.address = address;
    this.got = got;
  }
}
