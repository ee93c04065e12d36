/**
 * Rehearsals: an update of the user's own on the emulated device of its layout, with power cuts and pulled cables, and a
 * report that says what booted after each, how long it took to recover, and what it did to the flash.
 *
 * {@linkcode rehearse} does it. The report is plain data; `rehearsal.schema.json` beside this file describes it.
 * {@linkcode drawRehearsal} makes a picture of it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./error.ts";
export { drawRehearsal } from "./picture.ts";
export * from "./rehearse.ts";
export * from "./report.ts";
export type { SlotPart } from "./places.ts";
export type { Phase } from "./recording.ts";
export type { TransportName } from "./transport.ts";
export type { FailureCode } from "./try_point.ts";
