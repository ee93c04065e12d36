/**
 * What a boot ROM asks of the chip it runs on. The emulator implements it; a test may with a few lines.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";

/** What came of a write or an erase. A ROM answers ACK to several of these: its profile decides. */
export type FlashOutcome =
  /** Done. */
  | "done"
  /** Nothing was changed: the address or the sector is write-protected. */
  | "protected"
  /** Nothing was changed: no such sector, or nothing can be written there. */
  | "unmapped"
  /** The flash refused or spoilt it: not erased before, misaligned, a write-once word written twice. */
  | "failed";

/** What a memory read gives: the bytes, or the read error of a word with a broken ECC. */
export type ReadOutcome = { readonly kind: "bytes"; readonly bytes: Bytes } | { readonly kind: "ecc-error" };

/** Which part of flash a mass erase takes. */
export type MassEraseScope = "all" | "bank-1" | "bank-2";

/** What resets a device at the end of a command. */
export type ProtectionChange =
  | { readonly kind: "write-protect"; readonly sectors: readonly number[] }
  | { readonly kind: "write-unprotect" }
  | { readonly kind: "readout-protect" }
  | { readonly kind: "readout-unprotect" };

/**
 * The chip under a boot ROM.
 *
 * Operations that take time are procedures: they `yield* link.sleep(...)` for as long as the flash is busy. A CPU that
 * sleeps does not read its UART, which is one byte deep.
 */
export interface BootRomDevice {
  /** Product id that Get ID reports, 0 to 0xFFFF. */
  readonly chipId: number;
  /** Whether readout protection is active. */
  readonly isReadProtected: boolean;
  /** Whether memory can be read through the ROM at this address: it checks the first address of a read only. */
  isReadable(address: number): boolean;
  /** Whether memory can be written through the ROM at this address: flash, option bytes, RAM the ROM does not use. */
  isWritable(address: number): boolean;
  /** Whether the ROM jumps there: flash and RAM. */
  isExecutable(address: number): boolean;
  /** Reads memory. Beyond the end of a region the bytes are 0x00. */
  read(address: number, sizeBytes: number): ReadOutcome;
  /** Writes memory: programs flash, stores to RAM, or writes option bytes. */
  write(link: ByteLink, address: number, data: Bytes): Procedure<FlashOutcome>;
  /** Erases one sector, by its index over all banks. */
  eraseSector(link: ByteLink, index: number): Procedure<FlashOutcome>;
  /** Erases a bank or the whole flash; `unmapped` where the part or its ROM cannot. */
  massErase(link: ByteLink, scope: MassEraseScope): Procedure<FlashOutcome>;
  /** Changes protection; it takes effect at the reset that follows. Ending readout protection erases the flash. */
  changeProtection(link: ByteLink, change: ProtectionChange): Procedure<FlashOutcome>;
  /**
   * Whether the chip refuses the command frame that has just come, for a test that wants a NACK there. Called once a
   * frame that names a known command, before its ACK.
   */
  refusesCommand?(): boolean;
  /** Whether a write to this address makes the chip reload its option bytes and reset. */
  resetsAfterWrite(address: number): boolean;
}

/** How a boot ROM's conversation ends: the chip resets, or jumps to a vector table. */
export type BootRomExit = { readonly kind: "reset" } | { readonly kind: "go"; readonly address: number };
