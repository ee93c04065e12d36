/**
 * What stands in a device's slots, and what follows from it: judged by the headers and commit words at their ends, and in
 * depth by their payloads. Synchronous, for a loader and for a host that asks before it erases.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export { Sha256, sha256 } from "../../core/sha256.ts";
export * from "./decide_slots.ts";
export * from "./judge_headers.ts";
export * from "./judge_set.ts";
export { PayloadCheck, type PayloadFacts } from "./payload_check.ts";
export { computeSetIdSync } from "./set_id_sync.ts";
export * from "./slot_end.ts";
