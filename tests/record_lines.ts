/**
 * Lines of Intel HEX and S-record texts, built from the specifications without any of the code under test.
 *
 * @module
 */

/**
 * Builds an Intel HEX record.
 *
 * @param type RECTYP, 0 to 255.
 * @param loadOffset LOAD OFFSET, 0 to 0xFFFF.
 * @param info The bytes after RECTYP.
 * @returns The record, without a line end.
 */
export function hexLine(type: number, loadOffset: number, ...info: number[]): string {
  const bytes = [info.length, loadOffset >> 8, loadOffset & 0xff, type, ...info];
  return `:${formatDigits([...bytes, -sumOf(bytes) & 0xff])}`;
}

/**
 * Builds an S-record.
 *
 * @param type 0 to 9.
 * @param address The address, or what stands in its place.
 * @param data The bytes after the address.
 * @returns The record, without a line end.
 */
export function srecLine(type: number, address: number, ...data: number[]): string {
  const addressSizeBytes = [2, 2, 3, 4, 2, 2, 3, 4, 3, 2][type]!;
  const addressBytes = Array.from({ length: addressSizeBytes }, (_, index) => address >>> 8 * index & 0xff).reverse();
  const bytes = [addressSizeBytes + data.length + 1, ...addressBytes, ...data];
  return `S${type}${formatDigits([...bytes, ~sumOf(bytes) & 0xff])}`;
}

/**
 * Joins lines into a text.
 *
 * @param lines The lines. Where two strings follow one another, LF stands between; one ends the text.
 * @returns The text as bytes, one for each character.
 */
export function textOf(...lines: string[]): Uint8Array<ArrayBuffer> {
  const text = `${lines.join("\n")}\n`;
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"));

function formatDigits(bytes: readonly number[]): string {
  let digits = "";
  for (const byte of bytes) digits += PAIRS[byte];
  return digits;
}

function sumOf(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum + byte, 0);
}
