/**
 * Real and example firmware, by format, for the tests that ask other programs what they make of it.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { isCorpusPresent, readCorpus, readCorpusJson } from "../corpus.ts";

/** A file with firmware in it. */
export interface FirmwareFile {
  /** File name. */
  readonly name: string;
  /** Content. */
  readonly bytes: Bytes;
}

/** The formats that {@linkcode firmwareFiles} knows files of. */
export type FirmwareFormat = "elf" | "hex" | "srec" | "bin" | "dfuse";

/** What the manifest of the corpus says about each file. */
interface ManifestEntry {
  readonly file: string;
  readonly format: string;
}

/** Files that a reader has to refuse; other tests see to that. */
const REFUSED: ReadonlySet<string> = new Set([
  "cleanflight-naze-empty.hex",
  "corrupt-utf8-g474-eval1.dfu",
]);

const EXAMPLES = new URL("../../examples/firmware/", import.meta.url);

const MANIFEST: readonly ManifestEntry[] = isCorpusPresent ? readCorpusJson("firmware/MANIFEST.json") : [];

/**
 * Gives every file of one format: the project's own images, and where the corpus is present all of its good ones.
 *
 * @param format The format.
 * @returns The files, read afresh.
 */
export function firmwareFiles(format: FirmwareFormat): readonly FirmwareFile[] {
  return [
    ...listExamples(format).map((name) => ({ name, bytes: Deno.readFileSync(new URL(name, EXAMPLES)) })),
    ...listReal(format).map((name) => ({ name, bytes: readCorpus(`firmware/${name}`) })),
  ];
}

/**
 * Tells whether there is any file of a format. Some formats are only in the corpus.
 *
 * @param format The format.
 * @returns `false` when a test over {@linkcode firmwareFiles} would try nothing.
 */
export function hasFirmware(format: FirmwareFormat): boolean {
  return listExamples(format).length + listReal(format).length > 0;
}

function listExamples(format: FirmwareFormat): readonly string[] {
  return format === "hex" || format === "elf" ? [`cm7.${format}`, `cm4.${format}`] : [];
}

function listReal(format: FirmwareFormat): readonly string[] {
  const named = format === "hex" ? "ihex" : format;
  return MANIFEST.filter((entry) => entry.format === named && !REFUSED.has(entry.file)).map(({ file }) => file);
}
