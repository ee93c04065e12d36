/**
 * The `MemoryMap` of the nrf-intel-hex package, accepted and produced without depending on it.
 *
 * To that package a memory map is a `Map` from the address of each block to its bytes, or anything that iterates like one.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { MemoryImage } from "../../core/memory_image.ts";

/**
 * Gives an image's segments as a map, ready for `new MemoryMap(...)` of nrf-intel-hex.
 *
 * The start address has no place in it. nrf-intel-hex itself writes no address from 0x80000000 up.
 *
 * @param image The image.
 * @returns A fresh map from each segment's address to a copy of its bytes, ascending.
 *
 * @example A map of one block
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { toMemoryMap } from "@coreslot/coreslot/packager";
 *
 * const image = MemoryImage.fromSegments([{ address: 0x0800_0000, data: Uint8Array.of(0x55) }]);
 * console.assert(toMemoryMap(image).get(0x0800_0000)![0] === 0x55);
 * ```
 */
export function toMemoryMap(image: MemoryImage): Map<number, Uint8Array> {
  return new Map(image.segments.map(({ address, data }) => [address, data.slice()]));
}

/**
 * Builds an image out of a memory map.
 *
 * @param map Blocks in any order: a `Map`, a `MemoryMap` of nrf-intel-hex, or pairs. Copied.
 * @returns The image, without a start address; blocks that touch are one segment.
 * @throws {OverlapError} When two blocks claim the same address, even with the same bytes.
 * @throws {RangeError} When a block leaves the 32-bit address space.
 *
 * @example From an ordinary map
 * ```ts
 * import { fromMemoryMap } from "@coreslot/coreslot/packager";
 *
 * const image = fromMemoryMap(new Map([[0x0800_0000, Uint8Array.of(1)], [0x0800_0001, Uint8Array.of(2)]]));
 * console.assert(image.segments.length === 1);
 * ```
 */
export function fromMemoryMap(map: Iterable<readonly [number, Uint8Array]>): MemoryImage {
  return MemoryImage.fromSegments(Array.from(map, ([address, data]) => ({ address, data: new Uint8Array(data) })));
}
