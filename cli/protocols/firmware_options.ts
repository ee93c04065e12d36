/**
 * Flags that are for firmware, and flags that are for updates.
 *
 * @module
 */

import { UsageError } from "../usage_error.ts";
import type { FlashOptions, FlashSource } from "./protocol.ts";

/**
 * Refuses what makes no sense for an update: it says itself where it goes, and only the loader starts it.
 *
 * @param command The command, for errors.
 * @param source The update.
 * @param options What was asked for.
 * @throws {UsageError} When an option is for firmware.
 */
export function refuseFirmwareOptions(command: string, source: FlashSource, options: FlashOptions): void {
  const flag = options.erasesAll
    ? "--erase-all"
    : options.crops
    ? "--crop"
    : options.goAddress !== undefined
    ? "--go"
    : source.hasBinaryAddress
    ? "--base"
    : undefined;
  if (flag === undefined) return;
  throw new UsageError(
    "conflicting-flags",
    `Cannot run ${command}: ${source.path} is an update, and ${flag} is for firmware`,
  );
}

/**
 * Refuses what makes no sense for firmware: it is not signed, and no slot is judged for it.
 *
 * @param source The firmware.
 * @param options What was asked for.
 * @throws {UsageError} When an option is for updates.
 */
export function refuseUpdateOptions(source: FlashSource, { update }: FlashOptions): void {
  if (update === undefined) return;
  const { keys, layout, isForced } = update;
  const flag = keys.length > 0 ? "--key" : layout !== undefined ? "--layout" : isForced ? "--force" : undefined;
  if (flag === undefined) return;
  throw new UsageError("conflicting-flags", `Cannot run flash: ${source.path} is firmware, and ${flag} is for updates`);
}
