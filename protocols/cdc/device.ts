/**
 * What the target end of the protocol asks of the loader it stands in. The emulator's loader implements it; a test may with
 * an array.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { BootReason, RefusalCode, SetState } from "./constants.ts";

/** What the device is doing while the host waits. */
export type WorkPhase = "erase" | "write" | "clone" | "verify" | "install";

/** How far it is. */
export interface WorkProgress {
  /** What it is doing. */
  readonly phase: WorkPhase;
  /** Index of the image it is doing it to; left out when it is about none or all. */
  readonly image?: number | undefined;
  /** Bytes of the slot or the payload that are done. */
  readonly doneBytes: number;
  /** Bytes there are to do. */
  readonly totalBytes: number;
}

/**
 * One step of an operation: what a main loop does between two looks at its port.
 *
 * A step takes no longer than one flash operation that cannot be broken up, or a few ten milliseconds. `busyMs` is how
 * long the CPU could do nothing else; the target sleeps for that time before it says or hears anything.
 *
 * @typeParam T What the operation ends with.
 */
export type Step<T> =
  /** It is done. */
  | { readonly kind: "done"; readonly value: T; readonly busyMs: number }
  /** There is more to do: call the same method with the same arguments again. */
  | { readonly kind: "working"; readonly progress: WorkProgress; readonly busyMs: number }
  /** It is not done, and will not be. Nothing is half done except what the code's description says. */
  | {
    readonly kind: "refused";
    /** Why not. */
    readonly code: RefusalCode;
    /** Index of the image that is at fault; left out when it is none or all. */
    readonly image?: number | undefined;
    readonly busyMs: number;
  };

/** A release number. */
export interface ReleaseNumber {
  /** 0 to 65535. */
  readonly major: number;
  /** 0 to 65535. */
  readonly minor: number;
  /** 0 to 65535. */
  readonly patch: number;
  /** 0 to 4294967295. */
  readonly build: number;
}

/** A set of images as the loader found it in its slots. */
export interface SetReport {
  /** Whether there is one, and whether its commit words are there. All else is zero when it is `absent`. */
  readonly state: SetState;
  /** Its version. */
  readonly version: ReleaseNumber;
  /** Its security counter. */
  readonly counter: number;
  /** Its set id, 16 bytes. */
  readonly setId: Bytes;
}

/** One core's slots, and what runs in them. */
export interface SlotReport {
  /** Core tag, at most four characters of ASCII. */
  readonly core: string;
  /** Absolute address of slot A. */
  readonly runAddress: number;
  /** Absolute address of slot B; that of slot A where there is one slot only. */
  readonly stagingAddress: number;
  /** Size of each slot. */
  readonly slotSizeBytes: number;
  /** The first 16 bytes of the payload digest in the header of slot A; zeros when set A is `absent`. */
  readonly digestStart: Bytes;
}

/** What the device can hold, and how long it can be silent. */
export interface DeviceLimits {
  /** Largest number of bytes in one data frame: 256 for each image or more, at most 32768, a multiple of 32. */
  readonly dataSizeMax: number;
  /** Frames that it can hold at once, the one it works on among them: 1 to 64. */
  readonly window: number;
  /**
   * The longest time for which it says nothing although it was asked, in milliseconds, 1 to 65535: the longest step at its
   * slowest, and 200 ms for the steps before it that were too short for a notice.
   */
  readonly silenceMs: number;
}

/** What the device says of itself when it is greeted. */
export interface DeviceInformation {
  /** Name of the part, at most 16 characters of ASCII. */
  readonly partName: string;
  /** Product id that its boot ROM reports. */
  readonly chipId: number;
  /** Name of the layout, at most 16 characters of ASCII. */
  readonly layoutName: string;
  /** Product id, 16 bytes. */
  readonly productId: Bytes;
  /** `copy` for slots A and B, `single` for one slot. */
  readonly policy: "copy" | "single";
  /** Why the loader runs and not the application. */
  readonly reason: BootReason;
  /** The least security counter that it takes. */
  readonly counterMin: number;
  /** What it can hold. */
  readonly limits: DeviceLimits;
  /** The set that runs. */
  readonly setA: SetReport;
  /** The set that was staged; the same as set A under policy `single`. */
  readonly setB: SetReport;
  /** The slots of each core, in index order. */
  readonly slots: readonly SlotReport[];
}

/** What the device does between commands. */
export type StagingState =
  /** Nothing was begun. */
  | "idle"
  /** A set was begun and is not whole. */
  | "receiving"
  /** A set is verified in flash and committed. */
  | "committed";

/** How far staging is. */
export interface StagingReport {
  /** What was begun. */
  readonly state: StagingState;
  /** The set that runs. */
  readonly setA: SetReport;
  /** The set that was staged. */
  readonly setB: SetReport;
  /** Bytes of each image's payload that are in flash, in index order; empty when idle. */
  readonly stagedBytes: readonly number[];
}

/** Where an image's payload goes on. */
export interface ResumePoint {
  /**
   * - `blank`: nothing of it is there;
   * - `unknown`: something is in the slot that may be its beginning: `compare` tells;
   * - `known`: the bytes before `offset` are in flash and were read back, by this loader and since its last reset.
   */
  readonly state: "blank" | "unknown" | "known";
  /** The byte with which the host goes on, 0 unless `known`; the size of the payload when it is complete. */
  readonly offset: number;
}

/** CRCs of a payload, unit by unit, as the host has it. */
export interface PayloadChecksums {
  /** Bytes in each unit, 256 or more, a power of two; the last unit ends with the payload. */
  readonly unitBytes: number;
  /** CRC-32 of each unit, from the first byte of the payload on. */
  readonly crcs: readonly number[];
}

/**
 * A loader, as the target end sees it.
 *
 * `begin`, `compare`, `write`, `clone`, `finish`, `install` go step by step. Any of them may be broken off after a step: by
 * `begin` or `abort`. Slots are indexed as images are in the set. A cut of the power is an error that the emulated flash
 * throws through these methods, and nobody here catches it.
 */
export interface CdcDevice {
  /** Says what it is, what it holds and why it is there. Called at each hello. */
  describe(): DeviceInformation;
  /** Says how far staging is. */
  report(): StagingReport;
  /**
   * Begins a set, or goes on with it: when the headers are, byte for byte, those of the set that was begun before, what was
   * staged since the last reset is kept.
   *
   * It checks all headers, the set and the state of both sets before anything in flash is changed; a refusal has changed
   * nothing, staging that was begun before included.
   *
   * @param headers All image headers of the set, 256 bytes each, in index order.
   * @param options `isForced`: the host says that slot B may be erased although it holds the last valid set, or a copy
   *   that has to be finished first.
   * @returns Where each image goes on.
   */
  begin(headers: readonly Bytes[], options: { readonly isForced: boolean }): Step<readonly ResumePoint[]>;
  /**
   * Compares what is in an image's slot with the host's checksums, and keeps the longest prefix of whole sectors that agree
   * and are beyond doubt: the sector of the last byte that agrees may have a torn word, and is erased again, as is the
   * sector of the commit word.
   *
   * @param image Index of the image; its resume point was `unknown`.
   * @param checksums The host's.
   * @returns The byte with which the host goes on: 0, or the start of a sector.
   */
  compare(image: number, checksums: PayloadChecksums): Step<number>;
  /**
   * Writes bytes of a payload to flash and reads them back. It erases what has to be erased, the sector of the commit word
   * first of all.
   *
   * @param image Index of the image.
   * @param offset Offset into the payload: the number of bytes that are there.
   * @param bytes The bytes; a multiple of 32 of them, unless the payload ends with them. Not to be kept.
   * @returns Nothing. It refuses with `not-begun`, `bad-image` and `bad-offset` what does not follow from what was begun.
   */
  write(image: number, offset: number, bytes: Bytes): Step<undefined>;
  /**
   * Copies the payload of slot A to slot B, or the rest of it, and checks it against the digest in the header that was
   * begun. Refused with `clone-differs` before anything is written when the header of slot A has another digest.
   *
   * @param image Index of the image.
   * @returns Nothing.
   */
  clone(image: number): Step<undefined>;
  /**
   * Verifies every payload in flash, writes the headers, reads everything back, then writes the commit words.
   *
   * @returns Nothing: the set is verified in flash and committed.
   */
  finish(): Step<undefined>;
  /**
   * Installs set B if there is something to install, verifies set A, and says what starts at the next reset or boot.
   *
   * @returns Set A.
   */
  install(): Step<SetReport>;
  /** Forgets what was begun. Flash stays as it is; slot B is not committed unless it was finished. */
  abort(): void;
}

/** How a conversation ends: the chip resets, or the loader starts the application that it has verified. */
export type CdcExit = { readonly kind: "reset" } | { readonly kind: "boot" };
