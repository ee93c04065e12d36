/**
 * A loader of arrays behind the CDC protocol, for tests of the protocol: it judges headers by a few fields only, and has
 * flash that refuses what was not erased and is busy for as long as it is told.
 *
 * The emulator's loader is the real one; this one is small enough to be right at a glance.
 *
 * @module
 */

import { type Bytes, crc32, equalBytes, roundUp } from "../core/mod.ts";
import { sha256 } from "../core/sha256.ts";
import type { BootReason, RefusalCode, WORK_PHASES } from "../protocols/cdc/constants.ts";
import type {
  CdcDevice,
  DeviceInformation,
  PayloadChecksums,
  ResumePoint,
  SetReport,
  StagingReport,
  Step,
} from "../protocols/cdc/device.ts";
import { decodeCdcHeader } from "./cdc_header.ts";
import {
  type CdcArrayDeviceOptions,
  COMMIT_BYTES,
  COMMIT_WORD,
  headerOf,
  judgeSlots,
  type Slot,
  type Staging,
  TRAILER_BYTES,
} from "./cdc_slots.ts";

/** Bytes that one step of clone, verify or install takes. */
const CHUNK_BYTES = 4096;

/** A loader of arrays. */
export class CdcArrayDevice implements CdcDevice {
  readonly slots: readonly Slot[];
  /** Flash operations since it was made. */
  operationCount = 0;
  /** Milliseconds that they took. */
  busyMs = 0;
  /** Headers that the next `begin` refuses, and why. */
  refuses: RefusalCode | undefined;
  reason: BootReason = "host-request";
  readonly #options: CdcArrayDeviceOptions;
  #staging: Staging[] | undefined;
  #cursor = 0;

  constructor(options: CdcArrayDeviceOptions) {
    this.#options = options;
    const erased = options.erasedByte ?? 0xff;
    const make = (sizeBytes: number): Bytes => new Uint8Array(sizeBytes).fill(erased);
    this.slots = options.slotSizes.map((size) => ({ a: make(size), b: make(size) }));
  }

  /** Puts a set into the slots, as a programmer on a bench does. */
  preload(name: "a" | "b", images: readonly { readonly header: Bytes; readonly payload: Bytes }[], isCommitted = true) {
    for (const [index, { header, payload }] of images.entries()) {
      const slot = this.slots[index]![name];
      slot.fill(this.#erasedByte);
      slot.set(payload);
      slot.set(header, slot.length - TRAILER_BYTES);
      if (isCommitted) slot.set(COMMIT_WORD, slot.length - COMMIT_BYTES);
    }
  }

  /** What a reset does: flash stays, everything else goes. */
  clear(): void {
    this.#staging = undefined;
    this.#cursor = 0;
  }

  /** All of slots A and B, for comparisons. */
  snapshot(): readonly Slot[] {
    return this.slots.map(({ a, b }) => ({ a: a.slice(), b: b.slice() }));
  }

  restore(slots: readonly Slot[]): void {
    for (const [index, { a, b }] of slots.entries()) {
      this.slots[index]!.a.set(a);
      this.slots[index]!.b.set(b);
    }
    this.clear();
  }

  describe(): DeviceInformation {
    const setA = this.#judge("a");
    return {
      partName: "array",
      chipId: 0x450,
      layoutName: "array",
      productId: new Uint8Array(16).fill(0x11),
      policy: "copy",
      reason: this.reason,
      counterMin: setA.counter,
      limits: this.#options.limits,
      setA,
      setB: this.#judge("b"),
      slots: this.slots.map(({ a }, index) => ({
        core: `CM${7 - index}`,
        runAddress: 0x0800_0000 + index * 0x10_0000,
        stagingAddress: 0x0808_0000 + index * 0x10_0000,
        slotSizeBytes: a.length,
        digestStart: setA.state === "absent" ? new Uint8Array(16) : headerOf(a).slice(104, 120),
      })),
    };
  }

  /** Writes headers and commit words over whatever is there. */
  commitUnverified(): void {
    this.#commit(this.#staging ?? []);
  }

  report(): StagingReport {
    const setB = this.#judge("b");
    const isWhole = this.#staging === undefined && setB.state === "committed";
    return {
      state: this.#staging !== undefined ? "receiving" : isWhole ? "committed" : "idle",
      setA: this.#judge("a"),
      setB,
      stagedBytes: this.#staging?.map(({ stagedBytes }) => stagedBytes) ?? [],
    };
  }

  begin(headers: readonly Bytes[], { isForced }: { readonly isForced: boolean }): Step<readonly ResumePoint[]> {
    const code = this.refuses ?? this.#findFault(headers, isForced);
    if (code !== undefined) return { kind: "refused", code, busyMs: 0 };
    const isSame = this.#staging?.length === headers.length &&
      this.#staging.every(({ header }, index) => equalBytes(header, headers[index]!));
    if (!isSame) this.#staging = headers.map((header, index) => this.#newStaging(header, index));
    this.#cursor = 0;
    const points = this.#staging!.map(({ stagedBytes, isUnknown }): ResumePoint => ({
      state: stagedBytes > 0 ? "known" : isUnknown ? "unknown" : "blank",
      offset: stagedBytes,
    }));
    return { kind: "done", value: points, busyMs: 0 };
  }

  compare(image: number, { unitBytes, crcs }: PayloadChecksums): Step<number> {
    const staging = this.#staging?.[image];
    if (staging === undefined) return this.#refuse("not-begun", image);
    const { b } = this.slots[image]!;
    let agreedBytes = 0;
    for (const crc of crcs) {
      const end = Math.min(agreedBytes + unitBytes, staging.sizeBytes);
      if (end === agreedBytes || crc32(b.subarray(agreedBytes, end)) !== crc) break;
      agreedBytes = end;
    }
    const { sectorBytes } = this.#options;
    const beyondDoubt = agreedBytes === 0 ? 0 : Math.floor((agreedBytes - 1) / sectorBytes) * sectorBytes;
    staging.stagedBytes = Math.min(beyondDoubt, b.length - sectorBytes);
    staging.erasedEnd = staging.stagedBytes;
    staging.isUnknown = false;
    return { kind: "done", value: staging.stagedBytes, busyMs: 0 };
  }

  write(image: number, offset: number, bytes: Bytes): Step<undefined> {
    const staging = this.#staging?.[image];
    if (this.#staging === undefined) return this.#refuse("not-begun", image);
    if (staging === undefined) return this.#refuse("bad-image", image);
    const end = offset + bytes.length;
    if (offset !== staging.stagedBytes || end > staging.sizeBytes) return this.#refuse("bad-offset", image);
    const { erasedEnd } = staging;
    const busyMs = this.#eraseOneFor(image, roundUp(end, this.#options.unitBytes));
    if (busyMs !== undefined) return this.#working("erase", image, { doneBytes: erasedEnd, busyMs });
    return this.#program(image, offset, bytes);
  }

  clone(image: number): Step<undefined> {
    const staging = this.#staging?.[image];
    if (staging === undefined) return this.#refuse("not-begun", image);
    const { a } = this.slots[image]!;
    const isSame = this.#judge("a").state !== "absent" &&
      equalBytes(headerOf(a).subarray(104, 136), staging.header.subarray(104, 136));
    if (!isSame) return this.#refuse("clone-differs", image);
    const from = staging.stagedBytes;
    const end = Math.min(from + CHUNK_BYTES, staging.sizeBytes);
    if (from === end) return { kind: "done", value: undefined, busyMs: 0 };
    const busyMs = this.#eraseOneFor(image, end);
    if (busyMs !== undefined) return this.#working("erase", image, { doneBytes: staging.erasedEnd, busyMs });
    const step = this.#program(image, from, a.slice(from, end));
    return step.kind === "done" ? this.#working("clone", image, { doneBytes: end, busyMs: step.busyMs }) : step;
  }

  finish(): Step<undefined> {
    const staging = this.#staging;
    if (staging === undefined) return this.#refuse("not-begun");
    const lacking = staging.findIndex(({ stagedBytes, sizeBytes }) => stagedBytes < sizeBytes);
    if (lacking >= 0) return this.#refuse("incomplete", lacking);
    const image = this.#cursor++;
    if (image < staging.length) {
      const { sizeBytes, header } = staging[image]!;
      const { b } = this.slots[image]!;
      if (!equalBytes(sha256(b.subarray(0, sizeBytes)), header.subarray(104, 136))) {
        this.clear();
        return this.#refuse("verify-failed", image);
      }
      return this.#working("verify", image, { doneBytes: sizeBytes, busyMs: 0 });
    }
    return { kind: "done", value: undefined, busyMs: this.#commit(staging) };
  }

  #commit(staging: readonly Staging[]): number {
    let busyMs = 0;
    for (const [index, { header, isCommitErased }] of staging.entries()) {
      const { b } = this.slots[index]!;
      if (!isCommitErased) busyMs += this.#eraseCommitSector(index);
      b.set(header, b.length - TRAILER_BYTES);
      busyMs += this.#spend("program", this.#options.times?.programMs ?? 0);
    }
    for (const { b } of this.slots) {
      b.set(COMMIT_WORD, b.length - COMMIT_BYTES);
      busyMs += this.#spend("program", this.#options.times?.programMs ?? 0);
    }
    this.clear();
    return busyMs;
  }

  install(): Step<SetReport> {
    const [setA, setB] = [this.#judge("a"), this.#judge("b")];
    if (setB.state === "committed" && !equalBytes(setB.setId, setA.setId)) {
      for (const { a, b } of this.slots) a.set(b);
      return this.#working("install", undefined, { doneBytes: 0, busyMs: this.#spend("erase", 0) });
    }
    if (setA.state === "absent") return this.#refuse("nothing-to-boot");
    return { kind: "done", value: setA, busyMs: 0 };
  }

  abort(): void {
    this.clear();
  }

  get #erasedByte(): number {
    return this.#options.erasedByte ?? 0xff;
  }

  #newStaging(header: Bytes, index: number): Staging {
    const { b } = this.slots[index]!;
    return {
      header,
      sizeBytes: decodeCdcHeader(header)!.payloadSizeBytes,
      stagedBytes: 0,
      erasedEnd: 0,
      isCommitErased: false,
      isUnknown: b[0] !== this.#erasedByte || b[1] !== this.#erasedByte,
    };
  }

  #findFault(headers: readonly Bytes[], isForced: boolean): RefusalCode | undefined {
    const decoded = headers.map(decodeCdcHeader);
    if (decoded.some((header) => header === undefined)) return "bad-header";
    if (headers.length !== this.slots.length) return "bad-set";
    const [setA, setB] = [this.#judge("a"), this.#judge("b")];
    if (setA.state === "absent" && setB.state === "committed" && !isForced) return "repair-first";
    if (decoded.some((header) => header!.counter < setA.counter)) return "counter-too-low";
    const fits = (index: number) => decoded[index]!.payloadSizeBytes <= this.slots[index]!.b.length - TRAILER_BYTES;
    return headers.every((_, index) => fits(index)) ? undefined : "bad-header";
  }

  /** Erases what has to be erased next for bytes up to `end`; gives nothing when nothing has. */
  #eraseOneFor(image: number, end: number): number | undefined {
    const staging = this.#staging![image]!;
    const { b } = this.slots[image]!;
    if (!staging.isCommitErased) return this.#eraseCommitSector(image);
    const { sectorBytes } = this.#options;
    // The commit word's sector was erased first of all.
    if (staging.erasedEnd === b.length - sectorBytes) staging.erasedEnd = b.length;
    if (staging.erasedEnd >= end) return undefined;
    b.fill(this.#erasedByte, staging.erasedEnd, staging.erasedEnd + sectorBytes);
    staging.erasedEnd += sectorBytes;
    return this.#spend("erase", this.#options.times?.eraseMs ?? 0);
  }

  #eraseCommitSector(image: number): number {
    const { b } = this.slots[image]!;
    this.#staging![image]!.isCommitErased = true;
    b.fill(this.#erasedByte, b.length - this.#options.sectorBytes);
    return this.#spend("erase", this.#options.times?.eraseMs ?? 0);
  }

  #program(image: number, offset: number, bytes: Bytes): Step<undefined> {
    const { b } = this.slots[image]!;
    const { unitBytes, times } = this.#options;
    const target = b.subarray(offset, offset + bytes.length);
    if (target.some((byte) => byte !== this.#erasedByte)) return this.#refuse("flash-failed", image);
    target.set(bytes);
    this.#staging![image]!.stagedBytes += bytes.length;
    const unitCount = Math.ceil(bytes.length / unitBytes);
    return { kind: "done", value: undefined, busyMs: this.#spend("program", unitCount * (times?.programMs ?? 0)) };
  }

  #spend(kind: "erase" | "program", ms: number): number {
    const spentMs = ms + (this.#options.onOperation?.(this.operationCount, kind) ?? 0);
    this.operationCount++;
    this.busyMs += spentMs;
    return spentMs;
  }

  #working(
    phase: (typeof WORK_PHASES)[number],
    image: number | undefined,
    options: { readonly doneBytes: number; readonly busyMs: number },
  ): Step<never> {
    const totalBytes = image === undefined ? 0 : this.#staging?.[image]?.sizeBytes ?? 0;
    return {
      kind: "working",
      progress: { phase, doneBytes: options.doneBytes, totalBytes, ...image === undefined ? {} : { image } },
      busyMs: options.busyMs,
    };
  }

  #refuse(code: RefusalCode, image?: number): Step<never> {
    return { kind: "refused", code, busyMs: 0, ...image === undefined ? {} : { image } };
  }

  #judge(name: "a" | "b"): SetReport {
    return judgeSlots(this.slots.map((slot) => slot[name]));
  }
}
