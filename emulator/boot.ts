/**
 * What starts at a reset: the boot ROM, the firmware that a vector table names, or nothing.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Core, CoreTag, MemoryRegion } from "../core/mod.ts";
import { FlashError } from "./error.ts";

/** Why a chip started. */
export type BootCause = "power-on" | "pin-reset" | "software-reset" | "option-reload" | "go";

/** What one core does. */
export type CoreStart =
  /** It runs the boot ROM. On a part with two cores, what the second one does then is not modelled. */
  | { readonly core: CoreTag; readonly kind: "boot-rom" }
  /** An option byte holds it until the other core releases it. */
  | { readonly core: CoreTag; readonly kind: "held" }
  /** It runs what a vector table names. */
  | {
    readonly core: CoreTag;
    readonly kind: "runs";
    /** Absolute address of the vector table. */
    readonly address: number;
    /** The initial stack pointer. */
    readonly stackPointer: number;
    /** Address of the first instruction. */
    readonly entry: number;
  }
  /** It was started at something that is no vector table, and is in a fault from the first instruction on. */
  | {
    readonly core: CoreTag;
    readonly kind: "faults";
    /** Absolute address of what should be a vector table. */
    readonly address: number;
    /** What is wrong with it, as a clause. */
    readonly reason: string;
  };

/** What started, and why. */
export interface BootReport {
  /** Why. */
  readonly cause: BootCause;
  /** What each core does, in the order of the part's table. */
  readonly cores: readonly CoreStart[];
}

/** The memory that a core sees at its start. */
export interface BootMemory {
  /** Reads memory; fewer bytes where it ends. */
  read(address: number, sizeBytes: number): Uint8Array;
  /** Whether instructions can be fetched at an address. */
  isExecutable(address: number): boolean;
}

/**
 * Starts a core at a vector table, as far as one can see whether it would run.
 *
 * The initial stack pointer has to be word-aligned and in one of the core's RAMs or just past its end; the reset vector
 * has to be odd and lead to flash or RAM.
 *
 * @param core The core.
 * @param address Absolute address of the vector table.
 * @param memory What the core sees.
 * @returns What becomes of it: `runs` or `faults`.
 */
export function startCore(core: Core, address: number, memory: BootMemory): CoreStart {
  const fault = (reason: string): CoreStart => ({ core: core.tag, kind: "faults", address, reason });
  let table: Uint8Array;
  try {
    table = memory.read(address, 8);
  } catch (error) {
    if (!(error instanceof FlashError)) throw error;
    return fault("its ECC is broken");
  }
  if (table.length < 8) return fault("there is no memory");
  const view = new DataView(table.buffer, table.byteOffset, 8);
  const stackPointer = view.getUint32(0, true);
  const entry = view.getUint32(4, true);
  if (stackPointer % 4 !== 0 || !core.rams.some((ram) => holdsStack(ram, stackPointer))) {
    return fault("its stack pointer is not in RAM");
  }
  if (entry % 2 === 0) return fault("its reset vector is even");
  if (!memory.isExecutable(entry - 1)) return fault("its reset vector leads out of memory");
  return { core: core.tag, kind: "runs", address, stackPointer, entry: entry - 1 };
}

/** A stack grows down from its pointer, so the end of a RAM is as good as any address in it. */
function holdsStack({ addressStart, sizeBytes }: MemoryRegion, stackPointer: number): boolean {
  return stackPointer > addressStart && stackPointer <= addressStart + sizeBytes;
}
