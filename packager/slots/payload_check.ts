/**
 * Checks a payload against its header while it comes, or while it is read from a slot: CRC, digest and padding.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../../core/bytes.ts";
import { crc32, crc32Stm32 } from "../../core/crc32.ts";
import { formatAddress, formatHex } from "../../core/hex.ts";
import { Sha256 } from "../../core/sha256.ts";
import type { ImageHeader } from "../header.ts";
import { paddedSizeBytes } from "../payload.ts";
import type { SlotProblem, SlotProblemCode } from "./judge_headers.ts";

/** What of a header the check is made against. */
export type PayloadFacts = Pick<
  ImageHeader,
  "core" | "payloadSizeBytes" | "payloadCrc" | "payloadDigest" | "crcKind" | "fill"
>;

/** What an STM32's CRC unit begins with, and what the CRC of nothing is. */
const CRC_UNIT_START = 0xffff_ffff;

/** One pass over the padded payload of one image. */
export class PayloadCheck {
  readonly #header: PayloadFacts;
  readonly #hash = new Sha256();
  #crc: number;
  #sizeBytes = 0;
  #isPadded = true;

  /**
   * Begins before the first byte.
   *
   * @param header The payload's header.
   */
  constructor(header: PayloadFacts) {
    this.#header = header;
    this.#crc = header.crcKind === "zlib" ? 0 : CRC_UNIT_START;
  }

  /** How many bytes are missing, padding included. */
  get leftBytes(): number {
    return paddedSizeBytes(this.#header.payloadSizeBytes) - this.#sizeBytes;
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes A multiple of 4, and no more than are missing. Not modified, not kept.
   * @throws {RangeError} When it is not.
   */
  update(bytes: Uint8Array): void {
    if (bytes.length % 4 !== 0 || bytes.length > this.leftBytes) {
      throw new RangeError(`Cannot check ${bytes.length} bytes: ${this.leftBytes} are missing, in words of 4`);
    }
    const { payloadSizeBytes, fill } = this.#header;
    const payload = bytes.subarray(0, Math.max(0, payloadSizeBytes - this.#sizeBytes));
    this.#hash.update(payload);
    this.#updateCrc(payload);
    this.#isPadded &&= bytes.subarray(payload.length).every((byte) => byte === fill);
    this.#sizeBytes += bytes.length;
  }

  /**
   * Ends the pass.
   *
   * @returns What is wrong, or `undefined` when nothing is.
   */
  finish(): SlotProblem | undefined {
    const { core, payloadCrc, payloadDigest } = this.#header;
    const problem = (code: SlotProblemCode, text: string) => ({ code, core, text: `payload of ${core}: ${text}` });
    if (this.leftBytes > 0) return problem("truncated", `${this.leftBytes} bytes are missing`);
    if (this.#crc !== payloadCrc) {
      return problem("bad-crc", `expected a CRC of ${formatAddress(payloadCrc)}, got ${formatAddress(this.#crc)}`);
    }
    if (!this.#isPadded) return problem("bad-padding", "its padding does not hold the fill byte");
    const digest = this.#hash.digest();
    if (equalBytes(digest, payloadDigest)) return undefined;
    return problem("bad-digest", `expected a digest of ${formatHex(payloadDigest)}, got ${formatHex(digest)}`);
  }

  #updateCrc(payload: Uint8Array): void {
    const { crcKind, fill } = this.#header;
    if (crcKind === "zlib") {
      this.#crc = crc32(payload, this.#crc);
    } else if (payload.length > 0) {
      this.#crc = crc32Stm32(continueWords(payload, this.#crc, fill), fill);
    }
  }
}

/** The unit XORs a word into its state: so a state goes into the first word, less the state that the unit starts from. */
function continueWords(payload: Uint8Array, crc: number, fill: number): Uint8Array {
  if (crc === CRC_UNIT_START) return payload;
  const words = new Uint8Array(Math.max(4, payload.length)).fill(fill);
  words.set(payload);
  const difference = (crc ^ CRC_UNIT_START) >>> 0;
  for (let index = 0; index < 4; index++) words[index]! ^= difference >>> 8 * index & 0xff;
  return words;
}
