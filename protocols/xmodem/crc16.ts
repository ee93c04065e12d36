/**
 * CRC-16 of XMODEM: polynomial 0x1021, initial value 0, no reflection.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  return crc;
});

/**
 * Computes the CRC-16 of XMODEM.
 *
 * @param bytes The data of a block.
 * @returns 0 to 0xFFFF; 0x31C3 for the ASCII text `123456789`. On the wire the high byte comes first.
 *
 * @example The check value
 * ```ts
 * import { crc16 } from "@coreslot/coreslot/xmodem";
 *
 * console.assert(crc16(new TextEncoder().encode("123456789")) === 0x31c3);
 * ```
 */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (let index = 0; index < bytes.length; index++) crc = (crc << 8 ^ TABLE[crc >>> 8 ^ bytes[index]!]!) & 0xffff;
  return crc;
}
