/**
 * Where received files go. What can be refused is refused before the sender hears that it was taken, and what came whole
 * is kept whatever comes behind it.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import { FileError, toFileError } from "./file_error.ts";
import { lookUp, makeFolder, type Output, refuseExisting, STANDARD_STREAM, writeOutputs } from "./files.ts";
import { UsageError } from "./usage_error.ts";

/** What a file may be called: the sender chooses the name, and it must not reach anything but the folder. */
const SAFE_NAME_REGEXP = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,126}$/;

/** Elsewhere two names that differ in case are one file. */
const KNOWS_CASE = Deno.build.os === "linux";

/** A file that came whole. */
export interface ReceivedFile {
  /** What the sender calls it; `undefined` where the protocol has no names. */
  readonly name: string | undefined;
  /** What it holds. */
  readonly bytes: Bytes;
  /** When it was changed last, in seconds since 1970, where the sender says so. */
  readonly modifiedAtS?: number | undefined;
}

/** Takes the files of a command. */
export class Inbox {
  readonly #path: string;
  readonly #isForced: boolean;
  /** What came whole, by its path: another try that gets a file again replaces it. */
  readonly #files = new Map<string, ReceivedFile>();
  /** What was accepted in this try. */
  #announced = new Set<string>();
  #isFolder = false;

  /**
   * Begins with nothing.
   *
   * @param path OUT, as the user gave it.
   * @param options Whether files that exist are replaced.
   */
  constructor(path: string, options: { readonly isForced: boolean }) {
    this.#path = path;
    this.#isForced = options.isForced;
  }

  /** Paths of what came whole, in order. */
  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  /**
   * Checks that OUT can be a file.
   *
   * @throws {FileError} When it cannot, or exists and may not be replaced.
   */
  expectFile(): void {
    if (this.#path === STANDARD_STREAM) return;
    const info = lookUp(this.#path);
    if (info?.isDirectory) {
      const state = "it is a folder, and this protocol carries one file without a name";
      throw new FileError("write", this.#path, { code: "wrong-kind", state, advice: "Name a file" });
    }
    if (info === undefined) assertFolderAbove(this.#path);
    else if (info.isFile && !this.#isForced) refuseExisting(this.#path);
  }

  /**
   * Checks that OUT can be a folder.
   *
   * @throws {UsageError} When it is standard output.
   * @throws {FileError} When something else stands there, or the folder above it does not exist.
   */
  expectFolder(): void {
    this.#isFolder = true;
    if (this.#path === STANDARD_STREAM) {
      throw new UsageError(
        "bad-value",
        "Cannot receive to standard output: over this protocol several files may come, with their names",
        "Name a folder, or use --protocol xmodem",
      );
    }
    const info = lookUp(this.#path);
    if (info === undefined) assertFolderAbove(this.#path);
    else if (!info.isDirectory) {
      const state = "it is a file, and this protocol needs a folder";
      throw new FileError("write", this.#path, { code: "wrong-kind", state, advice: "Name a folder, or a new one" });
    }
  }

  /** Tells that the sender begins from the start, perhaps not for the first time. */
  begin(): void {
    this.#announced = new Set();
  }

  /**
   * Decides whether a file is taken. Called before the sender is told that it is.
   *
   * @param name What the sender calls it.
   * @throws {FileError} When its name is not safe, came before, or stands there already.
   */
  accept(name: string): void {
    if (!SAFE_NAME_REGEXP.test(name)) {
      throw this.#refusal(JSON.stringify(name), {
        code: "unsafe-name",
        state: "the sender chose a name that may mean something else to this system",
        advice: "Rename the file at the sender, or receive it over xmodem, which has no names",
      });
    }
    const path = this.#pathOf(name);
    const key = KNOWS_CASE ? name : name.toLowerCase();
    if (this.#announced.has(key)) {
      const state = "the sender sent two files of that name";
      throw this.#refusal(path, { code: "exists", state, advice: "Rename one of them at the sender" });
    }
    this.#announced.add(key);
    const info = lookUp(path);
    if (info?.isDirectory) {
      const advice = "Rename the file at the sender, or name another folder";
      throw this.#refusal(path, { code: "wrong-kind", state: "it is a directory", advice });
    }
    if (info !== undefined && !this.#isForced) {
      const advice = "Name another folder, or add --force to replace it";
      throw this.#refusal(path, { code: "exists", state: "it exists", advice });
    }
  }

  /**
   * Takes a file that came whole.
   *
   * @param file The file.
   */
  add(file: ReceivedFile): void {
    this.#files.set(this.#pathOf(file.name), file);
  }

  /**
   * Writes what came whole.
   *
   * @returns The files.
   * @throws {FileError} When one cannot be written.
   */
  async save(): Promise<readonly Output[]> {
    const outputs = [...this.#files].map(([path, { bytes }]): Output => ({ path, bytes }));
    if (outputs.length === 0) return outputs;
    // Something may have got there meanwhile.
    if (!this.#isForced) {
      outputs.forEach(({ path }) => path === STANDARD_STREAM || !lookUp(path)?.isFile || refuseExisting(path));
    }
    if (this.#isFolder) await makeFolder(this.#path, () => writeOutputs(outputs));
    else await writeOutputs(outputs);
    for (const [path, { modifiedAtS }] of this.#files) if (modifiedAtS !== undefined) setTime(path, modifiedAtS);
    return outputs;
  }

  #pathOf(name: string | undefined): string {
    if (name === undefined) return this.#path;
    return /[/\\]$/.test(this.#path) ? this.#path + name : `${this.#path}/${name}`;
  }

  #refusal(
    path: string,
    reason: { readonly code: "unsafe-name" | "exists" | "wrong-kind"; readonly state: string; readonly advice: string },
  ): FileError {
    const { paths } = this;
    const kept = paths.length === 0 ? "" : `; kept is what came before it: ${paths.join(", ")}`;
    return new FileError("write", path, { ...reason, advice: reason.advice + kept });
  }
}

function assertFolderAbove(path: string): void {
  const separator = Deno.build.os === "windows" ? /[/\\]/ : /\//;
  const parts = path.replace(/[/\\]+$/, "").split(separator);
  const above = path.slice(0, parts.slice(0, -1).join("/").length) || (parts.length > 1 ? "/" : ".");
  if (lookUp(above) === undefined) throw toFileError("write", path, new Deno.errors.NotFound());
}

/** A time that the file system does not know is no reason to lose a file. */
function setTime(path: string, atS: number): void {
  try {
    Deno.utimeSync(path, atS, atS);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
