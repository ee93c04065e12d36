/**
 * YMODEM and YMODEM-g, both ends: files with names and sizes, in batches.
 *
 * Runs in Deno, Node and browsers.
 *
 * @example Both ends over a wire without length, by hand
 * ```ts
 * import { Engine } from "@coreslot/coreslot/link";
 * import { collectBatch, receiveYmodem, sendYmodem } from "@coreslot/coreslot/ymodem";
 *
 * const batch = collectBatch(1000);
 * const sender = new Engine((link) => sendYmodem(link, [{ name: "x.bin", data: Uint8Array.of(1, 2, 3) }]));
 * const receiver = new Engine((link) => receiveYmodem(link, batch.accept));
 * while (receiver.outcome === undefined) {
 *   for (const frame of receiver.takeOutput()) sender.receive(frame, 0);
 *   receiver.flushed(0);
 *   for (const frame of sender.takeOutput()) receiver.receive(frame, 0);
 *   sender.flushed(0);
 * }
 * console.assert(batch.files[0]?.header.name === "x.bin" && batch.files[0].bytes.length === 3);
 * ```
 *
 * @module
 */

export * from "./decode.ts";
export * from "./file_header.ts";
export * from "./receiver.ts";
export * from "./sender.ts";
export * from "./st_iap.ts";
export * from "./st_iap_profiles.ts";
export * from "./plan.ts";
