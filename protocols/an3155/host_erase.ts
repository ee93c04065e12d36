/**
 * The host's Erase and Extended Erase.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, type Procedure, RefusedError } from "../link/mod.ts";
import { COMMANDS } from "./constants.ts";
import type { MassEraseScope } from "./device.ts";
import { AnswerTimeoutError, UnexpectedAnswerError } from "./error.ts";
import { encodeCommand, encodeExtendedPages, encodeMassErase, encodePages } from "./frames.ts";
import { runCommand } from "./host_exchange.ts";

/** Options of the erase commands. */
export interface EraseOptions {
  /** How long the erase may take, in milliseconds: there is no default, for it depends on the part and the pages. */
  readonly withinMs: number;
}

/**
 * Erases pages with the older command, whose numbers have one byte.
 *
 * @param link An idle link.
 * @param pages 1 to 255 page numbers, 0 to 255 each.
 * @param options How long it may take.
 * @throws {RangeError} When there are no pages, too many, or numbers too large.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `pages`.
 */
export function erasePages(link: ByteLink, pages: readonly number[], options: EraseOptions): Procedure<void> {
  const steps = [{ phase: "pages", frame: encodePages(pages), withinMs: options.withinMs }];
  return runCommand(link, COMMANDS.erase, { steps });
}

/**
 * Erases the whole flash with the older command.
 *
 * @param link An idle link.
 * @param options How long it may take.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `pages`.
 */
export function eraseAll(link: ByteLink, options: EraseOptions): Procedure<void> {
  const steps = [{ phase: "pages", frame: encodeCommand(0xff), withinMs: options.withinMs }];
  return runCommand(link, COMMANDS.erase, { steps });
}

/**
 * Erases pages with the newer command, whose numbers have two bytes.
 *
 * @param link An idle link.
 * @param pages 1 to 512 page numbers, 0 to 0xFFFF each: page numbers, not addresses.
 * @param options How long it may take.
 * @throws {RangeError} When there are no pages, too many, or numbers too large.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `pages`.
 */
export function extendedErasePages(
  link: ByteLink,
  pages: readonly number[],
  options: EraseOptions,
): Procedure<void> {
  const steps = [{ phase: "pages", frame: encodeExtendedPages(pages), withinMs: options.withinMs }];
  return runCommand(link, COMMANDS.extendedErase, { steps });
}

/**
 * Erases the whole flash or a bank with the newer command. L0 and L1 have no such thing.
 *
 * @param link An idle link.
 * @param scope What to erase.
 * @param options How long it may take.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `pages`.
 */
export function massErase(link: ByteLink, scope: MassEraseScope, options: EraseOptions): Procedure<void> {
  const steps = [{ phase: "pages", frame: encodeMassErase(scope), withinMs: options.withinMs }];
  return runCommand(link, COMMANDS.extendedErase, { steps });
}

/**
 * Gives the bytes that end an Extended Erase of which nobody knows whether the ROM has begun to wait for its pages: a code
 * that is reserved, with a wrong checksum. Synchronisation bytes would be taken for 32,640 pages. A ROM that waits for a
 * command refuses them.
 *
 * @param error What the command threw.
 * @returns The bytes, when the command itself was not acknowledged; else nothing.
 */
export function escapeFromExtendedErase(error: unknown): Bytes | undefined {
  const hasPhase = error instanceof AnswerTimeoutError || error instanceof UnexpectedAnswerError ||
    error instanceof RefusedError;
  return hasPhase && error.phase === "command" ? Uint8Array.of(0xff, 0xf0, 0x00) : undefined;
}
