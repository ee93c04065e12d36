/**
 * Real ports for the protocols: TCP.
 *
 * Runs in Deno.
 *
 * @module
 */

export * from "./port_error.ts";
export * from "./tcp.ts";
