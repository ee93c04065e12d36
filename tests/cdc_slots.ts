/**
 * Slots of arrays for tests of the CDC protocol: a payload, and at the end a header and a commit word.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../core/mod.ts";
import { sha256 } from "../core/sha256.ts";
import type { DeviceLimits, SetReport } from "../protocols/cdc/device.ts";
import { decodeCdcHeader } from "./cdc_header.ts";

/** Header and commit word. */
export const TRAILER_BYTES = 288;

/** Commit word. */
export const COMMIT_BYTES = 32;

/** The same for every set: a device of arrays takes it for a flag. */
export const COMMIT_WORD: Bytes = new Uint8Array(COMMIT_BYTES).fill(0xc5);

/** How long flash is busy, in milliseconds. */
export interface ArrayFlashTimes {
  /** Erasing a sector. */
  readonly eraseMs: number;
  /** Programming a unit. */
  readonly programMs: number;
}

/** Options of a {@linkcode CdcArrayDevice}. */
export interface CdcArrayDeviceOptions {
  /** Size of each core's slots; their number is that of the cores. */
  readonly slotSizes: readonly number[];
  readonly sectorBytes: number;
  readonly unitBytes: number;
  readonly limits: DeviceLimits;
  /**
   * How long flash is busy.
   *
   * @default {no time at all}
   */
  readonly times?: ArrayFlashTimes;
  readonly erasedByte?: number;
  /** Called before each erase and each write of a step, with its number; what it gives is added to the time. */
  readonly onOperation?: (operation: number, kind: "erase" | "program") => number;
}

/** Both slots of a core. */
export interface Slot {
  readonly a: Bytes;
  readonly b: Bytes;
}

/** What is known of the payload in slot B since the last reset. */
export interface Staging {
  readonly header: Bytes;
  readonly sizeBytes: number;
  stagedBytes: number;
  /** Sectors before this offset are erased or hold staged bytes. */
  erasedEnd: number;
  isCommitErased: boolean;
  isUnknown: boolean;
}

/** The place of the header in a slot. */
export function headerOf(slot: Bytes): Bytes {
  return slot.subarray(slot.length - TRAILER_BYTES, slot.length - COMMIT_BYTES);
}

/** Says whether there is one whole set in the slots, and which. */
export function judgeSlots(slots: readonly Bytes[]): SetReport {
  const headers = slots.map((slot) => decodeCdcHeader(headerOf(slot)));
  const [first] = headers;
  const isSet = headers.every((header, index) => {
    if (header === undefined || !equalBytes(header.setId, first!.setId)) return false;
    return equalBytes(sha256(slots[index]!.subarray(0, header.payloadSizeBytes)), header.payloadDigest);
  });
  const version = { major: 0, minor: 0, patch: 0, build: 0 };
  if (!isSet || first === undefined) return { state: "absent", version, counter: 0, setId: new Uint8Array(16) };
  const isCommitted = slots.every((slot) => equalBytes(slot.subarray(-COMMIT_BYTES), COMMIT_WORD));
  return {
    state: isCommitted ? "committed" : "uncommitted",
    version: first.version,
    counter: first.counter,
    setId: first.setId,
  };
}
