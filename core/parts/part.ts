/**
 * What a part is: its cores, flash, boot ROM and option bytes, each number with the source it was read in.
 *
 * A `source` names a document with revision and section, or a public file and its commit. What nobody has checked yet
 * stands behind `unverified:`. A number is covered by the nearest `source` around it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Name of an Arm core as images carry it: ASCII, at most four characters. `CM0P` is a Cortex-M0+. */
export type CoreTag = "CM0" | "CM0P" | "CM3" | "CM4" | "CM7" | "CM33";

/** A record that says where its numbers come from. */
export interface Sourced {
  /** Document, revision and section, or a public file and its commit; behind `unverified:`, what neither has shown. */
  readonly source: string;
}

/** A named range of addresses. */
export interface MemoryRegion {
  /** Name as the reference manual gives it: `DTCM`. */
  readonly name: string;
  /** Absolute address of the first byte. */
  readonly addressStart: number;
  /** Size in bytes, 1 or more. */
  readonly sizeBytes: number;
}

/** A core of the part. */
export interface Core extends Sourced {
  /** Name of the core. */
  readonly tag: CoreTag;
  /** Entries of the vector table: the core's own 16 and the part's interrupts. */
  readonly vectorCount: number;
  /** Memories that this core can have its stack in; an alias is a region of its own. */
  readonly rams: readonly MemoryRegion[];
  /** Option bytes that decide where the core starts, or `null` where flash's first address is the only place. */
  readonly boot: CoreBoot | null;
}

/** Option bytes that decide whether and where a core starts. */
export interface CoreBoot extends Sourced {
  /** Option that lets the core start at reset (1) or holds it (0); `null` on a part with one core. */
  readonly enableOption: string | null;
  /** Option that holds the address the core starts at, divided by {@linkcode addressUnitBytes}. */
  readonly addressOption: string;
  /** The step of boot addresses, in bytes. */
  readonly addressUnitBytes: number;
}

/** An option (a bit field of the option bytes) and the value it shall have. */
export interface OptionValue {
  /** Name as the reference manual gives it. */
  readonly name: string;
  /** The field's value, 0 to 0xFFFFFFFF. */
  readonly value: number;
}

/** Sectors (or pages: the erase unit) of equal size, one behind the other. */
export interface SectorRun {
  /** The bank they are in: 1 or 2. */
  readonly bank: number;
  /** Absolute address of the first one. */
  readonly addressStart: number;
  /** Size of each, in bytes. */
  readonly sectorSizeBytes: number;
  /** How many there are. */
  readonly sectorCount: number;
}

/** One of the ways in which a part's flash can be divided. */
export interface BankMode extends Sourced {
  /** `single` or `dual`. */
  readonly name: string;
  /** Options that put the part in this mode and keep bank 1 first; empty where there are none. */
  readonly options: readonly OptionValue[];
  /** The sectors, ascending by address. Between two runs there may be a hole. */
  readonly sectorRuns: readonly SectorRun[];
}

/** The smallest thing flash can be programmed in. */
export interface ProgramUnit extends Sourced {
  /** Its size in bytes; writes start on a multiple of it. */
  readonly sizeBytes: number;
  /** Whether a unit takes one write only after each erase: flash keeps an ECC for it, or (F1) refuses the second. */
  readonly isWriteOnce: boolean;
  /** What erased flash reads: 0xFF, or 0x00 on L0 and L1. */
  readonly erasedByte: number;
}

/** How long an operation takes, in microseconds. */
export interface TimeRange {
  /** Typical time. */
  readonly typicalUs: number;
  /** Longest time the datasheet allows. */
  readonly maximumUs: number;
}

/** How long the erase of one sector takes. */
export interface SectorEraseTime extends TimeRange {
  /** Size of the sectors that this is true of. */
  readonly sectorSizeBytes: number;
}

/** Times of the flash operations under one condition. */
export interface FlashTiming extends Sourced {
  /** Program parallelism in bits that the times are for, or `null` where the part has one way only. */
  readonly parallelismBits: 8 | 16 | 32 | 64 | null;
  /** One program operation: {@linkcode parallelismBits} wide on F4, one program unit elsewhere. */
  readonly program: TimeRange;
  /** Erase of one sector, for each size of sector. */
  readonly sectorErase: readonly SectorEraseTime[];
  /** Mass erase. */
  readonly massErase: TimeRange;
}

/** How the part protects flash from writes, as far as a loader at the start of flash needs it. */
export interface WriteProtection extends Sourced {
  /**
   * `mask`: a bit for each unit, spread over `options` from the lowest unit up; `range`: first and last unit, in the two
   * `options`.
   */
  readonly kind: "mask" | "range";
  /** Names of the options. */
  readonly options: readonly string[];
  /** Bits of each option that a `mask` uses; 0 for a `range`. */
  readonly bitsPerOption: number;
  /** Value of the bit of a protected unit, for a `mask`; 1 for a `range`. */
  readonly protectedBit: 0 | 1;
  /** Size of a unit in bytes, or `null` where a unit is a sector. */
  readonly unitSizeBytes: number | null;
  /** Other options that must have a value for the protection to mean what it says. */
  readonly requires: readonly OptionValue[];
}

/** Main flash. */
export interface Flash extends Sourced {
  /** Where it begins; the loader stands there. */
  readonly addressStart: number;
  /** Bytes of flash in all sectors, holes not counted. */
  readonly sizeBytes: number;
  /** The smallest thing that can be programmed. */
  readonly programUnit: ProgramUnit;
  /** The ways it can be divided; the first is the one of a new part. */
  readonly bankModes: readonly BankMode[];
  /** Times, by condition. */
  readonly timings: readonly FlashTiming[];
  /** Write protection. */
  readonly writeProtection: WriteProtection;
}

/** The boot ROM and what it needs. */
export interface BootRom extends Sourced {
  /** Bootloader identifiers that parts in the field report; empty when not known. */
  readonly bootloaderIds: readonly number[];
  /** The system memory it stands in. */
  readonly systemMemory: readonly MemoryRegion[];
  /** RAM that it uses itself: not to be written through it. */
  readonly reservedRam: readonly MemoryRegion[];
  /** The AN3155 erase command it has: `erase` is 0x43, `extended-erase` is 0x44. */
  readonly eraseCommand: "erase" | "extended-erase";
  /** Whether it knows the mass erase of that command. */
  readonly hasMassErase: boolean;
  /** Bytes that one read or write may carry. */
  readonly maxTransferBytes: number;
}

/** Where a part keeps what it knows about itself. */
export interface Identity extends Sourced {
  /** Address of the 16-bit flash size in KiB. */
  readonly flashSizeAddress: number;
  /** Address of the 96-bit unique identifier. */
  readonly uniqueIdAddress: number;
}

/** Where the option bytes are, for the boot ROM and debuggers. */
export interface OptionBytesArea extends Sourced {
  /** The ranges that hold them. */
  readonly regions: readonly MemoryRegion[];
}

/** A part: a chip line with one size of flash. The source covers the chip id. */
export interface Part extends Sourced {
  /** Name with the flash size's letter, `x` for any package: `stm32h745xi`. */
  readonly name: string;
  /** Shorter names people use for it: `stm32h745`. */
  readonly aliases: readonly string[];
  /** Product id as the boot ROM's Get ID reports it; parts that differ may share it. */
  readonly chipId: number;
  /** The cores. The first one starts first and runs the loader. */
  readonly cores: readonly Core[];
  /** Main flash. */
  readonly flash: Flash;
  /** The boot ROM. */
  readonly bootRom: BootRom;
  /** Flash size and unique identifier. */
  readonly identity: Identity;
  /** Option bytes. */
  readonly optionBytes: OptionBytesArea;
}
