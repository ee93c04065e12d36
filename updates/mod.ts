/**
 * Bringing an update onto a device: what a bundle is in flash, what the device's slots hold before, and whether the one
 * may replace the other.
 *
 * {@linkcode stageUpdate} does it through the boot ROM.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./error.ts";
export * from "./guard.ts";
export * from "./staging.ts";
export * from "./stage_update.ts";
