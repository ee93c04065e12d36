/**
 * What every reader of a firmware file throws when the file is not right.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../../core/errors.ts";
import type { ImageFormat } from "./format.ts";

/**
 * What is wrong with a firmware file.
 *
 * | code | the file |
 * | --- | --- |
 * | `unknown-format` | is none of the formats, by its content |
 * | `no-data` | is well formed but holds no byte for any address |
 * | `truncated` | ends early: a structure runs past the end, or the record that closes the file is missing |
 * | `trailing-data` | goes on after its end |
 * | `bad-magic` | lacks a fixed signature where the format wants one |
 * | `bad-character` | holds a character where the format wants a record or a hexadecimal digit, or replacement characters (EF BF BD) where bytes stood |
 * | `merge-conflict` | still holds the markers of an unresolved merge |
 * | `unknown-type` | holds a record or a structure of a type that the format does not define |
 * | `unsupported` | is legal, but of a kind that is not for these devices (64 bits, another machine, relocatable ...) |
 * | `bad-length` | holds a length or a size that contradicts what is there |
 * | `bad-checksum` | fails a checksum or a CRC |
 * | `bad-count` | holds a number of things that contradicts what is there |
 * | `bad-field` | holds a value in a field that the format does not allow there |
 * | `inconsistent` | says two things that contradict one another |
 * | `overlap` | gives two bytes for one address, equal or not |
 * | `address-range` | places a byte above 0xFFFFFFFF |
 * | `ambiguous-address` | places bytes where well-known readers differ about the address |
 * | `ambiguous-start` | names two different start addresses |
 * | `too-large` | needs more memory than the limit that the caller gave |
 * | `too-many-pieces` | is scattered over more than {@linkcode PIECE_LIMIT} runs of bytes |
 */
export type ImageFormatErrorCode =
  | "unknown-format"
  | "no-data"
  | "truncated"
  | "trailing-data"
  | "bad-magic"
  | "bad-character"
  | "merge-conflict"
  | "unknown-type"
  | "unsupported"
  | "bad-length"
  | "bad-checksum"
  | "bad-count"
  | "bad-field"
  | "inconsistent"
  | "overlap"
  | "address-range"
  | "ambiguous-address"
  | "ambiguous-start"
  | "too-large"
  | "too-many-pieces";

/**
 * Most runs of bytes, in the order of the file, that a reader takes: each costs some 600 bytes of memory however short it
 * is, so a HEX file of 256 MiB could take more than there is. Ours; compilers leave some dozens.
 */
export const PIECE_LIMIT = 131_072;

/** What an {@linkcode ImageFormatError} is made of. */
export interface ImageFormatErrorOptions {
  /** What is wrong with the file. */
  readonly code: ImageFormatErrorCode;
  /** The format that the file was read or written as; absent while it is not known. */
  readonly format?: ImageFormat | undefined;
  /** One sentence without a period, in the form `Cannot <verb> <object>: <state>`. */
  readonly message: string;
  /** What the reader can do about it: one sentence, no period. */
  readonly advice?: string | undefined;
  /** Offset in the file of the byte or structure at fault, in bytes. */
  readonly offset?: number | undefined;
  /** Line of a text file, from 1. */
  readonly line?: number | undefined;
  /** Name of the field at fault, as the format's specification spells it. */
  readonly field?: string | undefined;
  /** Address in the device's memory that the trouble is about. */
  readonly address?: number | undefined;
  /** What the format wants there. */
  readonly expected?: number | string | undefined;
  /** What the file holds there. */
  readonly got?: number | string | undefined;
  /** The error underneath, when there is one. */
  readonly cause?: unknown;
}

/**
 * A firmware file that is damaged, incomplete, ambiguous, or not what it is said to be.
 *
 * Thrown by every reader for every input it does not take, and by the writers for an image that a format cannot hold.
 *
 * @example Where in the file the trouble is
 * ```ts
 * import { ImageFormatError, parseIntelHex } from "@coreslot/coreslot/packager";
 *
 * try {
 *   parseIntelHex(new TextEncoder().encode(":0100000055AB\n:00000001FF\n"));
 * } catch (error) {
 *   if (!(error instanceof ImageFormatError)) throw error;
 *   console.assert(error.code === "bad-checksum");
 *   console.assert(error.line === 1);
 * }
 * ```
 */
export class ImageFormatError extends CoreslotError {
  /** What is wrong with the file. */
  declare readonly code: ImageFormatErrorCode;
  /** The format that the file was read or written as, when it is known. */
  readonly format: ImageFormat | undefined;
  /** Offset in the file of the byte or structure at fault, in bytes. */
  readonly offset: number | undefined;
  /** Line of a text file, from 1. */
  readonly line: number | undefined;
  /** Name of the field at fault, as the format's specification spells it. */
  readonly field: string | undefined;
  /** Address in the device's memory that the trouble is about. */
  readonly address: number | undefined;
  /** What the format wants there. */
  readonly expected: number | string | undefined;
  /** What the file holds there. */
  readonly got: number | string | undefined;

  /**
   * Keeps the options in fields.
   *
   * @param options Code, message and whatever is known about the place.
   */
  constructor(options: ImageFormatErrorOptions) {
    super(options);
    this.format = options.format;
    this.offset = options.offset;
    this.line = options.line;
    this.field = options.field;
    this.address = options.address;
    this.expected = options.expected;
    this.got = options.got;
  }
}
