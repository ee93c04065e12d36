/**
 * What the container's decoders throw when bytes are not what FORMAT.md says.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";

/**
 * What is wrong with a bundle, a container, a slot image or one of their records.
 *
 * | code | the bytes |
 * | --- | --- |
 * | `bad-magic` | do not begin as this kind of record does |
 * | `damaged-in-transfer` | begin as text mode or a 7-bit path leaves a file of ours |
 * | `truncated` | end early |
 * | `trailing-bytes` | go on after their end |
 * | `bad-crc` | fail a CRC |
 * | `unsupported` | use a version, size, flag or kind that this version of the format does not define |
 * | `reserved-not-zero` | hold something in a reserved field |
 * | `unknown-core` | name a core that does not exist |
 * | `bad-address` | place a slot off a multiple of 32, or run past 0xFFFFFFFF |
 * | `slot-overlap` | place two slots over one another |
 * | `bad-size` | state a size that does not fit what it describes |
 * | `bad-count` | state a number of images, or an index, that does not fit |
 * | `bad-fill` | state an erased value other than 0x00 and 0xFF |
 * | `bad-padding` | hold something else than the fill byte where there is only padding |
 * | `missing-identity` | leave part or product at zero, which is no wildcard |
 * | `set-mismatch` | hold headers of one set that differ where they must agree |
 * | `duplicate-core` | hold two images for one core |
 * | `metadata-mismatch` | carry metadata that no header binds, or lack metadata that one does |
 */
export type ContainerFormatErrorCode =
  | "bad-magic"
  | "damaged-in-transfer"
  | "truncated"
  | "trailing-bytes"
  | "bad-crc"
  | "unsupported"
  | "reserved-not-zero"
  | "unknown-core"
  | "bad-address"
  | "slot-overlap"
  | "bad-size"
  | "bad-count"
  | "bad-fill"
  | "bad-padding"
  | "missing-identity"
  | "set-mismatch"
  | "duplicate-core"
  | "metadata-mismatch";

/** What a {@linkcode ContainerFormatError} is made of. */
export interface ContainerFormatErrorOptions {
  /** What is wrong. */
  readonly code: ContainerFormatErrorCode;
  /** Path of the field at fault: `images[1].payloadSizeBytes`. */
  readonly field: string;
  /** Offset of the field in the bytes that were given, in bytes. */
  readonly offset: number;
  /** What the format wants there. */
  readonly expected: number | string;
  /** What is there. */
  readonly got: number | string;
  /** What the reader can do about it: one sentence, no period. */
  readonly advice?: string | undefined;
}

/**
 * Bytes that are not a well-formed bundle, container, slot image, header or commit word.
 *
 * @example Where the trouble is
 * ```ts
 * import { ContainerFormatError, decodeBundle } from "@coreslot/coreslot/packager";
 *
 * try {
 *   decodeBundle(new Uint8Array(100));
 * } catch (error) {
 *   if (!(error instanceof ContainerFormatError)) throw error;
 *   console.assert(error.code === "bad-magic");
 *   console.assert(error.field === "bundle.magic");
 *   console.assert(error.offset === 0);
 * }
 * ```
 */
export class ContainerFormatError extends CoreslotError {
  /** What is wrong. */
  declare readonly code: ContainerFormatErrorCode;
  /** Path of the field at fault: `images[1].payloadSizeBytes`. */
  readonly field: string;
  /** Offset of the field in the bytes that were given, in bytes. */
  readonly offset: number;
  /** What the format wants there. */
  readonly expected: number | string;
  /** What is there. */
  readonly got: number | string;

  /**
   * Keeps the options in fields and writes the message.
   *
   * @param options Code, place, what was expected and what came.
   */
  constructor(options: ContainerFormatErrorOptions) {
    const { code, field, offset, expected, got, advice } = options;
    super({ code, message: `Cannot decode ${field} at offset ${offset}: expected ${expected}, got ${got}`, advice });
    this.field = field;
    this.offset = offset;
    this.expected = expected;
    this.got = got;
  }
}
