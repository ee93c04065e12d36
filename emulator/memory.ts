/**
 * What is at an address besides flash: RAM, the chip's identity, system memory, option bytes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, type MemoryRegion, type Part } from "../core/mod.ts";
import { encodeOptionMemory } from "./option_layout.ts";
import type { OptionBytes } from "./option_bytes.ts";

/** What reads as nothing in particular: RAM after power-on, and the code of the boot ROM, which is ST's. */
const UNKNOWN_BYTE = 0xa5;

/** The identity is read in blocks of this size and alignment; stm32loader reads one whole block, as F4 and L0 ask for. */
const IDENTITY_BLOCK_BYTES = 256;

/** Kinds of memory. */
export type MemoryKind = "ram" | "options" | "identity" | "system";

interface Area {
  readonly kind: MemoryKind;
  readonly addressStart: number;
  readonly addressEnd: number;
}

/** Areas of parts that were asked for. */
const KNOWN: WeakMap<Part, readonly Area[]> = new WeakMap();

/** What a {@linkcode Memory} is made of. */
export interface MemoryOptions {
  /** The chip's option bytes. */
  readonly optionBytes: OptionBytes;
  /** The unique identifier, 12 bytes. */
  readonly uniqueId: Uint8Array;
}

/** All memory of a chip but its flash. RAM exists once something was stored in it. */
export class Memory {
  readonly #part: Part;
  readonly #options: MemoryOptions;
  readonly #areas: readonly Area[];
  readonly #rams = new Map<Area, Bytes>();

  /**
   * Makes memory after power-on.
   *
   * @param part The part.
   * @param options Option bytes and unique identifier.
   */
  constructor(part: Part, options: MemoryOptions) {
    this.#part = part;
    this.#options = options;
    let areas = KNOWN.get(part);
    if (areas === undefined) KNOWN.set(part, areas = areasOf(part));
    this.#areas = areas;
  }

  /**
   * Tells what is at an address.
   *
   * @param address Absolute address.
   * @returns The kind of memory, or `undefined` where there is none.
   */
  kindAt(address: number): MemoryKind | undefined {
    return this.#areaAt(address)?.kind;
  }

  /**
   * Tells whether the boot ROM uses a byte of RAM itself.
   *
   * @param address Absolute address.
   * @returns `true` in the RAM that the part's table reserves.
   */
  isReserved(address: number): boolean {
    return this.#part.bootRom.reservedRam.some((region) => isIn(region, address));
  }

  /**
   * Reads memory, over areas that touch each other.
   *
   * @param address Absolute address.
   * @param sizeBytes How many bytes at most.
   * @returns Fresh bytes; fewer where memory ends, none where there is none.
   */
  read(address: number, sizeBytes: number): Bytes {
    const pieces: Bytes[] = [];
    for (let at = address; at < address + sizeBytes;) {
      const area = this.#areaAt(at);
      if (area === undefined) break;
      const piece = this.#readArea(area, { address: at, sizeBytes: this.#endOf(area, at, address + sizeBytes) - at });
      pieces.push(piece);
      at += piece.length;
    }
    return pieces.length === 1 ? pieces[0]! : concatBytes(pieces);
  }

  #readArea(area: Area, range: { readonly address: number; readonly sizeBytes: number }): Bytes {
    switch (area.kind) {
      case "ram": {
        const offset = range.address - area.addressStart;
        return this.#rams.get(area)?.slice(offset, offset + range.sizeBytes) ??
          new Uint8Array(range.sizeBytes).fill(UNKNOWN_BYTE);
      }
      case "options":
        return encodeOptionMemory(this.#part, this.#options.optionBytes, range);
      case "identity":
        return this.#readIdentity(range);
      case "system":
        return new Uint8Array(range.sizeBytes).fill(UNKNOWN_BYTE);
    }
  }

  /**
   * Stores bytes in RAM.
   *
   * @param address Absolute address.
   * @param data The bytes. Not modified, not kept.
   * @returns `false` when not all of it is RAM; then nothing is stored.
   */
  store(address: number, data: Uint8Array): boolean {
    const area = this.#areaAt(address);
    if (area?.kind !== "ram" || address + data.length > area.addressEnd) return false;
    let ram = this.#rams.get(area);
    if (ram === undefined) {
      ram = new Uint8Array(area.addressEnd - area.addressStart).fill(UNKNOWN_BYTE);
      this.#rams.set(area, ram);
    }
    ram.set(data, address - area.addressStart);
    return true;
  }

  /** Forgets what RAM holds, as a power-off does. */
  clear(): void {
    this.#rams.clear();
  }

  /** Overwrites the RAM that the boot ROM uses, as its start does. */
  spoilReserved(): void {
    for (const area of this.#rams.keys()) {
      for (const { addressStart, sizeBytes } of this.#part.bootRom.reservedRam) {
        if (addressStart >= area.addressStart && addressStart < area.addressEnd) {
          this.#rams.get(area)!.fill(
            UNKNOWN_BYTE,
            addressStart - area.addressStart,
            addressStart + sizeBytes - area.addressStart,
          );
        }
      }
    }
  }

  #areaAt(address: number): Area | undefined {
    return this.#areas.find((area) => address >= area.addressStart && address < area.addressEnd);
  }

  /** Where an area ends, or one that goes before it begins. */
  #endOf(area: Area, address: number, limit: number): number {
    const before = this.#areas.slice(0, this.#areas.indexOf(area));
    const starts = before.map(({ addressStart }) => addressStart).filter((addressStart) => addressStart > address);
    return Math.min(area.addressEnd, limit, ...starts);
  }

  #readIdentity({ address, sizeBytes }: { readonly address: number; readonly sizeBytes: number }): Bytes {
    const { flashSizeAddress, uniqueIdAddress } = this.#part.identity;
    const sizeKib = this.#part.flash.sizeBytes / 1024;
    return Uint8Array.from({ length: sizeBytes }, (_, at) => {
      const sizeAt = address + at - flashSizeAddress;
      if (sizeAt === 0 || sizeAt === 1) return sizeKib >> 8 * sizeAt & 0xff;
      return this.#options.uniqueId[address + at - uniqueIdAddress] ?? 0xff;
    });
  }
}

/** The first area that holds an address counts: the identity stands inside system memory on some parts. */
function areasOf(part: Part): Area[] {
  const area = (kind: MemoryKind) => ({ addressStart, sizeBytes }: MemoryRegion): Area => ({
    kind,
    addressStart,
    addressEnd: addressStart + sizeBytes,
  });
  const blocks = [part.identity.uniqueIdAddress, part.identity.flashSizeAddress].map((address) => ({
    name: "identity",
    addressStart: address - address % IDENTITY_BLOCK_BYTES,
    sizeBytes: IDENTITY_BLOCK_BYTES,
  }));
  return [
    ...part.cores.flatMap(({ rams }) => rams).map(area("ram")),
    ...part.optionBytes.regions.map(area("options")),
    ...blocks.map(area("identity")),
    ...part.bootRom.systemMemory.map(area("system")),
  ];
}

function isIn({ addressStart, sizeBytes }: MemoryRegion, address: number): boolean {
  return address >= addressStart && address < addressStart + sizeBytes;
}
