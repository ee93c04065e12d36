/**
 * Layouts: where loader and slots stand in a part's flash, checked against the table of parts.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./check_layout.ts";
export * from "./layout.ts";
export * from "./layout_error.ts";
export * from "./option_bytes.ts";
export * from "./parse_layout.ts";
export * from "./presets.ts";
export * from "./slot_capacity.ts";
