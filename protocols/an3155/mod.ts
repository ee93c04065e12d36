/**
 * AN3155, the protocol of the STM32 boot ROM on a USART: host, target, and what both cost.
 *
 * Most programs want {@linkcode flashImage}, or {@linkcode connect} and what a {@linkcode Session} can do; the commands
 * themselves are procedures too, such as {@linkcode readMemory}. {@linkcode runBootRom} is the other end.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export * from "./blocks.ts";
export * from "./choose_part.ts";
export * from "./constants.ts";
export * from "./costs.ts";
export * from "./decode.ts";
export * from "./device.ts";
export * from "./error.ts";
export * from "./flash_go.ts";
export * from "./flash_image.ts";
export * from "./frames.ts";
export * from "./host.ts";
export * from "./line.ts";
export * from "./plan.ts";
export * from "./profiles.ts";
export * from "./session.ts";
export * from "./session_protection.ts";
export * from "./stages.ts";
export * from "./target.ts";
export * from "./times.ts";
