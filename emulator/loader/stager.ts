/**
 * The stager: takes an update for the slots B (or the one slot), whatever way it comes.
 *
 * Everything that can be refused is refused in {@linkcode Stager.begin}, before flash is changed. Headers and commit words
 * are kept in RAM and written when everything else is in flash and verified there.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes } from "../../core/mod.ts";
import { slotAddressOf, type SlotName } from "../../packager/slots/mod.ts";
import type { PayloadChecksums, ResumePoint } from "../../protocols/cdc/device.ts";
import { compareSlot } from "./compare_slot.ts";
import { copyPayload } from "./copy_set.ts";
import { readFlash } from "./flash_access.ts";
import type { SlotLoader } from "./loader.ts";
import { keepsRule } from "./loader_config.ts";
import { LoaderError, refuseHeaders } from "./loader_error.ts";
import { BOOT_ATTEMPT_REGISTER, COPY_TRY_REGISTER, encodeCount } from "./retained.ts";
import { SlotWriter, type WrittenSet } from "./slot_writer.ts";
import { judgeUpdate, verifyPayload } from "./verify_slots.ts";
import type { Work } from "./work.ts";

/** How much of a slot is looked at to see whether anything is in it. */
const GLIMPSE_BYTES = 256;

/** Options of {@linkcode Stager.begin}. */
export interface BeginOptions {
  /**
   * Whether the host says that B may be erased although it holds the only set. That counts once copying was given up.
   *
   * @default {false}
   */
  readonly isForced?: boolean | undefined;
}

/** What a stager is at. */
export type StagerState = "idle" | "receiving" | "committed";

/** Takes one update after another for one run of a loader. */
export class Stager {
  readonly #loader: SlotLoader;
  #writer: SlotWriter | undefined;
  #isCommitted = false;

  /**
   * Waits for an update.
   *
   * @param loader The loader; it stays.
   */
  constructor(loader: SlotLoader) {
    this.#loader = loader;
  }

  /** What it is at. */
  get state(): StagerState {
    if (this.#writer === undefined) return "idle";
    return this.#isCommitted ? "committed" : "receiving";
  }

  /** The least security counter that is taken: the compiled one or that of A; that of B where there is no A. */
  get leastCounter(): number {
    const { setA, config } = this.#loader;
    const set = setA.kind === "set" ? setA : this.#loader.verifyB();
    return Math.max(config.leastCounter ?? 0, set.kind === "set" ? set.headers[0]!.counter : 0);
  }

  /** What was begun, or `undefined`. */
  get set(): WrittenSet | undefined {
    return this.#writer?.set;
  }

  /** Bytes of each payload that are in flash, in index order; empty when nothing was begun. */
  get stagedBytes(): readonly number[] {
    return this.#writer?.writtenBytes ?? [];
  }

  /**
   * Begins an update, or goes on with it when the headers are those that were begun last. Changes nothing in flash.
   *
   * @param records All image headers, 256 bytes each, in index order; copied.
   * @param options Whether the host insists.
   * @throws {LoaderError} When it is refused; see there. What was begun before is as it was.
   */
  begin(records: readonly Uint8Array[], options: BeginOptions = {}): void {
    const { isForced = false } = options;
    const set = this.check(records);
    this.#loader.assertPlannedOptions();
    // Headers that were written cannot be written again: whoever broke off there begins anew.
    if (this.state === "receiving" && isSame(set, this.#writer!.set) && !this.#writer!.isSealing) return;
    if (!this.#loader.mayErase(isForced)) {
      throw new LoaderError("repair-first", "Cannot take an update: B has to be copied to A first");
    }
    this.#writer = this.#createWriter(set);
    this.#isCommitted = false;
  }

  /**
   * Checks headers as {@linkcode Stager.begin} does, and begins nothing.
   *
   * @param records All image headers, 256 bytes each, in index order.
   * @returns Copies of them, and what they say.
   * @throws {LoaderError} When they are not a set for this device, by a key that it trusts.
   */
  check(records: readonly Uint8Array[]): WrittenSet {
    const { config } = this.#loader;
    const { layout } = config;
    const judgement = judgeUpdate(records, config, this.leastCounter);
    if (judgement.kind === "none") {
      throw refuseHeaders(judgement.problem, layout.slots.findIndex(({ core }) => core === judgement.problem.core));
    }
    const { headers } = judgement;
    return { records: records.map((record): Bytes => Uint8Array.from(record)), headers };
  }

  /** Forgets how far the update is that was begun, for a transport that cannot go on in its middle. */
  restart(): void {
    if (this.state === "receiving") this.#writer = this.#createWriter(this.#writer!.set);
  }

  /**
   * Tells where an image goes on.
   *
   * @param image Index of the image.
   * @returns `known` within one session, `unknown` when something may be left of an earlier one.
   * @throws {LoaderError} `not-begun` or `bad-image`.
   */
  resumePointOf(image: number): ResumePoint {
    const offset = this.#receiving(image).writtenBytes[image]!;
    if (offset > 0) return { state: "known", offset };
    const { flash } = this.#loader.chip;
    const { erasedByte } = flash.part.flash.programUnit;
    const found = readFlash(flash, this.#addressOf(image), GLIMPSE_BYTES);
    const isBlank = found === undefined || found.every((byte) => byte === erasedByte);
    return { state: isBlank ? "blank" : "unknown", offset: 0 };
  }

  /**
   * Looks for what an earlier session has left of a payload, and keeps what is beyond doubt.
   *
   * @param image Index of the image.
   * @param checksums CRCs of the payload.
   * @returns The byte to go on with.
   * @throws {LoaderError} `not-begun` or `bad-image`.
   */
  *compare(image: number, checksums: PayloadChecksums): Work<number> {
    const writer = this.#receiving(image);
    const begun = writer.writtenBytes[image]!;
    if (begun > 0) return begun;
    const keptBytes = yield* compareSlot(this.#loader, writer.set.headers[image]!, {
      image,
      name: this.#name,
      checksums,
    });
    return writer.keep(image, keptBytes);
  }

  /**
   * Writes the next bytes of a payload and reads them back.
   *
   * @param image Index of the image.
   * @param offset Offset of the bytes in the payload: as many as are there.
   * @param bytes A multiple of 32, unless the payload ends with them.
   * @throws {LoaderError} `bad-offset` when they do not follow, or what flash says.
   */
  *write(image: number, offset: number, bytes: Uint8Array): Work<void> {
    const writer = this.#receiving(image);
    const endOffset = offset + bytes.length;
    const { payloadSizeBytes } = writer.set.headers[image]!;
    const isWhole = bytes.length % 32 === 0 && endOffset <= payloadSizeBytes || endOffset === payloadSizeBytes;
    if (offset !== writer.writtenBytes[image] || !isWhole) {
      throw new LoaderError("bad-offset", `Cannot write ${bytes.length} bytes at ${offset}: they do not follow`, image);
    }
    if (bytes.length === 0) return;
    yield* this.#change(writer.write(image, bytes));
  }

  /**
   * Copies a payload that slot A holds already, or the rest of it.
   *
   * @param image Index of the image.
   * @throws {LoaderError} `clone-differs` when slot A holds another, or what flash says. When it cannot be read there, or
   *   is not what its header says, that is found on the way, and the image begins anew.
   */
  *clone(image: number): Work<void> {
    const writer = this.#receiving(image);
    const { setA } = this.#loader;
    const header = writer.set.headers[image]!;
    const own = setA.kind === "set" ? setA.headers[image] : undefined;
    const isSamePayload = own !== undefined && equalBytes(own.payloadDigest, header.payloadDigest);
    const { layout } = this.#loader.config;
    if (!isSamePayload || layout.policy === "single") {
      throw new LoaderError("clone-differs", "Cannot copy the payload: slot A holds another", image);
    }
    yield* this.#change(this.#copy(writer, image));
  }

  *#copy(writer: SlotWriter, image: number): Work<void> {
    const { chip: { flash }, config: { layout } } = this.#loader;
    try {
      yield* copyPayload(flash, writer, { image, layout, from: "A" });
      const problem = verifyPayload(flash, this.#addressOf(image), writer.set.headers[image]!);
      if (problem !== undefined) throw new LoaderError("install-failed", `Cannot copy: ${problem.text}`, image);
    } catch (error) {
      if (!(error instanceof LoaderError) || error.code !== "install-failed") throw error;
      // Slot A is not any more what it was at the reset.
      writer.clear(image);
      throw new LoaderError("clone-differs", error.message, image);
    }
  }

  /**
   * Verifies all payloads in flash, writes headers, then commit words.
   *
   * @throws {LoaderError} `incomplete`, `verify-failed`, or what flash says. After the last two the update has to be begun
   *   anew.
   */
  *finish(): Work<void> {
    const writer = this.#receiving(0);
    const image = writer.set.headers.findIndex(({ payloadSizeBytes }, at) =>
      writer.writtenBytes[at] !== payloadSizeBytes
    );
    if (image >= 0) throw new LoaderError("incomplete", "Cannot commit: a payload is not whole", image);
    yield* this.#change(writer.seal());
    this.#isCommitted = true;
    // Somebody has just brought it: it may be copied and started anew, also where it is what has failed to start.
    this.#loader.chip.backupRegisters[BOOT_ATTEMPT_REGISTER] = encodeCount(0);
    this.#loader.chip.backupRegisters[COPY_TRY_REGISTER] = encodeCount(0);
    this.#onWrite();
  }

  /** Forgets what was begun. Flash stays as it is; B is not committed unless it was finished. */
  abort(): void {
    this.#writer = undefined;
  }

  #createWriter(set: WrittenSet): SlotWriter {
    const { chip: { flash }, config } = this.#loader;
    const { layout } = config;
    return new SlotWriter(flash, set, {
      layout,
      name: this.#name,
      voidsFirst: layout.policy === "single" && !flash.part.flash.programUnit.isWriteOnce && keepsRule(config, "void"),
      erasesInTurn: !keepsRule(config, "erase-down"),
    });
  }

  get #name(): SlotName {
    return this.#loader.config.layout.policy === "single" ? "A" : "B";
  }

  #addressOf(image: number): number {
    return slotAddressOf(this.#loader.config.layout.slots[image]!, this.#name);
  }

  /** Under policy `single` slot A is what is written to. */
  #onWrite(): void {
    if (this.#name === "A") this.#loader.forgetA();
  }

  #receiving(image: number): SlotWriter {
    if (this.#writer === undefined || this.#isCommitted) {
      throw new LoaderError("not-begun", "Cannot go on with an update: none was begun");
    }
    if (!Number.isInteger(image) || image < 0 || image >= this.#writer.set.headers.length) {
      throw new LoaderError("bad-image", `Cannot take image ${image}: the set has none`);
    }
    return this.#writer;
  }

  /** Does what changes flash. A step of it that fails ends the update: what is written cannot be written again. */
  *#change(work: Work<void>): Work<void> {
    this.#onWrite();
    try {
      yield* work;
    } catch (error) {
      if (error instanceof LoaderError && error.code !== "clone-differs") this.#writer = undefined;
      throw error;
    }
  }
}

function isSame(set: WrittenSet, other: WrittenSet): boolean {
  return set.records.every((record, index) => equalBytes(record, other.records[index]!));
}
