/**
 * Whether headers are one set and for this device: FORMAT.md, section 10, points 2 and 4, and the set id of point 5. What
 * needs keys or payloads is for others.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../../core/bytes.ts";
import { formatHex } from "../../core/hex.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { headerOffset } from "../bundle.ts";
import { ContainerFormatError, type ContainerFormatErrorCode } from "../container_error.ts";
import { readFields } from "../field_table.ts";
import { decodeHeader, HEADER_FIELDS, type ImageHeader } from "../header.ts";
import type { Layout } from "../layouts/layout.ts";
import { matchLayout } from "../match_layout.ts";
import { checkSet } from "../set_rules.ts";
import { VerificationError, type VerificationErrorCode } from "../verification_error.ts";
import { computeSetIdSync } from "./set_id_sync.ts";

/**
 * Why there is no set, or not one that is committed. Besides the codes of `ContainerFormatError` and `VerificationError`:
 *
 * | code | the slot, or the header |
 * | --- | --- |
 * | `empty` | reads as erased flash where header or commit word belong |
 * | `unreadable` | cannot be read: an ECC is broken |
 * | `wrong-product` | is for another product |
 * | `low-counter` | has a security counter below the least that the device takes |
 */
export type SlotProblemCode =
  | ContainerFormatErrorCode
  | VerificationErrorCode
  | "empty"
  | "unreadable"
  | "wrong-product"
  | "low-counter";

/** What is wrong, and with which core's image. */
export interface SlotProblem {
  /** What is wrong. */
  readonly code: SlotProblemCode;
  /** The core. */
  readonly core: CoreTag;
  /** The same in words: a clause for people, without period. */
  readonly text: string;
}

/** What a device knows about itself. */
export interface SlotIdentity {
  /** Its layout. */
  readonly layout: Layout;
  /**
   * Its product id, 16 bytes.
   *
   * @default {undefined: every product is taken}
   */
  readonly productId?: Uint8Array | undefined;
  /**
   * The least security counter that it takes.
   *
   * @default {0}
   */
  readonly leastCounter?: number | undefined;
}

/** Headers that are a set, or the first thing that is wrong with them. */
export type HeadersJudgement =
  | { readonly kind: "set"; readonly headers: readonly ImageHeader[] }
  | { readonly kind: "none"; readonly problem: SlotProblem };

/**
 * Judges the headers of all images of a set. They may come from slots or from a bundle.
 *
 * @param records One header for each, 256 bytes each, in index order.
 * @param identity The device.
 * @returns What they say, or the first thing that is wrong.
 */
export function judgeHeaders(records: readonly Uint8Array[], identity: SlotIdentity): HeadersJudgement {
  const { layout } = identity;
  // Where there are too many, the layout has no core for the last.
  const coreAt = (index: number) => layout.slots[Math.min(index, layout.slots.length - 1)]!.core;
  let index = 0;
  try {
    const headers = records.map((record, at) => decodeHeader(record, placeOf(index = at)));
    checkSet(records.map((record, at) => ({ values: readFields(HEADER_FIELDS, record), offset: placeOf(at).offset })));
    const images = headers.map((header) => ({ header, payload: NOTHING }));
    const copies = records.map((record) => Uint8Array.from(record));
    matchLayout({ kind: "bundle", images, records: copies, metadata: NOTHING }, layout);
    const problem = findIdentityProblem(headers, records, identity);
    return problem === undefined ? { kind: "set", headers } : { kind: "none", problem };
  } catch (error) {
    if (!(error instanceof ContainerFormatError || error instanceof VerificationError)) throw error;
    const { code, field, expected, got } = error;
    const at = /^images\[(\d)\]/.exec(field)?.[1];
    const core = coreAt(at === undefined ? index : Number(at));
    return { kind: "none", problem: { code, core, text: `${field}: expected ${expected}, got ${got}` } };
  }
}

const NOTHING = new Uint8Array();

function placeOf(index: number): { readonly path: string; readonly offset: number } {
  return { path: `images[${index}]`, offset: headerOffset(index) };
}

/** What all headers agree on is looked at in the first. */
function findIdentityProblem(
  headers: readonly ImageHeader[],
  records: readonly Uint8Array[],
  { layout, productId, leastCounter = 0 }: SlotIdentity,
): SlotProblem | undefined {
  const header = headers[0]!;
  const { core } = layout.slots[0]!;
  if (productId !== undefined && !equalBytes(header.productId, productId)) {
    const text = `product id: expected ${formatHex(productId)}, got ${formatHex(header.productId)}`;
    return { code: "wrong-product", core, text };
  }
  if (header.counter < leastCounter) {
    const text = `security counter: expected ${leastCounter} or more, got ${header.counter}`;
    return { code: "low-counter", core, text };
  }
  const setId = computeSetIdSync(records);
  if (equalBytes(setId, header.setId)) return undefined;
  return {
    code: "bad-set-id",
    core,
    text: `set id: expected ${formatHex(setId)}, got ${formatHex(header.setId)}`,
  };
}
