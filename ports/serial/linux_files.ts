/**
 * What Linux tells about its devices in files: in `/sys` what is connected, in `/proc` who uses it.
 *
 * Read with the C library's functions, because Deno opens these with `--allow-all` only.
 *
 * @module
 */

import { formatHex } from "../../core/mod.ts";
import { type Libc, loadLibc, toCString } from "./libc.ts";

const SYMBOLS = {
  access: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  closedir: { parameters: ["pointer"], result: "i32" },
  getgrgid: { parameters: ["u32"], result: "pointer" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  opendir: { parameters: ["buffer"], result: "pointer" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  readdir: { parameters: ["pointer"], result: "pointer" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  realpath: { parameters: ["buffer", "buffer"], result: "pointer" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
} as const;

/** `limits.h`. */
const PATH_MAX = 4096;
/** The files here hold a line or two. */
const FILE_SIZE_BYTES_MAX = 4096;
/** Where `struct dirent` of glibc has the name. */
const DIRENT_NAME_OFFSET = 19;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** `STATX_BASIC_STATS` and `STATX_BTIME`. */
const STATX_MASK = 0xfff;
/** `struct statx` of `linux/stat.h`. */
const STATX = { sizeBytes: 256, gidOffset: 24, modeOffset: 28, inodeOffset: 32, bornOffset: 80, bornSizeBytes: 16 };
const R_OK_AND_W_OK = 6;

/** Who may use a file. */
export interface FileOwner {
  /** Name of its group; its number where it has none. */
  readonly group: string;
  /** Permission bits, as `chmod` has them. */
  readonly mode: number;
}

/** Reads small files, folders and links. */
export class LinuxFiles implements Disposable {
  readonly #libc: Libc<typeof SYMBOLS> = loadLibc(SYMBOLS);

  /** Lets go of the C library. */
  [Symbol.dispose](): void {
    this.#libc[Symbol.dispose]();
  }

  /**
   * Lists a folder.
   *
   * @param path The folder.
   * @returns Names, sorted; none when there is no such folder, or it is not ours to read.
   */
  list(path: string): readonly string[] {
    const { opendir, readdir, closedir } = this.#libc.call;
    const folder = opendir(toCString(path));
    if (folder === null) return [];
    const names: string[] = [];
    for (let entry = readdir(folder); entry !== null; entry = readdir(folder)) {
      names.push(Deno.UnsafePointerView.getCString(entry, DIRENT_NAME_OFFSET));
    }
    closedir(folder);
    return names.filter((name) => name !== "." && name !== "..").sort();
  }

  /**
   * Reads the start of a file.
   *
   * @param path The file.
   * @returns Its text without white space around it; `undefined` when it cannot be read.
   */
  readText(path: string): string | undefined {
    const { open, read, close } = this.#libc.call;
    const fd = open(toCString(path), 0);
    if (fd < 0) return undefined;
    const bytes = new Uint8Array(FILE_SIZE_BYTES_MAX);
    const count = Number(read(fd, bytes, BigInt(bytes.length)));
    close(fd);
    return count < 0 ? undefined : new TextDecoder().decode(bytes.subarray(0, count)).trim();
  }

  /**
   * Reads where a link leads.
   *
   * @param path The link.
   * @returns What it holds; `undefined` when it is none, or not ours to read.
   */
  readLink(path: string): string | undefined {
    const bytes = new Uint8Array(PATH_MAX);
    const count = Number(this.#libc.call.readlink(toCString(path), bytes, BigInt(bytes.length)));
    return count < 0 ? undefined : new TextDecoder().decode(bytes.subarray(0, count));
  }

  /**
   * Follows all links of a path.
   *
   * @param path The path.
   * @returns Where it leads; `undefined` when nothing is there.
   */
  resolve(path: string): string | undefined {
    const bytes = new Uint8Array(PATH_MAX);
    if (this.#libc.call.realpath(toCString(path), bytes) === null) return undefined;
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  /**
   * Tells whether this user may read and write a file.
   *
   * @param path The file.
   */
  isUsable(path: string): boolean {
    return this.#libc.call.access(toCString(path), R_OK_AND_W_OK) === 0;
  }

  /**
   * Tells who may use a file.
   *
   * @param path The file.
   * @returns Group and permissions; `undefined` when nothing is there.
   */
  ownerOf(path: string): FileOwner | undefined {
    const view = this.#stat(path, 0);
    if (view === undefined) return undefined;
    const id = view.getUint32(STATX.gidOffset, true);
    const group = this.#libc.call.getgrgid(id);
    const name = group === null ? undefined : new Deno.UnsafePointerView(group).getPointer();
    return {
      group: name ? Deno.UnsafePointerView.getCString(name) : String(id),
      mode: view.getUint16(STATX.modeOffset, true) & 0o7777,
    };
  }

  /**
   * Tells a file, or a link, from another one that was made later under its name.
   *
   * @param path The file.
   * @returns Its number and when it was made; something else as soon as it is another one, or nothing.
   */
  identify(path: string): string {
    const view = this.#stat(path, AT_SYMLINK_NOFOLLOW);
    if (view === undefined) return "";
    const { inodeOffset, bornOffset, bornSizeBytes } = STATX;
    return `${view.getBigUint64(inodeOffset, true)} ${
      formatHex(new Uint8Array(view.buffer, bornOffset, bornSizeBytes))
    }`;
  }

  #stat(path: string, flags: number): DataView<ArrayBuffer> | undefined {
    const bytes = new Uint8Array(STATX.sizeBytes);
    const result = this.#libc.call.statx(AT_FDCWD, toCString(path), flags, STATX_MASK, bytes);
    return result === 0 ? new DataView(bytes.buffer) : undefined;
  }
}
