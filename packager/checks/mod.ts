/**
 * Packaging checks: whether images belong into the slots of a layout.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./check_cores.ts";
export * from "./place_image.ts";
export * from "./placement_error.ts";
