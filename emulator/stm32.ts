/**
 * The emulated chip: flash, RAM, option bytes, what survives a reset, and what starts after one.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, type OptionValue, type Part } from "../core/mod.ts";
import { bankModeOfOptions } from "./bank_mode.ts";
import { type BootCause, type BootReport, type CoreStart, startCore } from "./boot.ts";
import { type Fault, isWireFault } from "./faults.ts";
import { Flash, type FlashOptions } from "./flash.ts";
import { Memory } from "./memory.ts";
import { factoryBootAddressOf, OptionBytes } from "./option_bytes.ts";
import { levelOfRdp, RDP_OPTION, type ReadProtectionLevel } from "./read_protection.ts";
import { protectedSectorsOf } from "./write_protection.ts";

/** Words of the backup registers (unverified: RM0090 has 20, RM0399 has 32; the emulator has 32 everywhere). */
const BACKUP_REGISTER_COUNT = 32;

/** The unique identifier of every emulated chip that is given no other: the bytes 0x10 to 0x1B. */
const UNIQUE_ID_DEFAULT: Uint8Array = Uint8Array.from({ length: 12 }, (_, index) => 0x10 + index);

/** Options of a {@linkcode Stm32}. */
export interface Stm32Options extends Omit<FlashOptions, "bankMode"> {
  /**
   * Whether the BOOT0 pin is high, so that the boot ROM starts. On parts with a software BOOT0 it stands for that.
   *
   * @default {false}
   */
  readonly isBoot0High?: boolean | undefined;
  /**
   * Whether a battery keeps the backup registers while the power is off.
   *
   * @default {false}
   */
  readonly hasBattery?: boolean | undefined;
  /**
   * The unique identifier, 12 bytes.
   *
   * @default {0x10 to 0x1B}
   */
  readonly uniqueId?: Uint8Array | undefined;
}

/**
 * A chip of the part table. It is on as soon as it is made.
 *
 * @example A chip with a vector table boots, one without faults
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { Stm32 } from "@coreslot/coreslot/emulator";
 *
 * const chip = new Stm32(findPart("stm32f407"));
 * console.assert(chip.boot.cores[0]?.kind === "faults");
 * const table = new Uint32Array([0x2002_0000, 0x0800_0189]);
 * chip.flash.program(0x0800_0000, new Uint8Array(table.buffer));
 * console.assert(chip.reset("pin-reset").cores[0]?.kind === "runs");
 * ```
 */
export class Stm32 {
  /** The part. */
  readonly part: Part;
  /** Main flash. */
  readonly flash: Flash;
  /** All other memory. */
  readonly memory: Memory;
  /** Option bytes. */
  readonly optionBytes: OptionBytes;
  /** Survive a reset, and a power-off when there is a battery. */
  readonly backupRegisters: Uint32Array = new Uint32Array(BACKUP_REGISTER_COUNT);
  /** Whether the BOOT0 pin is high. It counts at the next reset. */
  isBoot0High: boolean;

  readonly #hasBattery: boolean;
  readonly #boots: BootReport[] = [];
  readonly #refusedCommands = new Set<number>();
  #commandCount = 0;

  /**
   * Makes a new chip and switches it on.
   *
   * @param part The part.
   * @param options Pins, battery, flash times and seed.
   * @throws {RangeError} When the part has no such flash times.
   */
  constructor(part: Part, options: Stm32Options = {}) {
    this.part = part;
    this.flash = new Flash(part, options);
    this.optionBytes = new OptionBytes(part);
    this.memory = new Memory(part, {
      optionBytes: this.optionBytes,
      uniqueId: options.uniqueId ?? UNIQUE_ID_DEFAULT,
    });
    this.isBoot0High = options.isBoot0High ?? false;
    this.#hasBattery = options.hasBattery ?? false;
    this.reset("power-on");
  }

  /** What started last. */
  get boot(): BootReport {
    return this.#boots.at(-1)!;
  }

  /** Every start since the chip was made, the first one included. */
  get boots(): readonly BootReport[] {
    return this.#boots;
  }

  /** How closed the chip is to readers. */
  get readProtectionLevel(): ReadProtectionLevel {
    return levelOfRdp(this.part, this.optionBytes.get(RDP_OPTION)!);
  }

  /**
   * Switches the chip off and on again: RAM is gone, and the backup registers are when there is no battery.
   *
   * @returns What starts.
   */
  powerCycle(): BootReport {
    this.memory.clear();
    if (!this.#hasBattery) this.backupRegisters.fill(0);
    return this.reset("power-on");
  }

  /**
   * Resets the chip: option bytes that were programmed take effect. RAM keeps what it holds, but for what the boot ROM
   * uses when it starts.
   *
   * @param cause Why.
   * @returns What starts.
   */
  reset(cause: Exclude<BootCause, "go">): BootReport {
    this.flash.operations.takeBusyMs();
    this.optionBytes.load();
    const { bankMode, isSwapped } = bankModeOfOptions(this.part, this.optionBytes);
    this.flash.map.arrange(bankMode, isSwapped);
    this.flash.map.protect(protectedSectorsOf(this.part, this.optionBytes, this.flash.sectors));
    // Level 2 takes the boot ROM away for good (unverified: RM0090, "Read protection", level 2).
    const startsRom = this.isBoot0High && this.readProtectionLevel < 2;
    if (startsRom) this.memory.spoilReserved();
    return this.#start(cause, this.part.cores.map((_, index) => this.#startOf(index, startsRom)));
  }

  /**
   * Jumps to a vector table, as the boot ROM's Go command does. Other cores go on as they are.
   *
   * @param address Absolute address of the vector table.
   * @returns What runs now.
   */
  go(address: number): BootReport {
    const first = startCore(this.part.cores[0]!, address, this);
    return this.#start("go", [first, ...this.boot.cores.slice(1)]);
  }

  /**
   * Starts a core that an option byte holds, as the other core does through RCC.
   *
   * @param coreIndex The core's index in the part's table.
   * @returns What becomes of it.
   * @throws {RangeError} When the part has no such core.
   */
  releaseCore(coreIndex: number): CoreStart {
    const core = this.part.cores[coreIndex];
    if (core === undefined) throw new RangeError(`Cannot release core ${coreIndex}: the part has none`);
    const started = startCore(core, this.#bootAddressOf(coreIndex), this);
    const boot = this.#boots.pop()!;
    this.#boots.push({ ...boot, cores: boot.cores.with(coreIndex, started) });
    return started;
  }

  /**
   * Reads any memory, as the chip's bus does.
   *
   * @param address Absolute address.
   * @param sizeBytes How many bytes.
   * @returns Fresh bytes; fewer where memory ends.
   * @throws {FlashError} `unreadable` when an ECC is broken.
   */
  read(address: number, sizeBytes: number): Bytes {
    if (this.flash.map.sectorIndexAt(address) < 0) return this.memory.read(address, sizeBytes);
    const whole = this.flash.map.countFrom(address, sizeBytes);
    const bytes = this.flash.read(address, whole);
    return whole === sizeBytes ? bytes : concatBytes([bytes, this.read(address + whole, sizeBytes - whole)]);
  }

  /**
   * Tells whether instructions can be fetched at an address.
   *
   * @param address Absolute address.
   * @returns `true` in flash and RAM.
   */
  isExecutable(address: number): boolean {
    return this.flash.map.sectorIndexAt(address) >= 0 || this.memory.kindAt(address) === "ram";
  }

  /**
   * Programs option bytes; they take effect at the next reset. Going from readout protection level 1 to level 0 erases
   * the flash first, write-protected sectors included.
   *
   * @param values The options and their values.
   * @returns `false` when level 2 forbids it for good.
   * @throws {RangeError} When the part has no option of one of these names.
   * @throws {PowerLossError} When power is lost in the mass erase; then the options are as before.
   */
  programOptions(values: readonly OptionValue[]): boolean {
    const level = this.readProtectionLevel;
    if (level === 2) return false;
    const rdp = values.find(({ name }) => name === RDP_OPTION)?.value;
    if (rdp !== undefined && level === 1 && levelOfRdp(this.part, rdp) === 0) {
      this.flash.map.protect(undefined);
      this.flash.eraseBank();
    }
    this.optionBytes.program(values);
    this.flash.operations.addBusyMs(this.flash.times.optionBytesMs);
    return true;
  }

  /**
   * Lets faults happen that are not the wire's: power cuts, busy flash, refused commands. They replace the ones before.
   *
   * @param faults The faults; numbers count from now. Those of the wire are left out.
   */
  arm(faults: readonly Fault[]): void {
    this.flash.operations.disarm();
    this.#refusedCommands.clear();
    for (const fault of faults) {
      if (isWireFault(fault)) continue;
      if (fault.kind === "cut") this.flash.operations.cutAt(fault.operation, fault);
      else if (fault.kind === "busy") this.flash.operations.delayAt(fault.operation, fault.extraMs);
      else this.#refusedCommands.add(this.#commandCount + fault.command);
    }
  }

  /**
   * Counts a command, for the boot ROM.
   *
   * @returns `true` when it shall be refused.
   */
  takeCommandRefusal(): boolean {
    return this.#refusedCommands.has(this.#commandCount++);
  }

  #start(cause: BootCause, cores: readonly CoreStart[]): BootReport {
    const boot = { cause, cores };
    this.#boots.push(boot);
    return boot;
  }

  #startOf(coreIndex: number, startsRom: boolean): CoreStart {
    const core = this.part.cores[coreIndex]!;
    const enableOption = core.boot?.enableOption ?? null;
    if (enableOption !== null && this.optionBytes.get(enableOption) === 0) return { core: core.tag, kind: "held" };
    if (startsRom) return { core: core.tag, kind: "boot-rom" };
    return startCore(core, this.#bootAddressOf(coreIndex), this);
  }

  #bootAddressOf(coreIndex: number): number {
    const { boot } = this.part.cores[coreIndex]!;
    if (boot === null) return factoryBootAddressOf(this.part, coreIndex);
    return this.optionBytes.get(boot.addressOption)! * boot.addressUnitBytes;
  }
}
