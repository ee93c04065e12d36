/**
 * What becomes of a device when a file transfer ends early.
 *
 * @module
 */

import type { Stage } from "../device_error.ts";

/** What to check when nobody asks for a file. */
export const TRANSFER_SILENCE_ADVICE =
  "Start the device's receiver first (in its menu, or by a reset): it asks for the file, this command answers";

/** What to look at when the receiver breaks off. */
export const REFUSED_ADVICE =
  "The receiver refuses the file: it is too large, it exists there, or flash failed; its own messages say which";

/** The receiver has asked, and the first frame is on its way: many a loader erases when it has come. */
export const BEGUN: Stage = {
  doing: "waiting for the device to take the first block",
  device: "The device may be erasing: what it held may be gone",
  next: "Start the device's receiver again, then run the same command again",
};

/** The receiver has taken a block. */
export const SENDING: Stage = {
  doing: "sending",
  device: "The device has a part of the file; most loaders have erased the application by then and stay in the loader",
  next: "Start the device's receiver again, then run the same command again",
};

/** Nobody was asked yet, or somebody sends. */
export const RECEIVING: Stage = {
  doing: "receiving",
  device: "Nothing was written here",
  next: "Start the other end's sender, then run the same command again",
};

/**
 * Says what is there once some files of a batch have come.
 *
 * @param paths Their paths.
 * @returns The stage.
 */
export function receivedStage(paths: readonly string[]): Stage {
  return { ...RECEIVING, device: `Kept here is what came whole: ${paths.join(", ")}` };
}
