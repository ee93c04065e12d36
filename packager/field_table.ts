/**
 * Fixed records as tables: one row a field, in the order of FORMAT.md.
 *
 * The same rows read a record, write it, name the place of an error, annotate the hex dump of FORMAT.md and are compared
 * with the Kaitai Struct description, so that an offset is written down once.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { formatAddress, formatHex } from "../core/hex.ts";
import { ContainerFormatError, type ContainerFormatErrorCode } from "./container_error.ts";

const NEWER_ADVICE = "If the file is from a newer Coreslot, read it with that one";

/** One field of a record. Numbers are little endian, 1, 2 or 4 bytes. */
export interface Field {
  /** Offset in the record, in bytes. */
  readonly offset: number;
  /** Size in bytes. */
  readonly sizeBytes: number;
  /** How the bytes are read and shown. `number`, `hex` and `address` are numbers; `text` is ASCII padded with NUL. */
  readonly type: "number" | "hex" | "address" | "text" | "bytes";
  /** The only value this version of the format allows; what the writer writes when it is given none. */
  readonly always?: number | Bytes;
}

/** A field that is zero until a later version of the format gives it a meaning. */
export interface ReservedField extends Field {
  /** Shown as bytes. */
  readonly type: "bytes";
  /** Zeros. */
  readonly always: Bytes;
}

/** A record: its fields by name, ascending by offset, without a gap. */
export type FieldTable = Readonly<Record<string, Field>>;

/** The values of a record, by the names of its fields. */
export type FieldValues<Table extends FieldTable> = {
  readonly [Name in keyof Table]: Table[Name]["type"] extends "bytes" ? Bytes
    : Table[Name]["type"] extends "text" ? string
    : number;
};

/** Where a record stands, for errors. */
export interface Place {
  /** Path of the record: `images[1]`. */
  readonly path: string;
  /** Offset of its first byte in what the caller gave, in bytes. */
  readonly offset: number;
}

/** What is wrong with a field. */
export interface FieldFinding<Table extends FieldTable> {
  /** Name of the field. */
  readonly name: keyof Table & string;
  /** What is wrong. */
  readonly code: ContainerFormatErrorCode;
  /** What the format wants there: a value of the field, or words. */
  readonly expected: number | string;
  /** What the reader can do about it: one sentence, no period. */
  readonly advice?: string;
}

/**
 * Makes the row of a reserved field; its name begins with `reserved`.
 *
 * @param offset Offset in the record, in bytes.
 * @param sizeBytes Size in bytes.
 * @returns The row.
 */
export function reserved(offset: number, sizeBytes: number): ReservedField {
  return { offset, sizeBytes, type: "bytes", always: new Uint8Array(sizeBytes) };
}

/**
 * Gives the size of a record.
 *
 * @param table The record.
 * @returns One past the last field's last byte.
 */
export function recordSizeBytes(table: FieldTable): number {
  return Math.max(...Object.values(table).map(({ offset, sizeBytes }) => offset + sizeBytes));
}

/**
 * Reads all fields of a record. Total: judges nothing.
 *
 * @param table The record.
 * @param bytes The record's bytes, all of them.
 * @returns The values; byte fields are copies.
 */
export function readFields<Table extends FieldTable>(table: Table, bytes: Uint8Array): FieldValues<Table> {
  const values = Object.entries(table).map(([name, field]) => [name, readField(field, bytes)]);
  return Object.fromEntries(values) as FieldValues<Table>;
}

/**
 * Writes a record. A field that is not given takes its fixed value, or zero.
 *
 * @param table The record.
 * @param values The values.
 * @returns Fresh bytes.
 * @throws {RangeError} When a value does not fit its field.
 */
export function writeFields<Table extends FieldTable>(table: Table, values: Partial<FieldValues<Table>>): Bytes {
  const bytes = new Uint8Array(recordSizeBytes(table));
  for (const [name, field] of Object.entries(table)) {
    writeField(bytes, name, field, values[name] ?? field.always ?? 0);
  }
  return bytes;
}

/**
 * Checks every field that has one value only, in the order of the table.
 *
 * @param table The record.
 * @param values The values read.
 * @param place Where the record stands.
 * @throws {ContainerFormatError} When one holds another value.
 */
export function checkFixedFields<Table extends FieldTable>(
  table: Table,
  values: FieldValues<Table>,
  place: Place,
): void {
  for (const [name, field] of Object.entries(table)) {
    if (field.always !== undefined) checkFixedField(table, values, place, name);
  }
}

/**
 * Checks one field that has one value only.
 *
 * @param table The record.
 * @param values The values read.
 * @param place Where the record stands.
 * @param name Name of the field.
 * @throws {ContainerFormatError} When it holds another value.
 */
export function checkFixedField<Table extends FieldTable>(
  table: Table,
  values: FieldValues<Table>,
  place: Place,
  name: keyof Table & string,
): void {
  const field = table[name]!;
  const expected = formatField(field, field.always!);
  if (formatField(field, values[name]) === expected) return;
  const code = name.startsWith("reserved") ? "reserved-not-zero" : "unsupported";
  throw fieldError(table, values, place, { name, code, expected, advice: NEWER_ADVICE });
}

/**
 * Makes the error about one field of a record.
 *
 * @param table The record.
 * @param values The values read.
 * @param place Where the record stands.
 * @param finding Name of the field, code, what was expected, advice.
 * @returns The error, to be thrown.
 */
export function fieldError<Table extends FieldTable>(
  table: Table,
  values: FieldValues<Table>,
  place: Place,
  finding: FieldFinding<Table>,
): ContainerFormatError {
  const { name, code, expected, advice } = finding;
  const field = table[name]!;
  return new ContainerFormatError({
    code,
    field: `${place.path}.${name}`,
    offset: place.offset + field.offset,
    expected: typeof expected === "number" ? formatField(field, expected) : expected,
    got: formatField(field, values[name]),
    advice,
  });
}

/**
 * Formats the value of a field as people read it.
 *
 * @param field The field.
 * @param value Its value.
 * @returns A decimal number, `0x` digits, an address, quoted text or hexadecimal bytes.
 */
export function formatField(field: Field, value: number | string | Bytes): string {
  if (value instanceof Uint8Array) return formatHex(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (field.type === "address") return formatAddress(value);
  return field.type === "hex" ? `0x${value.toString(16).padStart(field.sizeBytes * 2, "0")}` : String(value);
}

function readField({ offset, sizeBytes, type }: Field, bytes: Uint8Array): number | string | Bytes {
  const part = bytes.slice(offset, offset + sizeBytes);
  if (type === "bytes") return part;
  if (type === "text") return String.fromCharCode(...part).replace(/\0+$/, "");
  return part.reduceRight((value, byte) => value * 256 + byte, 0);
}

function writeField(bytes: Bytes, name: string, field: Field, value: number | string | Bytes): void {
  const { offset, sizeBytes } = field;
  if (typeof value === "number") {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** sizeBytes) {
      throw new RangeError(`Cannot write ${name}: ${value} is not a whole number from 0 to ${256 ** sizeBytes - 1}`);
    }
    for (let index = 0; index < sizeBytes; index++) bytes[offset + index] = value / 256 ** index;
    return;
  }
  const content = typeof value === "string" ? Uint8Array.from(value, (char) => char.charCodeAt(0)) : value;
  const isWholeField = field.type === "text" ? content.length <= sizeBytes : content.length === sizeBytes;
  if (!isWholeField) {
    throw new RangeError(`Cannot write ${name}: ${content.length} bytes do not make a field of ${sizeBytes}`);
  }
  bytes.set(content, offset);
}
