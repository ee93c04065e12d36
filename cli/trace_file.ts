/**
 * A trace that is written while a conversation goes on, so that it is there whatever ends it.
 *
 * @module
 */

import { formatTraceEntry, type LinkRole, parseTrace, type TraceEntry } from "../protocols/link/trace.ts";
import { isRegularFile } from "./distinct_paths.ts";
import { FileError, toFileError } from "./file_error.ts";
import { STANDARD_STREAM } from "./files.ts";

/** Lines that are kept before they are written: one write a frame would slow a fast line down. */
const LINES_KEPT_MAX = 256;

/** The longest a trace's first line may be: a frame of 32 KiB, in hexadecimal. */
const FIRST_LINE_BYTES_MAX = 128 * 1024;

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
   * @throws {FileError} When it cannot be written, or is there and no trace.
   */
  constructor(path: string, role: LinkRole) {
    this.#path = path;
    this.#role = role;
    if (path === STANDARD_STREAM) return;
    try {
      refuseOtherFile(path);
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

/**
 * Refuses to begin a trace over a file that is something else, such as the firmware or the key that the same command reads.
 * Where reading is not permitted nothing of the kind can be read by the command either.
 */
function refuseOtherFile(path: string): void {
  if (!isRegularFile(path) || isTrace(readStart(path))) return;
  throw new FileError("write", path, {
    code: "exists",
    state: "it is there, and it is no trace",
    advice: "Name another file for the trace, or remove this one first",
  });
}

function isTrace(start: string): boolean {
  try {
    return start === "" || parseTrace(start.slice(0, start.indexOf("\n") + 1 || undefined)).length > 0;
  } catch {
    return false;
  }
}

function readStart(path: string): string {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(FIRST_LINE_BYTES_MAX);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}
