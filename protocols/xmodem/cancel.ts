/**
 * Breaking a transfer off, and seeing that the other end did.
 *
 * Source: "XMODEM/YMODEM Protocol Reference", 18 June 1988, chapter 4.1.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type ByteLink, CanceledByPeerError, LinkClosedError, type Procedure } from "../link/mod.ts";
import { BACKSPACE, CAN } from "./constants.ts";

/** Eight CAN, and as many backspaces for a terminal that showed them. */
const CANCEL_FRAME = Uint8Array.from({ length: 16 }, (_, index) => index < 8 ? CAN : BACKSPACE);

/** How the other end breaks off. */
const CAN_CAN = "CAN CAN";

/** Five are too many for chance at the end of half a block: others send 8 (YAM), 10 (lrzsz), and ST's loaders only 2. */
const CAN_COUNT_IN_GARBAGE = 5;

/**
 * Runs a transfer, and cancels it on the line when it fails: on an error of ours, a time-out, an abort. Not when the other
 * end broke off first, or the port is gone. A program that breaks off takes its end of a pipe along: its farewell is then
 * what counts, and not that the port is gone.
 *
 * @typeParam T What the transfer ends with.
 * @param link The line.
 * @param transfer The transfer.
 * @returns What the transfer ended with.
 * @throws {CanceledByPeerError} When the other end broke off, even in the middle of a block.
 */
export function* cancelOnFailure<T>(link: ByteLink, transfer: Procedure<T>): Procedure<T> {
  try {
    return yield* transfer;
  } catch (error) {
    if (error instanceof LinkClosedError && (yield* hasCancelUnread(link))) throw new CanceledByPeerError(CAN_CAN);
    if (!(error instanceof CanceledByPeerError)) yield* cancel(link);
    throw error;
  }
}

function* hasCancelUnread(link: ByteLink): Procedure<boolean> {
  return endsWithCancel(yield* link.read(link.unreadCount, "what came before the end", 0));
}

/** Nobody is told when the port is gone, or goes meanwhile: the first error is the one that counts. */
function* cancel(link: ByteLink): Procedure<void> {
  if (link.isClosed) return;
  link.send(CANCEL_FRAME, "cancel");
  try {
    yield* link.flush();
  } catch (error) {
    if (!(error instanceof LinkClosedError)) throw error;
  }
}

/** Watches a stream of bytes for two CAN in a row. One alone is noise. */
export class CancelWatch {
  #hasSeenOne = false;

  /**
   * Looks at the next byte.
   *
   * @param byte 0 to 255.
   * @throws {CanceledByPeerError} At the second CAN in a row.
   */
  assertNoCancel(byte: number): void {
    if (byte === CAN && this.#hasSeenOne) throw new CanceledByPeerError(CAN_CAN);
    this.#hasSeenOne = byte === CAN;
  }
}

/**
 * Tells whether bytes that are no block end with the sender's farewell: it may break off in the middle of a block, where
 * CAN is data like any other.
 *
 * @param bytes What came before the line fell silent.
 * @returns `true` for five CAN or more with nothing behind but backspaces.
 */
export function endsWithCancel(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (bytes[end - 1] === BACKSPACE) end--;
  let start = end;
  while (bytes[start - 1] === CAN) start--;
  return end - start >= CAN_COUNT_IN_GARBAGE;
}
