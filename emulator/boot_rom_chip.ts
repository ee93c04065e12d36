/**
 * The chip as its boot ROM sees it: what AN3155 commands do to memory, and how long they keep the CPU busy.
 *
 * The ROM runs from system memory, which is part of the flash: it does not run on while flash is erased or programmed.
 * So every operation is a sleep, and a UART that is one byte deep loses what comes meanwhile.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, roundUp } from "../core/mod.ts";
import type {
  BootRomDevice,
  FlashOutcome,
  MassEraseScope,
  ProtectionChange,
  ReadOutcome,
} from "../protocols/an3155/device.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import { FlashError } from "./error.ts";
import { decodeOptionMemory, isOptionAddress } from "./option_layout.ts";
import { RDP_OPTION, rdpOfLevel } from "./read_protection.ts";
import type { Stm32 } from "./stm32.ts";
import { writeProtectionOf } from "./write_protection.ts";

/** Options of a {@linkcode BootRomChip}. */
export interface BootRomChipOptions {
  /**
   * What becomes of a write that does not end on a program unit: the strict way is to refuse it, which finds a host that
   * forgot to pad; `pad` completes the unit with what erased flash reads, for hosts that pad to 4 bytes everywhere, as
   * stm32flash does. What the ROM of an H7 does is not verified.
   *
   * @default {"refuse"}
   */
  readonly partialUnits?: "refuse" | "pad" | undefined;
}

/**
 * A chip under its boot ROM.
 *
 * @example The chip id that Get ID reports
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { BootRomChip, Stm32 } from "@coreslot/coreslot/emulator";
 *
 * const chip = new BootRomChip(new Stm32(findPart("stm32h745"), { isBoot0High: true }));
 * console.assert(chip.chipId === 0x450 && chip.isWritable(0x0800_0000));
 * ```
 */
export class BootRomChip implements BootRomDevice {
  readonly #chip: Stm32;
  readonly #padsPartialUnits: boolean;

  /**
   * Puts the boot ROM on a chip.
   *
   * @param chip The chip.
   * @param options What the ROM makes of partial units.
   */
  constructor(chip: Stm32, options: BootRomChipOptions = {}) {
    this.#chip = chip;
    this.#padsPartialUnits = options.partialUnits === "pad";
  }

  /** Product id that Get ID reports. */
  get chipId(): number {
    return this.#chip.part.chipId;
  }

  /** Whether readout protection is active. */
  get isReadProtected(): boolean {
    return this.#chip.readProtectionLevel > 0;
  }

  /**
   * Tells whether the ROM reads there.
   *
   * @param address Absolute address.
   * @returns `true` where there is memory of any kind.
   */
  isReadable(address: number): boolean {
    return this.#isFlash(address) || this.#chip.memory.kindAt(address) !== undefined;
  }

  /**
   * Tells whether the ROM writes there.
   *
   * @param address Absolute address.
   * @returns `true` for flash, option bytes, and RAM that it does not use itself.
   */
  isWritable(address: number): boolean {
    if (this.#isFlash(address)) return true;
    const kind = this.#chip.memory.kindAt(address);
    return kind === "options" || kind === "ram" && !this.#chip.memory.isReserved(address);
  }

  /**
   * Tells whether the ROM jumps there.
   *
   * @param address Absolute address.
   * @returns `true` for flash and RAM.
   */
  isExecutable(address: number): boolean {
    return this.#chip.isExecutable(address);
  }

  /**
   * Reads memory.
   *
   * @param address Absolute address.
   * @param sizeBytes How many bytes.
   * @returns The bytes, 0x00 where memory has ended; or that an ECC is broken.
   */
  read(address: number, sizeBytes: number): ReadOutcome {
    try {
      const bytes = this.#chip.read(address, sizeBytes);
      if (bytes.length === sizeBytes) return { kind: "bytes", bytes };
      return { kind: "bytes", bytes: concatBytes([bytes, new Uint8Array(sizeBytes - bytes.length)]) };
    } catch (error) {
      if (error instanceof FlashError && error.code === "unreadable") return { kind: "ecc-error" };
      throw error;
    }
  }

  /**
   * Writes memory.
   *
   * @param link The ROM's end of the wire, for the time it takes.
   * @param address Absolute address.
   * @param data The bytes.
   * @returns What came of it.
   */
  *write(link: ByteLink, address: number, data: Bytes): Procedure<FlashOutcome> {
    const { flash, memory } = this.#chip;
    if (this.#isFlash(address)) {
      const units = this.#padsPartialUnits ? this.#pad(address, data) : data;
      return yield* this.#operate(link, () => flash.program(address, units));
    }
    if (isOptionAddress(this.#chip.part, address)) return yield* this.#writeOptions(link, address, data);
    if (memory.isReserved(address) || !memory.store(address, data)) return "unmapped";
    return "done";
  }

  /**
   * Erases a sector.
   *
   * @param link The ROM's end of the wire, for the time it takes.
   * @param index The sector's index over all banks.
   * @returns What came of it.
   */
  eraseSector(link: ByteLink, index: number): Procedure<FlashOutcome> {
    return this.#operate(link, () => this.#chip.flash.eraseSector(index));
  }

  /**
   * Erases a bank, or all of them.
   *
   * @param link The ROM's end of the wire, for the time it takes.
   * @param scope Which.
   * @returns What came of it; `unmapped` when the part's ROM has no mass erase, or the part no such bank.
   */
  *massErase(link: ByteLink, scope: MassEraseScope): Procedure<FlashOutcome> {
    if (!this.#chip.part.bootRom.hasMassErase) return "unmapped";
    const bank = scope === "all" ? undefined : scope === "bank-1" ? 1 : 2;
    return yield* this.#operate(link, () => this.#chip.flash.eraseBank(bank));
  }

  /**
   * Changes protection. It takes effect at the reset that follows.
   *
   * The numbers of a write protection are units of the part's own scheme: sectors, or groups of pages on F1 and L0. They
   * replace the ones before.
   *
   * @param link The ROM's end of the wire, for the time it takes.
   * @param change The change.
   * @returns What came of it; `unmapped` when the part cannot protect those units.
   */
  *changeProtection(link: ByteLink, change: ProtectionChange): Procedure<FlashOutcome> {
    const { part } = this.#chip;
    const values = change.kind === "readout-protect" || change.kind === "readout-unprotect"
      ? [{ name: RDP_OPTION, value: rdpOfLevel(part, change.kind === "readout-protect" ? 1 : 0) }]
      : writeProtectionOf(part, change.kind === "write-protect" ? change.sectors : []);
    if (values === undefined) return "unmapped";
    return yield* this.#operate(link, () => this.#chip.programOptions(values));
  }

  /**
   * Tells whether the chip refuses the command that has just come.
   *
   * @returns `true` for the command that a fault names.
   */
  refusesCommand(): boolean {
    return this.#chip.takeCommandRefusal();
  }

  /**
   * Tells whether a write makes the chip reload its option bytes and reset.
   *
   * @param address Absolute address.
   * @returns `true` for the option bytes.
   */
  resetsAfterWrite(address: number): boolean {
    return isOptionAddress(this.#chip.part, address);
  }

  #isFlash(address: number): boolean {
    return this.#chip.flash.map.sectorIndexAt(address) >= 0;
  }

  #pad(address: number, data: Bytes): Bytes {
    const { sizeBytes, erasedByte } = this.#chip.part.flash.programUnit;
    const missingBytes = roundUp(data.length, sizeBytes) - data.length;
    if (missingBytes === 0 || address % sizeBytes !== 0) return data;
    return concatBytes([data, new Uint8Array(missingBytes).fill(erasedByte)]);
  }

  *#writeOptions(link: ByteLink, address: number, data: Bytes): Procedure<FlashOutcome> {
    const { part, optionBytes } = this.#chip;
    const values = decodeOptionMemory(part, optionBytes, { address, data });
    if (values === undefined) return "failed";
    return yield* this.#operate(link, () => this.#chip.programOptions(values));
  }

  /** Does something to flash and waits until it is done; a `false` is a refusal. */
  *#operate(link: ByteLink, operation: () => boolean | void): Procedure<FlashOutcome> {
    let outcome: FlashOutcome = "done";
    try {
      if (operation() === false) outcome = "protected";
    } catch (error) {
      if (!(error instanceof FlashError)) throw error;
      outcome = error.code === "protected" || error.code === "unmapped" ? error.code : "failed";
    }
    const busyMs = this.#chip.flash.operations.takeBusyMs();
    if (busyMs > 0) yield* link.sleep(busyMs);
    return outcome;
  }
}
