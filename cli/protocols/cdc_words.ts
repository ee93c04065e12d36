/**
 * What a device with a slot loader says of itself, in words.
 *
 * @module
 */

import { formatHex } from "../../core/hex.ts";
import { formatVersion } from "../../packager/version.ts";
import type { BootReason } from "../../protocols/cdc/constants.ts";
import type { SetReport } from "../../protocols/cdc/device.ts";

/** Why a loader runs and not the application. */
const REASONS: Readonly<Record<BootReason, string>> = {
  "unknown": "it does not say why",
  "no-valid-set": "it holds no set that it may start",
  "host-request": "its application was asked to hand over",
  "button": "its button was held at reset",
  "failed-boots": "its application did not report itself well, several times",
  "failed-copy": "copying slot B to slot A failed several times",
  "option-bytes": "its option bytes are not as its layout has them",
  "listening": "it listens for a moment at every reset",
};

/** What each state of a set is to people. */
const STATES: Readonly<Record<Exclude<SetReport["state"], "absent">, string>> = {
  committed: "",
  uncommitted: ", not committed",
};

/**
 * Says why a loader runs.
 *
 * @param reason The reason.
 * @returns A clause.
 */
export function describeReason(reason: BootReason): string {
  return REASONS[reason];
}

/**
 * Describes a set in a device.
 *
 * @param set The set.
 * @returns For example `1.2.3+4, counter 7, set 00112233445566778899aabbccddeeff`.
 */
export function describeSet(set: SetReport): string {
  if (set.state === "absent") return "no set";
  const { version, counter, setId, state } = set;
  return `${formatVersion(version)}, counter ${counter}, set ${formatHex(setId).slice(0, 8)}..${STATES[state]}`;
}

/**
 * Gives a set as `--json` prints it.
 *
 * @param set The set.
 * @returns A plain object; `null` when there is none.
 */
export function toJsonSet(set: SetReport): Record<string, unknown> | null {
  if (set.state === "absent") return null;
  const { version, counter, setId, state } = set;
  return { version: formatVersion(version), counter, setId: formatHex(setId), isCommitted: state === "committed" };
}
