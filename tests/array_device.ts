/**
 * A chip of arrays under a boot ROM, for tests of the protocol: no time, no strictness but erase before write.
 *
 * The emulator's device is the real one; this one is small enough to be right at a glance.
 *
 * @module
 */

import type { Bytes } from "../core/mod.ts";
import { type Part, type Sector, sectorsOf } from "../core/parts/mod.ts";
import type {
  BootRomDevice,
  FlashOutcome,
  MassEraseScope,
  ProtectionChange,
  ReadOutcome,
} from "../protocols/an3155/device.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";

/** RAM that every part of the table has free for its ROM's users. */
const RAM_START = 0x2000_4000;

/** A chip of arrays. */
export class ArrayDevice implements BootRomDevice {
  readonly chipId: number;
  isReadProtected = false;
  /** Main flash, from its first address; holes are there, too. */
  readonly flash: Bytes;
  /** 16 KiB of RAM. */
  readonly ram: Bytes = new Uint8Array(16 * 1024);
  /** Indexes of the sectors erased, in order. */
  readonly erasedSectors: number[] = [];
  /** Changes of protection, in order. */
  readonly changes: ProtectionChange[] = [];
  /** Addresses whose word has a broken ECC. */
  readonly brokenAddresses: Set<number> = new Set();
  /** How long every flash operation takes, in milliseconds. */
  busyMs = 0;
  readonly #addressStart: number;
  readonly #erasedByte: number;
  readonly #sectors: readonly Sector[];
  readonly #flashSize: { readonly address: number; readonly kib: number };

  constructor(part: Part) {
    this.chipId = part.chipId;
    this.#addressStart = part.flash.addressStart;
    this.#erasedByte = part.flash.programUnit.erasedByte;
    this.#sectors = sectorsOf(part);
    const last = this.#sectors.at(-1)!;
    this.flash = new Uint8Array(last.addressStart + last.sizeBytes - this.#addressStart).fill(this.#erasedByte);
    this.#flashSize = { address: part.identity.flashSizeAddress, kib: part.flash.sizeBytes / 1024 };
  }

  isReadable(address: number): boolean {
    return this.#place(address) !== undefined || address >>> 8 === this.#flashSize.address >>> 8;
  }

  isWritable(address: number): boolean {
    return this.#place(address) !== undefined;
  }

  isExecutable(address: number): boolean {
    return this.#place(address) !== undefined;
  }

  read(address: number, sizeBytes: number): ReadOutcome {
    const bytes = new Uint8Array(sizeBytes);
    for (let index = 0; index < sizeBytes; index++) {
      if (this.brokenAddresses.has(address + index)) return { kind: "ecc-error" };
      const place = this.#place(address + index);
      bytes[index] = place === undefined ? this.#identityByte(address + index) : place.memory[place.offset]!;
    }
    return { kind: "bytes", bytes };
  }

  *write(link: ByteLink, address: number, data: Bytes): Procedure<FlashOutcome> {
    if (this.busyMs > 0) yield* link.sleep(this.busyMs);
    const { memory, offset } = this.#place(address)!;
    if (offset + data.length > memory.length) return "unmapped";
    const isErased = memory.subarray(offset, offset + data.length).every((byte) => byte === this.#erasedByte);
    if (memory === this.flash && !isErased) return "failed";
    memory.set(data, offset);
    return "done";
  }

  *eraseSector(link: ByteLink, index: number): Procedure<FlashOutcome> {
    if (this.busyMs > 0) yield* link.sleep(this.busyMs);
    const sector = this.#sectors[index];
    if (sector === undefined) return "unmapped";
    const offset = sector.addressStart - this.#addressStart;
    this.flash.fill(this.#erasedByte, offset, offset + sector.sizeBytes);
    for (let at = 0; at < sector.sizeBytes; at++) this.brokenAddresses.delete(sector.addressStart + at);
    this.erasedSectors.push(index);
    return "done";
  }

  *massErase(link: ByteLink, scope: MassEraseScope): Procedure<FlashOutcome> {
    const bank = { "all": 0, "bank-1": 1, "bank-2": 2 }[scope];
    const erased = this.#sectors.filter((sector) => bank === 0 || sector.bank === bank);
    for (const { index } of erased) yield* this.eraseSector(link, index);
    return erased.length === 0 ? "unmapped" : "done";
  }

  *changeProtection(link: ByteLink, change: ProtectionChange): Procedure<FlashOutcome> {
    this.changes.push(change);
    if (change.kind === "readout-unprotect") yield* this.massErase(link, "all");
    return "done";
  }

  resetsAfterWrite(): boolean {
    return false;
  }

  #place(address: number): { readonly memory: Bytes; readonly offset: number } | undefined {
    for (const [memory, start] of [[this.flash, this.#addressStart], [this.ram, RAM_START]] as const) {
      if (address >= start && address < start + memory.length) return { memory, offset: address - start };
    }
    return undefined;
  }

  #identityByte(address: number): number {
    const { address: start, kib } = this.#flashSize;
    return address === start ? kib & 0xff : address === start + 1 ? kib >>> 8 : 0;
  }
}
