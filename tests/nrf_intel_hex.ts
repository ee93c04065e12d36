/**
 * The nrf-intel-hex package as tests and benches use it.
 *
 * Its type declarations describe an ES module, and what Deno loads is its CommonJS build, whose export is the class itself;
 * so the class is looked at before it is used.
 *
 * @module
 */

import loaded from "nrf-intel-hex";

/** What is used of the class. */
interface NrfMemoryMap {
  new (blocks: Map<number, Uint8Array>): Map<number, Uint8Array> & { asHexString(): string };
  fromHex(text: string): Map<number, Uint8Array>;
}

const nrfMemoryMap = assertMemoryMap(loaded);

function assertMemoryMap(value: unknown): NrfMemoryMap {
  if (!isMemoryMap(value)) throw new TypeError("Cannot use nrf-intel-hex: its export is not the class MemoryMap");
  return value;
}

function isMemoryMap(value: unknown): value is NrfMemoryMap {
  return typeof value === "function" && "fromHex" in value;
}

/**
 * Parses Intel HEX with nrf-intel-hex.
 *
 * @param text The text.
 * @returns Its memory map.
 * @throws {Error} When it refuses the text.
 */
export function parseWithNrf(text: string): Map<number, Uint8Array> {
  return nrfMemoryMap.fromHex(text);
}

/**
 * Formats a memory map as Intel HEX with nrf-intel-hex.
 *
 * @param blocks Address and bytes of each block.
 * @returns The text.
 */
export function formatWithNrf(blocks: Map<number, Uint8Array>): string {
  return new nrfMemoryMap(blocks).asHexString();
}
