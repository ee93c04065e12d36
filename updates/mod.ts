/**
 * Bringing an update onto a device: what a bundle is in flash, what the device's slots hold before, and whether the one
 * may replace the other.
 *
 * {@linkcode stageUpdate} does it through the boot ROM, {@linkcode CdcDelivery} through a loader that speaks CDC.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./cdc_delivery.ts";
export * from "./cdc_update.ts";
export * from "./deliver_over_cdc.ts";
export * from "./error.ts";
export * from "./guard.ts";
export * from "./staging.ts";
export * from "./stage_update.ts";
