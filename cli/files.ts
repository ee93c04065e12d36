/**
 * Files in and out: inputs with a limit on their size, outputs that are there whole or not at all.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { FileError, toFileError } from "./file_error.ts";
import { onInterrupt } from "./interrupts.ts";

/** The path that stands for standard input or standard output. */
export const STANDARD_STREAM = "-";

/**
 * Largest firmware or update file, 256 MiB: over a hundred times the flash of any part we know as text, and a bound on
 * what a wrong path (a disk image, an endless device) can cost.
 */
export const FIRMWARE_SIZE_LIMIT = 256 * 1024 * 1024;

/** Largest key, signature or layout file, 1 MiB: all of them are text that people read. */
export const TEXT_SIZE_LIMIT = 1024 * 1024;

/** Options of {@linkcode writeOutputs}. */
export interface WriteOutputsOptions {
  /**
   * Whether an interrupt ends the process after tidying up. A program that ends by itself when it is interrupted, and
   * saves something then, must not be ended in the middle of that.
   *
   * @default {true}
   */
  readonly endsOnInterrupt?: boolean;
}

/** What a file is read by: a pipe tells no size in advance. */
const CHUNK_SIZE = 64 * 1024;

/** A file to be written. */
export interface Output {
  /** The path as the user gave it. */
  readonly path: string;
  /** What it will hold. */
  readonly bytes: Uint8Array;
  /** Mode of the file where the system has modes, the usual one if left out. */
  readonly mode?: number;
}

/**
 * Reads a whole file, a pipe, or standard input.
 *
 * @param path A path, or `-` for standard input.
 * @param sizeLimit The most bytes the file may have.
 * @default sizeLimit {FIRMWARE_SIZE_LIMIT}
 * @returns Its bytes.
 * @throws {FileError} When it cannot be read or is larger than the limit.
 */
export function readInput(path: string, sizeLimit = FIRMWARE_SIZE_LIMIT): Bytes {
  try {
    if (path === STANDARD_STREAM) return readAll(Deno.stdin, 0, { path: "standard input", sizeLimit });
    using file = Deno.openSync(path);
    const { isDirectory, size } = file.statSync();
    if (isDirectory) throw new Deno.errors.IsADirectory();
    return readAll(file, size, { path, sizeLimit });
  } catch (error) {
    throw toFileError("read", path === STANDARD_STREAM ? "standard input" : path, error);
  }
}

function readAll(
  file: { readSync(target: Uint8Array): number | null },
  expectedSize: number,
  options: { readonly path: string; readonly sizeLimit: number },
): Bytes {
  const { path, sizeLimit } = options;
  // One byte more than expected, so that the end of a regular file is seen without growing.
  let bytes = new Uint8Array(Math.min(expectedSize, sizeLimit) + 1);
  let sizeBytes = 0;
  while (true) {
    const count = file.readSync(bytes.subarray(sizeBytes));
    if (count === null) return bytes.subarray(0, sizeBytes);
    sizeBytes += count;
    if (sizeBytes > sizeLimit) {
      throw new FileError("read", path, {
        code: "too-large",
        state: `it has more than ${sizeLimit} bytes`,
        advice: "Check the path: no file of this kind is that large",
      });
    }
    if (sizeBytes === bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(bytes.length * 2, CHUNK_SIZE), sizeLimit + 1));
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/**
 * Reads a text file in UTF-8.
 *
 * @param path A path, or `-` for standard input.
 * @returns Its text; bytes that are not UTF-8 become U+FFFD, which no key and no layout holds.
 * @throws {FileError} When it cannot be read or has more than {@linkcode TEXT_SIZE_LIMIT} bytes.
 */
export function readTextInput(path: string): string {
  return new TextDecoder().decode(readInput(path, TEXT_SIZE_LIMIT));
}

/**
 * Writes files so that each is there whole or not at all, also after an error or an interrupt.
 *
 * Every output is first written to a draft beside it, then all are renamed. What is not a regular file (a pipe, a
 * device, standard output) is written to directly.
 *
 * @param outputs The files. An existing file is replaced.
 * @param options What an interrupt does.
 * @throws {FileError} When one cannot be written; then none is left behind that was not there before.
 */
export async function writeOutputs(outputs: readonly Output[], options: WriteOutputsOptions = {}): Promise<void> {
  const drafts: string[] = [];
  const removeDrafts = () => drafts.forEach(removeIfThere);
  const stopListening = options.endsOnInterrupt === false ? () => {} : onInterrupt(() => {
    removeDrafts();
    Deno.exit(EXIT_CODES.interrupted);
  });
  let path = "";
  try {
    const renames: { from: string; to: string }[] = [];
    for (const output of outputs) {
      path = output.path;
      const target = resolveTarget(path);
      if (target === undefined) {
        await writeStream(output);
        continue;
      }
      const from = draftPath(target);
      await writeDraft(from, output, drafts);
      renames.push({ from, to: target });
    }
    for (const { from, to } of renames) {
      path = to;
      Deno.renameSync(from, to);
    }
  } catch (error) {
    removeDrafts();
    throw toFileError("write", path === STANDARD_STREAM ? "standard output" : path, error);
  } finally {
    stopListening();
  }
}

/**
 * Refuses an output that exists.
 *
 * @param path The path as the user gave it.
 * @throws {FileError} When anything stands there.
 */
export function refuseExisting(path: string): void {
  if (lookUp(path) === undefined) return;
  throw new FileError("write", path, {
    code: "exists",
    state: "it exists",
    advice: "Name another file, or add --force to replace it",
  });
}

/**
 * Makes a folder for outputs where there is none, and takes it away again when nothing gets into it.
 *
 * @param path The folder; the one above it has to exist.
 * @param fill Writes the outputs.
 * @throws {FileError} When the folder cannot be made, or what `fill` throws.
 */
export async function makeFolder(path: string, fill: () => Promise<void>): Promise<void> {
  const isNew = lookUp(path) === undefined;
  try {
    if (isNew) Deno.mkdirSync(path);
  } catch (error) {
    throw toFileError("write", path, error);
  }
  try {
    await fill();
  } catch (error) {
    if (isNew) removeIfThere(path);
    throw error;
  }
}

/** Where a draft is renamed to; `undefined` for what is written directly. */
function resolveTarget(path: string): string | undefined {
  if (path === STANDARD_STREAM) return undefined;
  const info = lookUp(path);
  if (info === undefined) return path;
  if (info.isDirectory) throw new Deno.errors.IsADirectory();
  if (!info.isFile) return undefined;
  // A link stays a link: the file that it names is replaced.
  return Deno.lstatSync(path).isSymlink ? Deno.realPathSync(path) : path;
}

/**
 * Looks up what stands where a command is about to write.
 *
 * @param path The path as the user gave it.
 * @returns What stands there; `undefined` for nothing.
 * @throws {FileError} When it cannot be looked up.
 */
export function lookUp(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw toFileError("write", path, error);
  }
}

/** In the same folder, so that the rename stays on one disk; with the process's number, so that two runs never meet. */
function draftPath(target: string): string {
  const nameStart = Math.max(target.lastIndexOf("/"), Deno.build.os === "windows" ? target.lastIndexOf("\\") : -1) + 1;
  return `${target.slice(0, nameStart)}.${target.slice(nameStart)}.${Deno.pid}.draft`;
}

async function writeDraft(path: string, output: Output, drafts: string[]): Promise<void> {
  using file = Deno.openSync(path, {
    write: true,
    createNew: true,
    ...(output.mode === undefined ? {} : { mode: output.mode }),
  });
  drafts.push(path);
  await writeAll(file, output.bytes);
}

async function writeStream(output: Output): Promise<void> {
  if (output.path === STANDARD_STREAM) return await writeAll(Deno.stdout, output.bytes);
  using file = await Deno.open(output.path, { write: true });
  await writeAll(file, output.bytes);
}

async function writeAll(
  file: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let offset = 0; offset < bytes.length;) offset += await file.write(bytes.subarray(offset));
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Renamed already, or the disk is gone: there is nothing left to tidy up.
  }
}
