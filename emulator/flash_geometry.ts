/**
 * Where the sectors of a part are, and where their bytes are once the holes between banks are left out.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Part, type Sector, sectorsOf } from "../core/mod.ts";

/** Sectors of equal size without a hole between them. */
interface Run {
  readonly addressStart: number;
  readonly addressEnd: number;
  readonly sectorSizeBytes: number;
  readonly firstSector: number;
  /** Offset of the first byte when holes are left out. */
  readonly offset: number;
}

/** A part's flash in one of its bank modes. */
export interface FlashGeometry {
  /** Name of the bank mode. */
  readonly bankMode: string;
  /** The sectors, ascending by address. */
  readonly sectors: readonly Sector[];
  /** Bytes of flash, holes not counted. */
  readonly sizeBytes: number;
  /** Sectors of equal size, ascending by address. */
  readonly runs: readonly Run[];
}

/** Geometries that were asked for: a sweep makes 25,000 chips a second of one part. */
const KNOWN: WeakMap<Part, Map<string, FlashGeometry>> = new WeakMap();

/**
 * Lays a part's flash out.
 *
 * @param part The part.
 * @param bankMode Name of one of its bank modes.
 * @returns The geometry; the same object for the same arguments.
 * @throws {RangeError} When the part has no such bank mode.
 */
export function flashGeometryOf(part: Part, bankMode: string): FlashGeometry {
  let modes = KNOWN.get(part);
  if (modes === undefined) KNOWN.set(part, modes = new Map());
  let geometry = modes.get(bankMode);
  if (geometry === undefined) modes.set(bankMode, geometry = layOut(part, bankMode));
  return geometry;
}

/**
 * Finds the place of an address among the bytes of flash.
 *
 * @param geometry The flash.
 * @param address Absolute address.
 * @returns Its offset with holes left out, or -1 where there is no flash.
 */
export function offsetOfAddress(geometry: FlashGeometry, address: number): number {
  const run = geometry.runs.find((run) => address >= run.addressStart && address < run.addressEnd);
  return run === undefined ? -1 : run.offset + address - run.addressStart;
}

/**
 * Finds the sector that an address is in.
 *
 * @param geometry The flash.
 * @param address Absolute address.
 * @returns The sector's index, or -1 where there is no flash.
 */
export function sectorIndexAt(geometry: FlashGeometry, address: number): number {
  const run = geometry.runs.find((run) => address >= run.addressStart && address < run.addressEnd);
  return run === undefined ? -1 : run.firstSector + Math.floor((address - run.addressStart) / run.sectorSizeBytes);
}

function layOut(part: Part, bankMode: string): FlashGeometry {
  const sectors = sectorsOf(part, bankMode);
  const runs: Run[] = [];
  let sizeBytes = 0;
  for (const { index, addressStart, sizeBytes: sectorSizeBytes } of sectors) {
    const last = runs.at(-1);
    const addressEnd = addressStart + sectorSizeBytes;
    if (last !== undefined && last.addressEnd === addressStart && last.sectorSizeBytes === sectorSizeBytes) {
      runs[runs.length - 1] = { ...last, addressEnd };
    } else {
      runs.push({ addressStart, addressEnd, sectorSizeBytes, firstSector: index, offset: sizeBytes });
    }
    sizeBytes += sectorSizeBytes;
  }
  return { bankMode, sectors, sizeBytes, runs };
}
