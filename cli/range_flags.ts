/**
 * `--start` and `--size`: a range, or none.
 *
 * @module
 */

import { ADDRESS_SPACE_END } from "../core/memory_image.ts";
import type { AddressRange } from "./protocols/protocol.ts";
import { UsageError } from "./usage_error.ts";

/** The flags, as a command has them. */
export interface RangeFlags {
  /** Absolute address of the first byte. */
  readonly start?: number;
  /** How many bytes. */
  readonly size?: number;
}

/**
 * Makes a range of the flags.
 *
 * @param flags The flags.
 * @param command The command, for errors.
 * @returns The range; nothing when neither is given.
 * @throws {UsageError} When one stands alone, or they go over the last address.
 */
export function rangeOf({ start, size }: RangeFlags, command: string): AddressRange | undefined {
  if (start === undefined && size === undefined) return undefined;
  if (start === undefined || size === undefined) {
    const [given, missing] = start === undefined ? ["--size", "--start"] : ["--start", "--size"];
    throw new UsageError("missing-argument", `Cannot run ${command}: ${given} is given and ${missing} is not`);
  }
  if (start + size > ADDRESS_SPACE_END) {
    throw new UsageError("bad-value", `Cannot run ${command}: the range runs over the last address, 0xFFFFFFFF`);
  }
  return { addressStart: start, sizeBytes: size };
}
