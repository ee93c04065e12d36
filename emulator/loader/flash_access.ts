/**
 * Flash as the loader touches it: a read that fails is an answer, a write that fails is an error with a code.
 *
 * A power loss is neither: it leaves the loader as it leaves silicon.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../../core/mod.ts";
import type { WorkProgress } from "../../protocols/cdc/device.ts";
import { FlashError } from "../error.ts";
import type { Flash } from "../flash.ts";
import { LoaderError } from "./loader_error.ts";

/**
 * Reads flash.
 *
 * @param flash The flash.
 * @param address Absolute address.
 * @param sizeBytes How many bytes.
 * @returns The bytes; `undefined` when an ECC is broken. On silicon that is a bus fault or an NMI, which the loader's
 *   handler turns into this answer.
 */
export function readFlash(flash: Flash, address: number, sizeBytes: number): Bytes | undefined {
  try {
    return flash.read(address, sizeBytes);
  } catch (error) {
    if (error instanceof FlashError && error.code === "unreadable") return undefined;
    throw error;
  }
}

/**
 * Erases a sector.
 *
 * @param flash The flash.
 * @param index The sector's index.
 * @param progress How far this is.
 * @returns The same, to be yielded.
 * @throws {LoaderError} `flash-protected` or `flash-failed`.
 */
export function eraseSector(flash: Flash, index: number, progress: WorkProgress): WorkProgress {
  change(() => flash.eraseSector(index));
  return progress;
}

/** What is to be programmed. */
export interface FlashWrite {
  /** Absolute address. */
  readonly address: number;
  /** Whole program units. */
  readonly bytes: Uint8Array;
  /** How far this is. */
  readonly progress: WorkProgress;
}

/**
 * Programs flash and reads it back.
 *
 * @param flash The flash.
 * @param write What, and where.
 * @returns How far this is, to be yielded.
 * @throws {LoaderError} `flash-protected` or `flash-failed`.
 */
export function programFlash(flash: Flash, { address, bytes, progress }: FlashWrite): WorkProgress {
  change(() => flash.program(address, bytes));
  const found = readFlash(flash, address, bytes.length);
  if (found === undefined || !equalBytes(found, bytes)) {
    throw new LoaderError("flash-failed", "Cannot write flash: it does not hold what was written");
  }
  return progress;
}

function change(operation: () => void): void {
  try {
    operation();
  } catch (error) {
    if (!(error instanceof FlashError)) throw error;
    throw new LoaderError(error.code === "protected" ? "flash-protected" : "flash-failed", error.message);
  }
}
