/**
 * Equality of memory images, told in a line instead of a dump.
 *
 * @module
 */

import assert from "node:assert/strict";
import { equalBytes, formatAddress, type Segment } from "../../core/mod.ts";

/** Anything that has segments. */
interface Segments {
  readonly segments: readonly Segment[];
}

/**
 * Asserts that two images hold the same bytes at the same addresses. Start addresses are not compared.
 *
 * @param actual The image.
 * @param expected What it has to be.
 * @param name What to call it when it is not.
 */
export function assertSameImage(actual: Segments, expected: Segments, name: string): void {
  assert.deepEqual(actual.segments.map(formatExtent), expected.segments.map(formatExtent), name);
  expected.segments.forEach((segment, index) => {
    assert(equalBytes(actual.segments[index]!.data, segment.data), `${name}: bytes differ in ${formatExtent(segment)}`);
  });
}

function formatExtent({ address, data }: Segment): string {
  return `${formatAddress(address)} to ${formatAddress(address + data.length)}`;
}
