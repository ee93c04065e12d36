/**
 * What happens in an update, for progress bars and logs.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { DeviceInformation, SetReport, WorkProgress } from "./device.ts";
import type { SessionObserver } from "./host.ts";

/** What an update is doing: the device's word for it, and `transfer` for bytes that are in flash and were read back. */
export type UpdateTask = "erase" | "transfer" | "clone" | "verify" | "install";

/** What happens in an update. */
export type UpdateEvent =
  /** The device answers. */
  | { readonly kind: "connected"; readonly device: DeviceInformation }
  /** Bytes done of a task. */
  | {
    readonly kind: "progress";
    /** The task. */
    readonly task: UpdateTask;
    /** Index of the image; left out when it is about all of them. */
    readonly image?: number | undefined;
    /** Bytes done so far. */
    readonly doneBytes: number;
    /** Bytes in all. */
    readonly totalBytes: number;
  }
  /** Something was lost on the wire, and was sent again. */
  | { readonly kind: "repeated"; readonly reason: "timeout" | "gap" }
  /** The device was reset, or its flash did not take something: the update begins anew. */
  | { readonly kind: "restarted"; readonly error: unknown }
  /**
   * The set is verified in flash and committed: whatever is lost from here on, the device installs it at its next reset.
   */
  | { readonly kind: "committed" }
  /** The device has installed a set and reports it. */
  | { readonly kind: "installed"; readonly set: SetReport };

/** Counts, and tells the observer. */
export class UpdateProgress implements SessionObserver {
  readonly #observer: ((event: UpdateEvent) => void) | undefined;
  #doneBytes = 0;
  #totalBytes = 0;
  #recoveryCount = 0;

  /**
   * Begins at nothing.
   *
   * @param observer Who is told.
   */
  constructor(observer: ((event: UpdateEvent) => void) | undefined) {
    this.#observer = observer;
  }

  /** How often something had to be done again. */
  get recoveryCount(): number {
    return this.#recoveryCount;
  }

  /** The device answers. */
  reportConnection(device: DeviceInformation): void {
    this.#observer?.({ kind: "connected", device });
  }

  /** This many bytes are about to be sent. */
  reportTransfer(totalBytes: number): void {
    this.#doneBytes = 0;
    this.#totalBytes = totalBytes;
  }

  /** Data of this many bytes are in flash. */
  onStored(sizeBytes: number): void {
    this.#doneBytes += sizeBytes;
    const [doneBytes, totalBytes] = [this.#doneBytes, this.#totalBytes];
    this.#observer?.({ kind: "progress", task: "transfer", doneBytes, totalBytes });
  }

  /** The device is at work; of its writing the host knows more than it says. */
  onWork({ phase, ...rest }: WorkProgress): void {
    if (phase !== "write") this.#observer?.({ kind: "progress", task: phase, ...rest });
  }

  /** Frames were sent again. */
  onRepeat(reason: "timeout" | "gap"): void {
    this.#recoveryCount++;
    this.#observer?.({ kind: "repeated", reason });
  }

  /** The update begins anew. */
  reportRestart(error: unknown): void {
    this.#recoveryCount++;
    this.#observer?.({ kind: "restarted", error });
  }

  /** The set is verified in flash and committed. */
  reportCommit(): void {
    this.#observer?.({ kind: "committed" });
  }

  /** The device reports what it has installed. */
  reportInstallation(set: SetReport): void {
    this.#observer?.({ kind: "installed", set });
  }
}
