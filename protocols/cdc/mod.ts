/**
 * The CDC protocol: updates over a USB virtual COM port, host and device, and what they cost. PROTOCOL.md beside this file
 * is normative.
 *
 * Most programs want {@linkcode updateOverCdc}; {@linkcode openSession} gives the commands one by one.
 * {@linkcode runCdcTarget} is the other end, for a loader that is a {@linkcode CdcDevice}.
 *
 * Runs in Deno, Node and browsers.
 *
 * @example An update over a port of your own, called again when the port is back after an unplug
 * ```ts
 * import { type CdcImage, updateOverCdc } from "@coreslot/coreslot/cdc";
 * import { type Port, PortSession } from "@coreslot/coreslot/link";
 *
 * async function updateDevice(port: Port, update: { images: CdcImage[]; setId: Uint8Array<ArrayBuffer> }) {
 *   await using session = new PortSession(port);
 *   const sessionId = 1 + Math.floor(Math.random() * 0xffff_0000);
 *   return await session.run((link) => updateOverCdc(link, { ...update, sessionId }));
 * }
 *
 * console.assert(typeof updateDevice === "function");
 * ```
 *
 * @module
 */

export * from "./cobs.ts";
export * from "./constants.ts";
export * from "./decode.ts";
export * from "./device.ts";
export * from "./error.ts";
export * from "./frames.ts";
export * from "./host.ts";
export * from "./plan.ts";
export * from "./records.ts";
export * from "./target.ts";
export * from "./update.ts";
export * from "./update_progress.ts";
