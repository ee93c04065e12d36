/**
 * The protocol with commands of seven bytes: a boot loader for the STM32F411 over USB CDC that is in the field, host and
 * target, with its defects as data.
 *
 * For new devices there is the protocol of `@coreslot/coreslot/cdc`. This one has no number, length or check in a packet, says
 * nothing of what the device is, erases before it looks, and boots half an image after a cut whose first word is right.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./constants.ts";
export * from "./decode.ts";
export * from "./device.ts";
export * from "./error.ts";
export * from "./frames.ts";
export * from "./host.ts";
export * from "./image.ts";
export * from "./plan.ts";
export * from "./profiles.ts";
export * from "./target.ts";
