/**
 * The slot loader: what starts at a reset, decides what stands in the slots, finishes copies, and starts the application or
 * stays for a host. BOOT.md is its specification.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import {
  decideSlots,
  type SetJudgement,
  type SlotDecision,
  type SlotPair,
  type SlotSet,
} from "../../packager/slots/mod.ts";
import type { BootReason } from "../../protocols/cdc/constants.ts";
import type { BootReport } from "../boot.ts";
import type { Stm32 } from "../stm32.ts";
import { copySet } from "./copy_set.ts";
import {
  BOOT_ATTEMPT_MAX_DEFAULT,
  COPY_TRY_MAX_DEFAULT,
  keepsRule,
  type LoaderConfig,
  type LoaderRule,
} from "./loader_config.ts";
import { LoaderError } from "./loader_error.ts";
import type { CopyReport, LoaderReport } from "./loader_report.ts";
import { BOOT_ATTEMPT_REGISTER, COPY_TRY_REGISTER, encodeCount, readCount, takeStayRequest } from "./retained.ts";
import { judgeSlots, verifySlots } from "./verify_slots.ts";
import type { Work } from "./work.ts";

export type { CopyReport, LoaderReport } from "./loader_report.ts";

/**
 * One run of the loader, from a reset on. What it knows it has found out since.
 *
 * @example A bundle is taken, installed at the next reset, and runs
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { Stm32 } from "@coreslot/coreslot/emulator";
 * import { BundleReceiver, finishWork, SlotLoader, Stager } from "@coreslot/coreslot/loader";
 * import { findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
 *
 * const layout = findLayout("stm32g0b1");
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0800_8009, 0xe7fe_e7fe).buffer);
 * const { bundle, images } = await packBundle({
 *   layout,
 *   images: [{ core: "CM0P", image: MemoryImage.fromSegments([{ address: 0x0800_8000, data }]) }],
 *   version: "1.0.0",
 *   counter: 1,
 *   product: "fan",
 *   key,
 * });
 *
 * const chip = new Stm32(layout.part);
 * chip.optionBytes.program(layout.optionBytes);
 * chip.reset("power-on");
 * const config = { layout, keys: [key.publicKey], productId: images[0]!.header.productId };
 * const loader = new SlotLoader(chip, config);
 * console.assert(finishWork(loader.start()).reason === "no-valid-set");
 * const receiver = new BundleReceiver(new Stager(loader));
 * finishWork(receiver.take(bundle));
 * finishWork(receiver.end());
 *
 * chip.reset("software-reset");
 * const installing = new SlotLoader(chip, config);
 * console.assert(finishWork(installing.start()).copies[0]?.reason === "repair");
 * console.assert(installing.startApplication().cores[0]?.kind === "runs");
 * ```
 */
export class SlotLoader {
  /** The chip that it runs on. */
  readonly chip: Stm32;
  /** What is compiled into it. */
  readonly config: LoaderConfig;
  readonly #copies: CopyReport[] = [];
  #a: SetJudgement | undefined;

  /**
   * Puts the loader on a chip that has just been reset.
   *
   * @param chip The chip.
   * @param config What is compiled into the loader.
   */
  constructor(chip: Stm32, config: LoaderConfig) {
    this.chip = chip;
    this.config = config;
  }

  /**
   * Why it stays; `undefined` before {@linkcode SlotLoader.start}, and when it does not. Whoever keeps it from starting
   * what it could start sets it.
   */
  reason: BootReason | undefined;

  /** The set in the slots A, verified in depth since the last reset. */
  get setA(): SetJudgement {
    return this.#a ??= this.#verifyA();
  }

  /** Whether copying B to A has failed as often as it may. */
  get hasGivenUpCopying(): boolean {
    return readCount(this.chip, COPY_TRY_REGISTER) >= (this.config.copyTryMax ?? COPY_TRY_MAX_DEFAULT);
  }

  /** Whether option bytes are as the layout plans them. */
  get hasPlannedOptions(): boolean {
    const { optionBytes } = this.chip;
    return this.config.layout.optionBytes.every(({ name, value }) => optionBytes.get(name) === value);
  }

  /**
   * Decides after a reset, and does what is due.
   *
   * @returns What it did, and what comes next: {@linkcode SlotLoader.startApplication}, or a host.
   */
  *start(): Work<LoaderReport> {
    const registers = this.chip.backupRegisters;
    const isHeld = this.config.isButtonHeld?.() === true;
    const isRequested = takeStayRequest(this.chip);
    if (this.chip.boot.cause === "power-on") {
      registers[BOOT_ATTEMPT_REGISTER] = encodeCount(0);
      registers[COPY_TRY_REGISTER] = encodeCount(0);
    }
    if (!this.#isPlanned()) return this.#stay("option-bytes");
    if (this.#keeps("repair-first") || !isHeld && !isRequested) {
      const isCopied = yield* this.copyWhatIsDue();
      if (!isCopied && !this.#mayRunUncopied()) return this.#stay("failed-copy");
    }
    if (this.setA.kind === "none") return this.#stay("no-valid-set");
    if (isRequested) return this.#stay("host-request");
    if (isHeld) return this.#stay("button");
    const attempts = readCount(this.chip, BOOT_ATTEMPT_REGISTER);
    if (attempts >= (this.config.bootAttemptMax ?? BOOT_ATTEMPT_MAX_DEFAULT)) return this.#stay("failed-boots");
    return this.#report("boot");
  }

  /**
   * Copies B to A as long as that is due.
   *
   * @param options Whether a host asks for it: then it is tried once, however often it has failed.
   * @returns `false` when it has failed as often as it may.
   * @throws {LoaderError} `option-bytes`.
   */
  *copyWhatIsDue({ isAsked = false }: { readonly isAsked?: boolean } = {}): Work<boolean> {
    this.assertPlannedOptions();
    const registers = this.chip.backupRegisters;
    let hasOneTry = isAsked;
    for (let due = this.#findDue(); due !== undefined; due = this.#findDue()) {
      if (this.hasGivenUpCopying && !hasOneTry) return false;
      hasOneTry = false;
      registers[COPY_TRY_REGISTER] = encodeCount(readCount(this.chip, COPY_TRY_REGISTER) + 1);
      this.#a = undefined;
      const error = yield* this.#copy(due.set);
      this.#copies.push({ reason: due.reason, error });
      if (error !== undefined) continue;
      registers[COPY_TRY_REGISTER] = encodeCount(0);
      registers[BOOT_ATTEMPT_REGISTER] = encodeCount(0);
    }
    return true;
  }

  /**
   * Tells whether B may be erased for another update.
   *
   * @param isForced Whether the host says so although it is the only set: that counts once copying was given up, and not
   *   while A is there and waits to be replaced. A reset in the erase that a copy begins with may have left it fading.
   * @returns `false` while a copy is due.
   */
  mayErase(isForced: boolean): boolean {
    if (!this.#keeps("repair-first")) return true;
    const decision = decideSlots(this.#pair());
    if (decision.action !== "copy") return true;
    return isForced && this.hasGivenUpCopying && decision.reason !== "install";
  }

  /**
   * Refuses whatever touches flash or starts something while option bytes are not as the layout plans them.
   *
   * @throws {LoaderError} `option-bytes`.
   */
  assertPlannedOptions(): void {
    if (this.#isPlanned()) return;
    throw new LoaderError("option-bytes", "Cannot do that: option bytes are not as the layout plans them");
  }

  /** For the stager: what stands in the slots A is no longer what was verified. */
  forgetA(): void {
    this.#a = undefined;
  }

  /**
   * Gives what stands in the slots B, verified in depth.
   *
   * @returns The set; that of slots A under policy `single`.
   */
  verifyB(): SetJudgement {
    return this.config.layout.policy === "single" ? this.setA : verifySlots(this.chip.flash, this.config, "B");
  }

  /**
   * Makes everything ready for the application: counts a start, and releases the other cores, now that their images are
   * verified. On silicon it starts the watchdog too, so that a release that hangs comes back.
   *
   * @returns Absolute address of the vector table to jump to.
   * @throws {LoaderError} `nothing-to-boot` or `option-bytes`.
   */
  prepareStart(): number {
    this.assertPlannedOptions();
    if (this.setA.kind === "none") throw new LoaderError("nothing-to-boot", "Cannot start anything: A holds no set");
    const { part, slots } = this.config.layout;
    if (this.#keeps("boot-attempts")) {
      const attempts = readCount(this.chip, BOOT_ATTEMPT_REGISTER) + 1;
      this.chip.backupRegisters[BOOT_ATTEMPT_REGISTER] = encodeCount(attempts);
    }
    for (const { core } of slots.slice(1)) {
      const index = part.cores.findIndex(({ tag }) => tag === core);
      this.chip.releaseCore(index);
    }
    return slots[0]!.addressA;
  }

  /**
   * Starts the application.
   *
   * @returns What runs.
   * @throws {LoaderError} `nothing-to-boot` or `option-bytes`.
   */
  startApplication(): BootReport {
    return this.chip.go(this.prepareStart());
  }

  /** A set that waits in B and cannot be copied is no reason to keep the one in A from running, if that came to its end. */
  #mayRunUncopied(): boolean {
    const { setA } = this;
    return this.#findDue()?.reason === "install" && setA.kind === "set" && !setA.lacksCommitWord;
  }

  /** Finds the copy that is due, if any. B is read as a whole only when it would be copied. */
  #findDue(): { readonly reason: CopyReport["reason"]; readonly set: SlotSet } | undefined {
    if (this.config.layout.policy === "single") return undefined;
    const decision = this.#decide(judgeSlots(this.chip.flash, this.config, "B"));
    if (decision.action !== "copy") return undefined;
    const set = verifySlots(this.chip.flash, this.config, "B");
    return set.kind === "set" ? { reason: decision.reason, set } : undefined;
  }

  /** Where there is one slot only, a set whose commit words are not right is none: nothing could stand in for it. */
  #verifyA(): SetJudgement {
    const set = verifySlots(this.chip.flash, this.config, "A");
    const isDoubtful = this.config.layout.policy === "single" && set.kind === "set" && set.commitProblem !== undefined;
    return isDoubtful && this.#keeps("commit-word") ? { kind: "none", problem: set.commitProblem } : set;
  }

  #pair(): SlotPair {
    if (this.config.layout.policy === "single") return { a: this.setA, b: undefined };
    return { a: this.setA, b: verifySlots(this.chip.flash, this.config, "B") };
  }

  #decide(setB: SetJudgement): SlotDecision {
    const a = this.setA;
    const ignoresGaps = !this.#keeps("finish-copies") || !this.#keeps("commit-word");
    return decideSlots({
      a: a.kind === "set" && ignoresGaps ? { ...a, lacksCommitWord: false } : a,
      b: setB.kind === "set" && !this.#keeps("commit-word") ? { ...setB, commitProblem: undefined } : setB,
    });
  }

  *#copy(set: SlotSet): Work<LoaderError | undefined> {
    try {
      yield* copySet(this.chip.flash, set, this.config.layout);
    } catch (error) {
      if (!(error instanceof LoaderError)) throw error;
      return error;
    } finally {
      // Somebody may have asked for it between two steps.
      this.#a = undefined;
    }
    const { setA } = this;
    if (setA.kind === "set") return undefined;
    return new LoaderError("install-failed", `Cannot install: ${setA.problem.text}`);
  }

  #isPlanned(): boolean {
    return this.hasPlannedOptions || !this.#keeps("option-bytes");
  }

  #keeps(rule: LoaderRule): boolean {
    return keepsRule(this.config, rule);
  }

  #stay(reason: BootReason): LoaderReport {
    this.reason = reason;
    return this.#report("stay");
  }

  #report(action: "boot" | "stay"): LoaderReport {
    const bootAttempts = readCount(this.chip, BOOT_ATTEMPT_REGISTER);
    return { action, reason: this.reason, copies: this.#copies, a: this.setA, bootAttempts };
  }
}
