/**
 * Coreslot: STM32 firmware in, one signed update bundle out, checked at every step.
 *
 * This is the entry that most people need: the packager, and the core types it speaks in. The wire protocols have entries
 * of their own.
 *
 * Runs in Deno, Node and browsers.
 *
 * @example Packing both cores of an STM32H747 and verifying the bundle
 * ```ts
 * import { findLayout, generateKey, MemoryImage, packBundle, verifyUpdate } from "@coreslot/coreslot";
 *
 * function blankImage(address: number, stackEnd: number) {
 *   const vectors = new DataView(new ArrayBuffer(0x400));
 *   vectors.setUint32(0, stackEnd, true);
 *   vectors.setUint32(4, address + 0x201, true);
 *   return MemoryImage.fromSegments([{ address, data: new Uint8Array(vectors.buffer) }]);
 * }
 *
 * const { key } = await generateKey("ed25519");
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32h747"),
 *   images: [
 *     { core: "CM7", image: blankImage(0x0802_0000, 0x2408_0000) },
 *     { core: "CM4", image: blankImage(0x0810_0000, 0x1004_8000) },
 *   ],
 *   version: "1.2.3+4",
 *   counter: 7,
 *   product: "coffee machine",
 *   key,
 * });
 * const report = await verifyUpdate(bundle, { keys: [key.publicKey], layout: findLayout("stm32h747") });
 * console.assert(report.images.length === 2);
 * ```
 *
 * @module
 */

export * from "./core/mod.ts";
export * from "./packager/mod.ts";
