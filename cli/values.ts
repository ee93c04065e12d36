/**
 * Values of flags, read strictly: every parser says in a `SyntaxError` what it takes.
 *
 * @module
 */

import { ADDRESS_SPACE_END } from "../core/memory_image.ts";
import { parseVersion, type Version } from "../packager/version.ts";

const NUMBER_REGEXP = /^(?:0x[0-9a-f]{1,8}|[0-9]{1,10})$/i;
const DECIMAL_REGEXP = /^[0-9]{1,10}$/;
const SIZE_REGEXP = /^(0x[0-9a-f]{1,8}|[0-9]{1,10})(K|M)?$/i;
const NUMBER_LIST_REGEXP = /^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$/;
const NAMED_VALUE_REGEXP = /^([A-Z][A-Z0-9]{0,3})=(.*)$/s;
const LOWER_CASE_VALUE_REGEXP = /^([a-z][a-z0-9]{0,3})=(.+)$/is;

/** A value for one core, as `CM7=app.hex` gives it. */
export interface CoreValue {
  /** The core's tag as written; `undefined` when the value stands alone. */
  readonly core: string | undefined;
  /** What stands behind the equals sign. */
  readonly value: string;
}

/**
 * Parses an address.
 *
 * @param text `0x` and one to eight hexadecimal digits, or a decimal number.
 * @returns 0 to 0xFFFFFFFF.
 * @throws {SyntaxError} When it is neither.
 */
export function parseAddress(text: string): number {
  const address = NUMBER_REGEXP.test(text) ? Number(text) : NaN;
  if (address < ADDRESS_SPACE_END) return address;
  throw new SyntaxError("an address is 0x and up to 8 hexadecimal digits, or a decimal number below 2^32");
}

/**
 * Parses a byte.
 *
 * @param text `0xFF` or decimal.
 * @returns 0 to 255.
 * @throws {SyntaxError} When it is no such number.
 */
export function parseByte(text: string): number {
  const byte = NUMBER_REGEXP.test(text) ? Number(text) : NaN;
  if (byte <= 0xff) return byte;
  throw new SyntaxError("a byte is 0x00 to 0xFF, or 0 to 255");
}

/**
 * Parses a number of bytes.
 *
 * @param text `4096`, `0x1000`, `4K` or `1M`.
 * @returns 1 to 2^32.
 * @throws {SyntaxError} When it is no such number.
 */
export function parseSize(text: string): number {
  const [, digits = "", unit = ""] = SIZE_REGEXP.exec(text) ?? [];
  const factor = { "": 1, "K": 1024, "M": 1024 * 1024 }[unit.toUpperCase()] ?? NaN;
  const sizeBytes = digits === "" ? NaN : Number(digits) * factor;
  if (sizeBytes >= 1 && sizeBytes <= ADDRESS_SPACE_END) return sizeBytes;
  throw new SyntaxError("a size is 1 or more, such as 4096, 0x1000, 4K or 1M");
}

/**
 * Parses a bit rate.
 *
 * @param text A decimal number.
 * @returns 1 to 4294967295.
 * @throws {SyntaxError} When it is no such number.
 */
export function parseBaudRate(text: string): number {
  const baudRate = DECIMAL_REGEXP.test(text) ? Number(text) : NaN;
  if (baudRate >= 1 && baudRate < ADDRESS_SPACE_END) return baudRate;
  throw new SyntaxError("a baud rate is a whole number such as 115200");
}

/**
 * Parses a bit rate that may be left to be found.
 *
 * @param text A decimal number, or `auto`.
 * @returns 50 to 20,000,000, or `auto`.
 * @throws {SyntaxError} When it is neither.
 */
export function parseRate(text: string): number | "auto" {
  if (text === "auto") return text;
  const baudRate = DECIMAL_REGEXP.test(text) ? Number(text) : NaN;
  if (baudRate >= 50 && baudRate <= 20_000_000) return baudRate;
  throw new SyntaxError("a rate is 50 to 20000000, or auto");
}

/**
 * Parses how often to try again.
 *
 * @param text A decimal number.
 * @returns 0 to 1000.
 * @throws {SyntaxError} When it is no such number.
 */
export function parseRetryCount(text: string): number {
  const count = DECIMAL_REGEXP.test(text) ? Number(text) : NaN;
  if (count <= 1000) return count;
  throw new SyntaxError("a count is a whole number up to 1000");
}

/**
 * Parses a number of seconds.
 *
 * @param text A decimal number.
 * @returns 0 to 86400: a day.
 * @throws {SyntaxError} When it is no such number.
 */
export function parseSeconds(text: string): number {
  const seconds = DECIMAL_REGEXP.test(text) ? Number(text) : NaN;
  if (seconds <= 86_400) return seconds;
  throw new SyntaxError("seconds are a whole number up to 86400");
}

/**
 * Parses a number of milliseconds.
 *
 * @param text A decimal number.
 * @returns 0 to 9999: receivers give up after ten seconds.
 * @throws {SyntaxError} When it is no such number.
 */
export function parseMilliseconds(text: string): number {
  const milliseconds = DECIMAL_REGEXP.test(text) ? Number(text) : NaN;
  if (milliseconds <= 9999) return milliseconds;
  throw new SyntaxError("milliseconds are a whole number up to 9999");
}

/**
 * Parses a list of sectors.
 *
 * @param text Numbers and ranges: `0,2,4-7`.
 * @returns The numbers, ascending, each once.
 * @throws {SyntaxError} When it is no such list, or a range runs backwards.
 */
export function parseSectors(text: string): readonly number[] {
  const ranges = NUMBER_LIST_REGEXP.test(text) ? text.split(",").map((range) => range.split("-").map(Number)) : [];
  if (ranges.length === 0 || ranges.some(([first = 0, last = first]) => last < first)) {
    throw new SyntaxError("sectors are numbers and ranges, such as 0,2,4-7");
  }
  const numbers = ranges.flatMap(([first = 0, last = first]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index)
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/**
 * Parses the name of a port. What kinds there are is known where they are opened.
 *
 * @param text The name.
 * @returns The name as it is.
 * @throws {SyntaxError} When it is empty.
 */
export function parsePortName(text: string): string {
  if (text !== "") return text;
  throw new SyntaxError("a port is like /dev/ttyACM0, COM3, usb:0483:5740 or tcp:127.0.0.1:7000");
}

/**
 * Parses a security counter.
 *
 * @param text A decimal number.
 * @returns 0 to 4294967295.
 * @throws {SyntaxError} When it is no such number.
 */
export function parseCounter(text: string): number {
  const counter = DECIMAL_REGEXP.test(text) ? Number(text) : NaN;
  if (counter < ADDRESS_SPACE_END) return counter;
  throw new SyntaxError("a counter is a whole number from 0 to 4294967295");
}

/**
 * Parses a path. Any text but the empty one is a path.
 *
 * @param text The path.
 * @returns The path as it is.
 * @throws {SyntaxError} When it is empty.
 */
export function parsePath(text: string): string {
  if (text !== "") return text;
  throw new SyntaxError("a path is not empty");
}

/**
 * Parses a value that may name its core: `CM7=app.hex` or `app.hex`.
 *
 * @param text The value.
 * @returns Core and value.
 * @throws {SyntaxError} When it is empty.
 */
export function parseCoreValue(text: string): CoreValue {
  const [, core, value] = NAMED_VALUE_REGEXP.exec(text) ?? [];
  return value === undefined ? { core: undefined, value: parsePath(text) } : { core, value: parsePath(value) };
}

/**
 * Suggests how to write a value that does not name its core.
 *
 * @param value The value as written, such as `cm7=app.hex` or `build/cm4.hex`.
 * @param cores The cores to choose from, at least one.
 * @returns The value behind the core that it looks like, or else behind the first one.
 */
export function suggestCoreValue(value: string, cores: readonly string[]): string {
  const [, tag = "", rest = ""] = LOWER_CASE_VALUE_REGEXP.exec(value) ?? [];
  const named = cores.find((core) => core === tag.toUpperCase());
  if (named !== undefined) return `${named}=${rest}`;
  const fileName = value.split(/[/\\]/).at(-1)!.toUpperCase();
  return `${cores.find((core) => fileName.includes(core)) ?? cores[0]}=${value}`;
}

/**
 * Parses the version of a release.
 *
 * @param text `1.2.3` or `1.2.3+4`.
 * @returns The version.
 * @throws {SyntaxError} When it has another form, or a number is too large.
 */
export function parseVersionFlag(text: string): Version {
  try {
    return parseVersion(text);
  } catch {
    throw new SyntaxError("a version is like 1.2.3 or 1.2.3+4, at most 65535.65535.65535+4294967295");
  }
}
