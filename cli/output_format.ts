/**
 * The format of a firmware file to be written: what its name says, or what the user says.
 *
 * @module
 */

import type { WritableFormat } from "../packager/formats/write_image.ts";
import { UsageError } from "./usage_error.ts";

/** The formats, in the order of the help. */
export const OUTPUT_FORMATS = ["hex", "srec", "bin", "dfuse", "uf2"] as const satisfies readonly WritableFormat[];

/** What people call the files of each format. */
const FORMAT_BY_EXTENSION: Readonly<Record<string, WritableFormat>> = {
  hex: "hex",
  ihex: "hex",
  ihx: "hex",
  srec: "srec",
  s19: "srec",
  s28: "srec",
  s37: "srec",
  mot: "srec",
  bin: "bin",
  dfu: "dfuse",
  uf2: "uf2",
};

const EXTENSION_REGEXP = /\.([^./\\]+)$/;

/** `--to`. */
export const TO_FLAG = {
  kind: "enum",
  values: OUTPUT_FORMATS,
  placeholder: "FORMAT",
  brief: `Format of OUT: ${OUTPUT_FORMATS.join(", ")}`,
  optional: true,
} as const;

/**
 * Chooses a format by a file's name.
 *
 * @param path The path as the user gave it.
 * @returns The format.
 * @throws {UsageError} When the name does not tell.
 */
export function formatOfPath(path: string): WritableFormat {
  const extension = EXTENSION_REGEXP.exec(path)?.[1]?.toLowerCase() ?? "";
  const format = Object.hasOwn(FORMAT_BY_EXTENSION, extension) ? FORMAT_BY_EXTENSION[extension] : undefined;
  if (format !== undefined) return format;
  throw new UsageError(
    "bad-value",
    `Cannot choose the format of ${path}: its name does not tell`,
    `Add --to with one of ${OUTPUT_FORMATS.join(", ")}`,
  );
}
