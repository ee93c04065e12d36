/**
 * The host's commands, in the order of the application note.
 *
 * Each is a procedure that talks to the ROM once and throws at the first thing that is not as it should be; trying again
 * and making sure is the business of the session ({@linkcode flashImage}).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./host_sync.ts";
export * from "./host_exchange.ts";
export * from "./host_information.ts";
export * from "./host_memory.ts";
export * from "./host_erase.ts";
export * from "./host_protection.ts";
export * from "./host_special.ts";
