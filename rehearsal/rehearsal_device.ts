/**
 * The emulated device of a rehearsal: a chip with a loader, and an application that is well as soon as it runs.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { FlashOperation } from "../emulator/flash_operations.ts";
import { finishWork, type LoaderConfig, reportWell, requestStay, SlotLoader } from "../emulator/loader/mod.ts";
import { PowerLossError } from "../emulator/error.ts";
import { Stm32 } from "../emulator/stm32.ts";
import type { BootReason } from "../protocols/cdc/constants.ts";
import { findCommitted, findReadable, readsPayloads, type SetSearch } from "./flash_sets.ts";
import type { Release } from "./release.ts";

/** Time from a reset until software runs, as `runDevice()` has it. */
export const START_UP_MS = 2;

/** Stack pointer and reset vector: what a core starts with. */
const VECTOR_BYTES = 8;

/** What a device is made of. */
export interface DeviceSetup {
  /** What is compiled into its loader. */
  readonly config: LoaderConfig;
  /** The releases that may stand in its slots. */
  readonly releases: readonly Release[];
  /** Option bytes that are not as the layout plans them: for controls. */
  readonly options: readonly { readonly name: string; readonly value: number }[];
  /** Whether its loader starts whatever stands in slot A: for controls. */
  readonly bootsUnverified: boolean;
}

/** What a device did that was switched on and left alone. */
export interface LoneBoot {
  /** `unverified`: a core ran by itself what is no whole release. `mixed`: what the loader started is none. */
  readonly booted: "old" | "new" | "stays" | "mixed" | "unverified";
  /** Why the loader stays. */
  readonly reason: BootReason | undefined;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** How many copies from B to A it began. */
  readonly copyCount: number;
}

/** One device. */
export class RehearsalDevice {
  /** The chip. */
  readonly chip: Stm32;
  /** What it was made of. */
  readonly setup: DeviceSetup;
  /** Told of every flash operation. */
  onOperation: ((operation: FlashOperation) => void) | undefined;
  /** The time, for whoever writes down when an operation was; set by what runs the device. */
  nowMs: () => number = () => 0;

  /**
   * Makes a device with empty slots, and switches it on.
   *
   * @param setup What it is made of.
   */
  constructor(setup: DeviceSetup) {
    this.setup = setup;
    const { layout } = setup.config;
    this.chip = new Stm32(layout.part, { onOperation: (operation) => this.onOperation?.(operation) });
    this.chip.optionBytes.program([...layout.optionBytes, ...setup.options]);
    const ram = layout.part.cores[0]!.rams.find(({ name }) => name !== "ITCM")!;
    const table = Uint32Array.of(ram.addressStart + ram.sizeBytes, layout.loader.addressStart + 9, 0, 0, 0, 0, 0, 0);
    this.chip.flash.preload(layout.loader.addressStart, new Uint8Array(table.buffer));
    this.chip.reset("power-on");
  }

  /** What is looked for in its flash. */
  get search(): SetSearch {
    return { flash: this.chip.flash, layout: this.setup.config.layout, releases: this.setup.releases };
  }

  /** Whether the application was started, and not the loader or nothing. */
  get hasStarted(): boolean {
    const [first] = this.chip.boot.cores;
    return first?.kind === "runs" && first.address === this.setup.config.layout.slots[0]!.addressA;
  }

  /** The release that runs on all cores; `undefined` when none does. */
  get running(): Release | undefined {
    const { layout } = this.setup.config;
    const runs = layout.slots.every(({ core, addressA }) => {
      const start = this.chip.boot.cores[layout.part.cores.findIndex(({ tag }) => tag === core)];
      return start?.kind === "runs" && start.address === addressA;
    });
    return runs ? findReadable(this.search, "A") : undefined;
  }

  /**
   * Whether a core that should be held was started on something that is no whole release, right after a reset. On an empty
   * slot it faults at once: that is no news, and does no harm.
   */
  get runsUnverified(): boolean {
    const { flash } = this.chip;
    const isLoose = this.chip.boot.cores.slice(1).some((start) =>
      start.kind === "runs" || start.kind === "faults" && !flash.isErased(start.address, VECTOR_BYTES)
    );
    return isLoose && findReadable(this.search, "A") === undefined;
  }

  /**
   * Switches it off and on, and leaves it alone: no host, and nobody who pulls BOOT0.
   *
   * @returns What it does.
   */
  powerCycle(): LoneBoot {
    this.chip.isBoot0High = false;
    this.chip.powerCycle();
    return this.bootAlone();
  }

  /**
   * Lets it start after a reset, without a host.
   *
   * @returns What it does.
   */
  bootAlone(): LoneBoot {
    const { chip, setup } = this;
    const isLoose = this.runsUnverified;
    chip.flash.operations.takeBusyMs();
    if (setup.bootsUnverified) return this.#startBlindly();
    const committed = setup.config.layout.policy === "single" ? findCommitted(this.search) : undefined;
    const loader = new SlotLoader(chip, setup.config);
    const { action, reason, copies } = finishWork(loader.start());
    const durationMs = START_UP_MS + chip.flash.operations.takeBusyMs();
    const copyCount = copies.length;
    if (isLoose) return { booted: "unverified", reason, durationMs, copyCount };
    if (action === "stay") return { booted: "stays", reason, durationMs, copyCount };
    loader.startApplication();
    return { booted: this.#greetApplication(committed), reason: undefined, durationMs, copyCount };
  }

  /** Brings it to where it listens to a host: its application asks the loader to stay, and resets. */
  handOver(): void {
    requestStay(this.chip);
    this.chip.reset("software-reset");
  }

  /**
   * Tells whether its loader would let a host erase what the slots B hold, when its button is held after power-on, before
   * it has copied what is due. Flash is left as that loader leaves it.
   *
   * @returns `true` when it listens to a host although a copy is due.
   */
  listensBeforeRepair(): boolean {
    this.chip.isBoot0High = false;
    this.chip.powerCycle();
    const loader = new SlotLoader(this.chip, { ...this.setup.config, isButtonHeld: () => true });
    // A loader that repairs first begins with an erase, and tells of it.
    const step = loader.start().next();
    return step.done === true && step.value.copies.length === 0 && loader.mayErase(false);
  }

  /**
   * What every application does first; and what it is. Where there is one slot, the begin of an update may have left its
   * header fading: then the last to read it was the loader.
   */
  #greetApplication(committed: Release | undefined): LoneBoot["booted"] {
    const isFaded = committed !== undefined && readsPayloads(this.search, committed);
    const release = this.running ?? (isFaded ? committed : undefined);
    reportWell(this.chip);
    return release?.name ?? "mixed";
  }

  #startBlindly(): LoneBoot {
    const { addressA } = this.setup.config.layout.slots[0]!;
    const [first] = this.chip.go(addressA).cores;
    const booted = first?.kind === "runs" ? findReadable(this.search, "A")?.name ?? "mixed" : "stays";
    return { booted, reason: undefined, durationMs: START_UP_MS, copyCount: 0 };
  }
}

/**
 * Lets power go away in something that a device does.
 *
 * @param action What it does.
 * @returns Whether power went away.
 */
export function losesPower(action: () => void): boolean {
  try {
    action();
    return false;
  } catch (error) {
    if (error instanceof PowerLossError) return true;
    throw error;
  }
}
