/**
 * What a target asks of the chip that it runs on.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ErrorCode } from "./constants.ts";

/** What came of a flash operation, and how long it kept the CPU busy. */
export interface Cdc7Outcome {
  /** What failed; nothing when it is done. */
  readonly error?: ErrorCode | undefined;
  /** How long the CPU could do nothing else, in milliseconds. */
  readonly busyMs: number;
}

/** The chip under a target. */
export interface Cdc7Device {
  /** Room for the application. */
  readonly applicationSizeBytes: number;
  /** Erases all sectors of the application. */
  erase(): Cdc7Outcome;
  /** Writes a packet and compares it with what is there; beyond the end it fails with `flash-write-outside`. */
  write(offset: number, packet: Bytes): Cdc7Outcome;
  /** Gives the checksum of the first bytes of the application. */
  checksum(sizeBytes: number): number;
  /** Whether the first word of the application is an address in RAM. That is all the target looks at. */
  hasApplication(): boolean;
}
