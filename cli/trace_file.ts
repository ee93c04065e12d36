/**
 * A trace that is written while a conversation goes on, so that it is there whatever ends it.
 *
 * @module
 */

import { formatTraceEntry, type LinkRole, type TraceEntry } from "../protocols/link/trace.ts";
import { toFileError } from "./file_error.ts";
import { STANDARD_STREAM } from "./files.ts";

/** Lines that are kept before they are written: one write a frame would slow a fast line down. */
const LINES_KEPT_MAX = 256;

/** Writes frames as lines. */
export class TraceFile implements Disposable {
  readonly #path: string;
  readonly #role: LinkRole;
  readonly #file: Deno.FsFile | undefined;
  readonly #startMs = performance.now();
  #lines: string[] = [];

  /**
   * Begins the file anew.
   *
   * @param path The path as the user gave it; `-` for standard error.
   * @param role Which end of the wire writes.
   * @throws {FileError} When it cannot be written.
   */
  constructor(path: string, role: LinkRole) {
    this.#path = path;
    this.#role = role;
    if (path === STANDARD_STREAM) return;
    try {
      this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
    } catch (error) {
      throw toFileError("write", path, error);
    }
  }

  /**
   * Adds a frame; its time counts from the beginning of the file.
   *
   * @param entry The frame.
   */
  add(entry: TraceEntry): void {
    // A frame is noted when it is queued, but its clock may have been read a moment before the file was begun.
    const atMs = Math.max(0, entry.atMs - this.#startMs);
    this.#lines.push(`${formatTraceEntry({ ...entry, atMs }, this.#role)}\n`);
    if (this.#file === undefined || this.#lines.length >= LINES_KEPT_MAX) this.flush();
  }

  /**
   * Writes what is kept.
   *
   * @throws {FileError} When it cannot be written.
   */
  flush(): void {
    const bytes = new TextEncoder().encode(this.#lines.join(""));
    this.#lines = [];
    const file = this.#file ?? Deno.stderr;
    try {
      for (let offset = 0; offset < bytes.length;) offset += file.writeSync(bytes.subarray(offset));
    } catch (error) {
      throw toFileError("write", this.#path, error);
    }
  }

  /** Writes what is kept and closes the file. */
  [Symbol.dispose](): void {
    try {
      this.flush();
    } finally {
      this.#file?.close();
    }
  }
}
