/**
 * How a conversation can fail. The class says whose fault it is.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError, formatAddress, formatHex } from "../../core/mod.ts";

/** What every {@linkcode ProtocolError} is made of. */
export interface ProtocolErrorOptions {
  /** Stable name of what went wrong, in kebab case. */
  readonly code: string;
  /** One sentence without a period. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
  /** The error underneath, when there is one. */
  readonly cause?: unknown;
}

/** A conversation that failed. */
export abstract class ProtocolError extends CoreslotError {}

/** Nothing came in time: the wire's fault, or nobody is there. */
export class LinkTimeoutError extends ProtocolError {
  /** What was awaited, such as `ACK of address`. */
  readonly expected: string;
  /** How long it was awaited, in milliseconds. */
  readonly withinMs: number;

  /**
   * Says what did not come.
   *
   * @param expected What was awaited.
   * @param withinMs How long, in milliseconds.
   */
  constructor(expected: string, withinMs: number) {
    super({ code: "timeout", message: `Cannot go on: no ${expected} within ${withinMs} ms` });
    this.expected = expected;
    this.withinMs = withinMs;
  }
}

/** The port went away. */
export class LinkClosedError extends ProtocolError {
  /**
   * Says that the port went away.
   *
   * @param cause What the port said, when it said something.
   */
  constructor(cause?: unknown) {
    super({
      code: "closed",
      message: "Cannot go on: the port was closed",
      advice: "Check the cable and the power, then run the same command again",
      cause,
    });
  }
}

/** The other end understood and said no. */
export class RefusedError extends ProtocolError {
  /** The command that was refused, as the specification names it. */
  readonly command: string;
  /** The part of the command that was refused: `command`, `address`, `data` ... */
  readonly phase: string;

  /**
   * Says what was refused and when.
   *
   * @param command The command, as the specification names it.
   * @param phase The part of it that was refused.
   * @param advice What may be behind it.
   */
  constructor(command: string, phase: string, advice?: string) {
    super({ code: "refused", message: `Cannot run ${command}: the device refused the ${phase}`, advice });
    this.command = command;
    this.phase = phase;
  }
}

/** How many bytes a message shows: a device that fell behind may answer a hundred at once. */
const SHOWN_BYTES_MAX = 12;

/** The other end broke the protocol, or the wire broke its bytes. */
export class UnexpectedBytesError extends ProtocolError {
  /** What the specification has here, such as `ACK of address`. */
  readonly expected: string;
  /** What came, in hexadecimal digits. */
  readonly got: string;

  /**
   * Says what came instead.
   *
   * @param expected What the specification has here.
   * @param got The bytes that came.
   */
  constructor(expected: string, got: Uint8Array) {
    const shown = formatHex(got.subarray(0, SHOWN_BYTES_MAX), " ");
    const more = got.length > SHOWN_BYTES_MAX ? ` and ${got.length - SHOWN_BYTES_MAX} more` : "";
    super({ code: "unexpected-bytes", message: `Cannot go on: expected ${expected}, got ${shown}${more}` });
    this.expected = expected;
    this.got = formatHex(got, " ");
  }
}

/** The other end broke off on purpose: CAN CAN, an abort frame. */
export class CanceledByPeerError extends ProtocolError {
  /**
   * Says who broke off.
   *
   * @param how How the other end said so, such as `CAN CAN`.
   */
  constructor(how: string) {
    super({ code: "canceled-by-peer", message: `Cannot go on: the other end broke off with ${how}` });
  }
}

/** Memory does not hold what was written. */
export class ReadBackError extends ProtocolError {
  /** Address of the first byte that differs. */
  readonly address: number;
  /** The byte written. */
  readonly expected: number;
  /** The byte read. */
  readonly got: number;

  /**
   * Says where memory differs.
   *
   * @param address Address of the first byte that differs.
   * @param bytes The byte written and the byte read.
   */
  constructor(address: number, bytes: { readonly expected: number; readonly got: number }) {
    const [expected, got] = [bytes.expected, bytes.got].map((byte) => formatHex(Uint8Array.of(byte)));
    super({
      code: "read-back",
      message: `Cannot confirm the write: ${formatAddress(address)} holds ${got}, written was ${expected}`,
      advice: "Write protection, a worn sector or a part other than the one chosen; erase and write again, " +
        "and check the option bytes when it stays",
    });
    this.address = address;
    this.expected = bytes.expected;
    this.got = bytes.got;
  }
}
