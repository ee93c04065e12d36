/**
 * What becomes of a device when a file transfer ends early.
 *
 * @module
 */

import type { Stage } from "../device_error.ts";

/** What to check when nobody asks for a file. */
export const TRANSFER_SILENCE_ADVICE =
  "Start the device's receiver first (in its menu, or by a reset): it asks for the file, this command answers";

/** The receiver has asked. */
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
