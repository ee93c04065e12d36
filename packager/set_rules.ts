/**
 * The rules that the headers of one set keep among one another.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { fieldError, type FieldFinding, formatField } from "./field_table.ts";
import { HEADER_FIELDS, type HeaderValues } from "./header.ts";

type FieldName = keyof typeof HEADER_FIELDS;

/** Fields that are equal in all headers of a set. Those with one value only are equal anyway. */
export const SET_FIELDS: readonly FieldName[] = [
  "fill",
  "signatureKind",
  "versionMajor",
  "versionMinor",
  "versionPatch",
  "versionBuild",
  "counter",
  "chipId",
  "productId",
  "setId",
  "keyId",
  "metadataDigest",
  "imageCount",
];

const SLOT_FIELDS = ["runAddress", "stagingAddress"] as const;

/** A header of the set and its offset in the file. */
export interface SetMember {
  /** What it says. */
  readonly values: HeaderValues;
  /** Its offset in the file, in bytes. */
  readonly offset: number;
}

/**
 * Checks that headers make a set: each at its index, alike where they must be, and apart where they must be.
 *
 * @param members The headers, in the order in which they stand; each keeps the rules of a single header.
 * @throws {ContainerFormatError} At the first field of a later header that contradicts the place it stands in or an
 *   earlier header.
 */
export function checkSet(members: readonly SetMember[]): void {
  members.forEach((member, index) => {
    const finding = findPosition(member, index, members.length) ??
      members.slice(0, index).map((earlier) => compare(member.values, earlier.values)).find((found) => found);
    if (finding !== undefined) {
      throw fieldError(HEADER_FIELDS, member.values, { path: `images[${index}]`, offset: member.offset }, finding);
    }
  });
}

type Finding = FieldFinding<typeof HEADER_FIELDS>;

function findPosition({ values }: SetMember, index: number, imageCount: number): Finding | undefined {
  if (values.imageCount !== imageCount) return { name: "imageCount", code: "bad-count", expected: imageCount };
  if (values.index !== index) return { name: "index", code: "bad-count", expected: index };
  return undefined;
}

function compare(values: HeaderValues, earlier: HeaderValues): Finding | undefined {
  for (const name of SET_FIELDS) {
    const expected = formatField(HEADER_FIELDS[name], earlier[name]);
    if (formatField(HEADER_FIELDS[name], values[name]) !== expected) {
      return { name, code: "set-mismatch", expected, advice: "The images are not of one release: take them as packed" };
    }
  }
  if (values.core === earlier.core) {
    return { name: "core", code: "duplicate-core", expected: `another core than images[${earlier.index}]` };
  }
  if (hasOneSlot(values) !== hasOneSlot(earlier)) {
    const expected = `one slot or two, as for images[${earlier.index}]`;
    return { name: "stagingAddress", code: "set-mismatch", expected };
  }
  const name = SLOT_FIELDS.find((slot) => SLOT_FIELDS.some((other) => overlaps(values, earlier, [slot, other])));
  return name && { name, code: "slot-overlap", expected: `a slot clear of those of images[${earlier.index}]` };
}

function hasOneSlot({ runAddress, stagingAddress }: HeaderValues): boolean {
  return runAddress === stagingAddress;
}

function overlaps(
  a: HeaderValues,
  b: HeaderValues,
  [slotA, slotB]: readonly [typeof SLOT_FIELDS[number], typeof SLOT_FIELDS[number]],
): boolean {
  return a[slotA] < b[slotB] + b.slotSizeBytes && b[slotB] < a[slotA] + a.slotSizeBytes;
}
