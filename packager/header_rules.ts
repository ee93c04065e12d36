/**
 * The rules that an image header keeps by itself, one row a rule, in the order in which they are checked.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { roundUp } from "../core/bytes.ts";
import { ADDRESS_SPACE_END } from "../core/memory_image.ts";
import type { CoreTag } from "../core/parts/part.ts";
import type { FieldFinding } from "./field_table.ts";
import type { HEADER_FIELDS, HeaderValues } from "./header.ts";
import { SLOT_RESERVED_BYTES } from "./layouts/slot_capacity.ts";

/**
 * Addresses, slot sizes and the padding of payloads go by this many bytes: the largest program unit of all parts in core/parts
 * (the flash word of STM32H7).
 */
export const ALIGNMENT_BYTES = 32;

/** All core tags. There is one image a core, so their number is the largest number of images in a set. */
export const CORE_TAGS: readonly CoreTag[] = ["CM0", "CM0P", "CM3", "CM4", "CM7", "CM33"];

/** What a header must be, and how to say so when it is not. */
export interface HeaderRule extends FieldFinding<typeof HEADER_FIELDS> {
  /** Tells whether a header keeps the rule; all rules before it are kept. */
  readonly isKept: (values: HeaderValues) => boolean;
}

/** The rules. Sums are of numbers below 2^53, so that nothing wraps. */
export const HEADER_RULES: readonly HeaderRule[] = [
  {
    name: "core",
    code: "unknown-core",
    expected: `one of ${CORE_TAGS.join(", ")}`,
    isKept: ({ core }) => CORE_TAGS.some((tag) => tag === core),
  },
  {
    name: "runAddress",
    code: "bad-address",
    expected: `a multiple of ${ALIGNMENT_BYTES}`,
    isKept: ({ runAddress }) => runAddress % ALIGNMENT_BYTES === 0,
  },
  {
    name: "stagingAddress",
    code: "bad-address",
    expected: `a multiple of ${ALIGNMENT_BYTES}`,
    isKept: ({ stagingAddress }) => stagingAddress % ALIGNMENT_BYTES === 0,
  },
  {
    name: "slotSizeBytes",
    code: "bad-size",
    expected: `a multiple of ${ALIGNMENT_BYTES}, at least ${SLOT_RESERVED_BYTES + ALIGNMENT_BYTES}`,
    isKept: ({ slotSizeBytes }) =>
      slotSizeBytes % ALIGNMENT_BYTES === 0 && slotSizeBytes >= SLOT_RESERVED_BYTES + ALIGNMENT_BYTES,
  },
  {
    name: "runAddress",
    code: "bad-address",
    expected: "a slot that ends at or below 2^32",
    isKept: ({ runAddress, slotSizeBytes }) => runAddress + slotSizeBytes <= ADDRESS_SPACE_END,
  },
  {
    name: "stagingAddress",
    code: "bad-address",
    expected: "a slot that ends at or below 2^32",
    isKept: ({ stagingAddress, slotSizeBytes }) => stagingAddress + slotSizeBytes <= ADDRESS_SPACE_END,
  },
  {
    name: "stagingAddress",
    code: "slot-overlap",
    expected: "the run address, or a slot clear of slot A",
    isKept: ({ runAddress, stagingAddress, slotSizeBytes }) =>
      runAddress === stagingAddress || Math.abs(runAddress - stagingAddress) >= slotSizeBytes,
  },
  {
    name: "payloadSizeBytes",
    code: "bad-size",
    expected: `1 byte or more that leave ${SLOT_RESERVED_BYTES} bytes of the slot free`,
    isKept: ({ payloadSizeBytes, slotSizeBytes }) =>
      payloadSizeBytes > 0 && roundUp(payloadSizeBytes, ALIGNMENT_BYTES) <= slotSizeBytes - SLOT_RESERVED_BYTES,
  },
  { name: "fill", code: "bad-fill", expected: "0x00 or 0xff", isKept: ({ fill }) => fill === 0x00 || fill === 0xff },
  {
    name: "crcKind",
    code: "unsupported",
    expected: "1 (zlib) or 2 (STM32 CRC unit)",
    isKept: ({ crcKind }) => crcKind === 1 || crcKind === 2,
  },
  {
    name: "signatureKind",
    code: "unsupported",
    expected: "1 (Ed25519) or 2 (ECDSA P-256)",
    isKept: ({ signatureKind }) => signatureKind === 1 || signatureKind === 2,
  },
  { name: "chipId", code: "missing-identity", expected: "a part's chip id", isKept: ({ chipId }) => chipId !== 0 },
  {
    name: "productId",
    code: "missing-identity",
    expected: "a product id other than zeros",
    isKept: ({ productId }) => productId.some((byte) => byte !== 0),
  },
  {
    name: "imageCount",
    code: "bad-count",
    expected: `1 to ${CORE_TAGS.length}`,
    isKept: ({ imageCount }) => imageCount >= 1 && imageCount <= CORE_TAGS.length,
  },
  {
    name: "index",
    code: "bad-count",
    expected: "less than the number of images in the set",
    isKept: ({ index, imageCount }) => index < imageCount,
  },
];
