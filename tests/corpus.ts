/**
 * The corpus of real firmware, captures and verdicts that may stand beside the project, in `../shared`.
 *
 * Nothing of it is copied into the project. A test that needs it is skipped, loudly, where it is absent.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";

const ROOT = new URL("../../shared/", import.meta.url);

/** Whether the corpus stands beside the project. */
export const isCorpusPresent: boolean = await Deno.stat(ROOT).then((info) => info.isDirectory, () => false);
if (!isCorpusPresent) console.warn(`CORPUS ABSENT: tests on real files are skipped; looked for ${ROOT.pathname}`);

/**
 * Reads a file of the corpus.
 *
 * @param path Path below the corpus, such as `firmware/h745-disco-usbd.bin`.
 * @returns Its bytes.
 */
export function readCorpus(path: string): Bytes {
  return Deno.readFileSync(new URL(path, ROOT));
}

/**
 * Reads a JSON file of the corpus. The caller states its shape.
 *
 * @param path Path below the corpus.
 * @returns What the file says.
 */
export function readCorpusJson<T>(path: string): T {
  return JSON.parse(new TextDecoder().decode(readCorpus(path)));
}

/**
 * Registers a test that needs the corpus: run where it is present, reported as ignored where it is not.
 *
 * @param name Name of the test.
 * @param body The test.
 */
export function corpusTest(name: string, body: () => void | Promise<void>): void {
  Deno.test({ name: `${name} [corpus]`, ignore: !isCorpusPresent, fn: body });
}
