/**
 * The table of parts: geometry, timing, identity and option bytes of the STM32 that Coreslot knows, with sources.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./find_part.ts";
export * from "./part.ts";
export * from "./sectors.ts";
