/**
 * An emulated device with a slot loader, driven without a wire: power, resets, an application, and an oracle that looks into
 * its flash behind the loader's back.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../../core/mod.ts";
import {
  COPY_TRY_MAX_DEFAULT,
  COPY_TRY_REGISTER,
  finishWork,
  installLoader,
  type LoaderConfig,
  type LoaderReport,
  readCount,
  reportWell,
  requestStay,
  SlotLoader,
} from "../../emulator/loader/mod.ts";
import { FlashError, type FlashOperation, type FlashSnapshot, PowerLossError, Stm32 } from "../../emulator/mod.ts";
import { HEADER_SIZE_BYTES } from "../../packager/header.ts";
import { encodeSlotTrailer } from "../../packager/slot_image.ts";
import { slotAddressOf, slotEndAddressOf, type SlotName } from "../../packager/slots/mod.ts";
import type { Release } from "./loader_releases.ts";

/** More resets than a loader may take before it stays. */
const RESETS_MAX = 8;

/** What must never happen, and did. */
export class Violation extends Error {}

/** Options of a {@linkcode LoaderDevice}. */
export interface LoaderDeviceOptions {
  /** What is compiled into the loader. */
  readonly config: LoaderConfig;
  /** Every release that may come. */
  readonly releases: readonly Release[];
  /**
   * Whether a battery keeps the registers.
   *
   * @default {false}
   */
  readonly hasBattery?: boolean;
}

/** What a device is left with by an earlier run. */
export interface DeviceState {
  /** Its flash. */
  readonly flash: FlashSnapshot;
}

/** One device. */
export class LoaderDevice {
  readonly chip: Stm32;
  readonly releases: readonly Release[];
  /** What is compiled into the loader. */
  readonly config: LoaderConfig;
  /** Called after each flash operation. */
  onOperation: ((operation: FlashOperation) => void) | undefined;
  /** Whether the button is held. */
  isButtonHeld = false;
  /** Set once a release was installed: from then on there has to be one at every instant. */
  hadRelease = false;
  /** How often power went away. */
  cutCount = 0;
  /** How many of the cuts to come are resets: the registers keep what they hold. */
  resetCount = 0;
  /** How often the loader was started. */
  startCount = 0;
  /** What stood in the slots A, committed, when the loader began to look; where that may be fading and start all the same. */
  #committed: Release | undefined;

  constructor(options: LoaderDeviceOptions) {
    this.config = { ...options.config, isButtonHeld: () => this.isButtonHeld };
    this.releases = options.releases;
    const { layout } = options.config;
    this.chip = new Stm32(layout.part, {
      hasBattery: options.hasBattery,
      onOperation: (operation) => this.onOperation?.(operation),
    });
    installLoader(this.chip, layout);
  }

  save(): DeviceState {
    return { flash: this.chip.flash.snapshot() };
  }

  /** Goes back to an earlier state, switched off and on, all faults forgotten. */
  load(state: DeviceState): void {
    this.chip.flash.operations.disarm();
    this.chip.flash.restore(state.flash);
    this.chip.powerCycle();
    this.isButtonHeld = false;
    this.cutCount = 0;
    this.resetCount = 0;
    this.hadRelease = this.findWhole("A") !== undefined;
  }

  /** Runs something that power may go away in; switches the device on again when it does. */
  withPower<T>(action: () => T): T | "power lost" {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof PowerLossError)) throw error;
      this.cutCount++;
      this.assertSomethingWhole("after a cut");
      if (this.resetCount-- > 0) this.chip.reset("pin-reset");
      else this.chip.powerCycle();
      this.#assertNothingUnverified("at power-on");
      return "power lost";
    }
  }

  reset(): void {
    this.chip.reset("software-reset");
    this.#assertNothingUnverified("at a reset");
  }

  /** Starts the loader after a reset. */
  startLoader(): { readonly loader: SlotLoader; readonly report: LoaderReport } {
    this.startCount++;
    const mayFade = this.config.layout.policy === "single" ||
      readCount(this.chip, COPY_TRY_REGISTER) >= COPY_TRY_MAX_DEFAULT;
    this.#committed = mayFade ? this.releases.find((one) => this.#unworn(() => this.#isCommitted(one))) : undefined;
    const loader = new SlotLoader(this.chip, this.config);
    const report = finishWork(loader.start());
    this.assertSomethingWhole("after the loader's decision");
    return { loader, report };
  }

  /** Starts the loader, and what it starts. Gives the release that runs, or `undefined` when the loader stays. */
  boot(): Release | undefined {
    const { loader, report } = this.startLoader();
    if (report.action === "stay") return undefined;
    loader.startApplication();
    const running = this.#assertRunsWhole();
    if (!running.hangs) reportWell(this.chip);
    return running;
  }

  /** Brings the device to where it listens to a host: through its application, or by resets of a watchdog. */
  enterLoader(): SlotLoader {
    for (let resets = 0; resets < RESETS_MAX; resets++) {
      const { loader, report } = this.startLoader();
      if (report.action === "stay") return loader;
      loader.startApplication();
      const running = this.#assertRunsWhole();
      if (!running.hangs) {
        reportWell(this.chip);
        requestStay(this.chip);
      }
      this.reset();
    }
    throw new Violation(`out of reach: ${RESETS_MAX} resets, and the loader has not stayed`);
  }

  /** Looks into flash without wearing it. */
  findWhole(name: SlotName): Release | undefined {
    const solid = this.#findSolid(name);
    if (solid !== undefined || this.#stateOf(name) !== "torn") return solid;
    return this.releases.find((release) => this.#unworn(() => this.#holds(name, release)));
  }

  #unworn<T>(look: () => T): T {
    const { flash } = this.chip;
    const snapshot = flash.snapshot();
    const found = look();
    flash.restore(snapshot);
    return found;
  }

  /** There is a whole set at every instant, in flash that will read tomorrow what it reads today. */
  assertSomethingWhole(when: string): void {
    if (this.config.layout.policy === "single") return;
    const [a, b] = [this.#findSolid("A"), this.#findSolid("B")];
    if (a === undefined && b === undefined && this.hadRelease) throw new Violation(`no whole set ${when}`);
    this.hadRelease ||= a !== undefined;
  }

  /** Finds a whole release in flash that will read tomorrow what it reads today. */
  #findSolid(name: SlotName): Release | undefined {
    const { slots } = this.config.layout;
    if (!slots.every((slot) => this.#stateIn(slotEndAddressOf(slot, name), HEADER_SIZE_BYTES) === "programmed")) {
      return undefined;
    }
    const release = this.releases.find(({ records }) => this.#reads(slotEndAddressOf(slots[0]!, name), records[0]!));
    if (release === undefined) return undefined;
    const isSolid = slots.every((slot, index) =>
      this.#stateIn(slotAddressOf(slot, name), release.payloads[index]!.length) === "programmed"
    );
    return isSolid && this.#holds(name, release) ? release : undefined;
  }

  /** `torn` when a unit of a header, or of what the longest payload takes, may not read tomorrow what it reads today. */
  #stateOf(name: SlotName): "programmed" | "torn" | "other" {
    const states = this.config.layout.slots.flatMap((slots, index) => [
      this.#stateIn(slotEndAddressOf(slots, name), HEADER_SIZE_BYTES),
      this.#stateIn(
        slotAddressOf(slots, name),
        Math.max(...this.releases.map(({ payloads }) => payloads[index]!.length)),
      ),
    ]);
    if (states.includes("torn")) return "torn";
    return states.every((state) => state === "programmed") ? "programmed" : "other";
  }

  #stateIn(address: number, sizeBytes: number): "programmed" | "torn" | "other" {
    const { flash } = this.chip;
    const unitBytes = this.config.layout.part.flash.programUnit.sizeBytes;
    let isProgrammed = true;
    for (let at = 0; at < sizeBytes; at += unitBytes) {
      const state = flash.stateAt(address + at);
      if (state === "torn") return "torn";
      isProgrammed &&= state === "programmed";
    }
    return isProgrammed ? "programmed" : "other";
  }

  #holds(name: SlotName, release: Release): boolean {
    return this.config.layout.slots.every((slots, index) =>
      this.#reads(slotEndAddressOf(slots, name), release.records[index]!) &&
      this.#reads(slotAddressOf(slots, name), release.payloads[index]!)
    );
  }

  #isCommitted({ headers, payloads }: Release): boolean {
    return this.config.layout.slots.every((slots, index) =>
      this.#reads(slotEndAddressOf(slots, "A"), encodeSlotTrailer(headers[index]!)) &&
      this.#reads(slots.addressA, payloads[index]!)
    );
  }

  /**
   * The first erase of an update may have left the one slot's header fading, and resets in the first erase of three copies
   * slot A: then the last to read it was the loader.
   */
  #findFaded(): Release | undefined {
    const committed = this.#committed;
    if (this.config.layout.policy === "copy") return this.#findSolid("B") === undefined ? undefined : committed;
    const isThere = this.#unworn(() =>
      this.config.layout.slots.every(({ addressA }, index) =>
        committed !== undefined && this.#reads(addressA, committed.payloads[index]!)
      )
    );
    return isThere ? committed : undefined;
  }

  #reads(address: number, bytes: Bytes): boolean {
    try {
      return equalBytes(this.chip.flash.read(address, bytes.length), bytes);
    } catch (error) {
      if (error instanceof FlashError) return false;
      throw error;
    }
  }

  /** Whatever runs has to be one release, whole, on all cores. */
  #assertRunsWhole(): Release {
    const { layout } = this.config;
    const whole = this.findWhole("A");
    const release = whole ?? this.#findFaded();
    for (const [index, start] of this.chip.boot.cores.entries()) {
      const slots = layout.slots.find(({ core }) => core === layout.part.cores[index]!.tag);
      const hasDied = whole === undefined && release !== undefined && start.kind === "faults";
      if (slots === undefined || hasDied) continue;
      if (start.kind !== "runs" || start.address !== slots.addressA) {
        throw new Violation(`${slots.core} was not started in its slot A: ${start.kind}`);
      }
    }
    if (release === undefined) throw new Violation("something runs that is no whole release");
    return release;
  }

  /** A core that starts by itself runs what nobody has verified. */
  #assertNothingUnverified(when: string): void {
    for (const start of this.chip.boot.cores.slice(1)) {
      if ((start.kind === "runs" || start.kind === "faults") && this.findWhole("A") === undefined && this.hadRelease) {
        throw new Violation(`${start.core} ${start.kind} unverified ${when}`);
      }
    }
  }
}
