/**
 * The slot loader of the emulated chip: the software at the start of flash that receives updates, and starts nothing but a
 * whole, signed set. It stands in for what an embedded developer writes in C; BOOT.md is the specification of both.
 *
 * A {@linkcode SlotLoader} is one run of it, from a reset on; {@linkcode Stager} takes updates; {@linkcode BundleReceiver}
 * takes a bundle as a stream; {@linkcode createLoaderFirmware} puts it on a wire.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export { BundleReceiver, type BundleReceiverOptions } from "./bundle_receiver.ts";
export { LoaderCdcDevice } from "./cdc_device.ts";
export * from "./install_loader.ts";
export * from "./loader.ts";
export * from "./loader_config.ts";
export * from "./loader_error.ts";
export * from "./loader_firmware.ts";
export * from "./retained.ts";
export type { WrittenSet } from "./slot_writer.ts";
export * from "./stager.ts";
export { verifySlots } from "./verify_slots.ts";
export * from "./work.ts";
export * from "./ymodem_transport.ts";
