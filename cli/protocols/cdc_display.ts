/**
 * How an update over CDC is shown while it runs, and what becomes of the device when it ends there.
 *
 * @module
 */

import { equalBytes } from "../../core/bytes.ts";
import type { ImageHeader } from "../../packager/header.ts";
import { formatVersion } from "../../packager/version.ts";
import type { DeviceInformation } from "../../protocols/cdc/device.ts";
import { CdcRefusedError } from "../../protocols/cdc/error.ts";
import { LinkTimeoutError } from "../../protocols/link/error.ts";
import type { DeliveryEvent } from "../../updates/cdc_delivery.ts";
import type { Conversation } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import { describeReason, describeSet } from "./cdc_words.ts";

const AGAIN = "Run the same command again: it goes on where it has ended";

/** The device answers, and nothing was said that changes it. */
const GREETED: Stage = {
  doing: "greeting the device",
  device: "Nothing on the device was changed",
  next: "Run the same command again",
};

/** From the first frame that may change the device, whose reply may be lost, to the commit words. */
function stagingOf({ policy, setA }: DeviceInformation): Stage {
  if (policy === "single") {
    const device = "The slot may hold a part of the update: the loader then starts nothing until all of it is there";
    return { doing: "writing the update", device, next: AGAIN };
  }
  const slotA = setA.state !== "absent"
    ? "What stands in slot A is untouched and starts at the next reset"
    : "The device has nothing to start, as before";
  const device = `${slotA}; slot B holds a part of the update at most, and is not committed`;
  return { doing: "staging the update", device, next: AGAIN };
}

/** Commit words are there. */
const COMMITTED: Stage = {
  doing: "installing the update",
  device: "The update is verified and committed in the device, which installs it at its next reset if it has not yet",
  next: AGAIN,
};

/** What is in slot A was verified. */
const INSTALLED: Stage = {
  doing: "restarting the device",
  device: "The update is installed, and starts at the next reset",
  next: "Reset the device",
};

/** Shows events, and notes what they mean for the device. */
export class CdcDisplay {
  readonly #conversation: Conversation;
  readonly #sizes: readonly number[];
  readonly #set: ImageHeader;
  #device: DeviceInformation | undefined;
  #hasBrought = false;
  /** Whether an attempt to bring it has ended before this one. */
  #mayHaveChanged = false;
  /** Whether it runs the update already. */
  #isThere = false;
  /** Until when the port is waited for; counts anew with every greeting. */
  #deadlineMs: number | undefined;

  /**
   * Shows nothing yet.
   *
   * @param conversation Where to.
   * @param headers The images that are brought.
   */
  constructor(conversation: Conversation, headers: readonly ImageHeader[]) {
    this.#conversation = conversation;
    this.#sizes = headers.map(({ payloadSizeBytes }) => payloadSizeBytes);
    this.#set = headers[0]!;
  }

  /** Whether the device was lost and has not answered since. */
  get isWaiting(): boolean {
    return this.#deadlineMs !== undefined;
  }

  /**
   * Shows an event.
   *
   * @param event The event.
   */
  show(event: DeliveryEvent): void {
    const { progress, reportStage } = this.#conversation;
    const totalBytes = sumOf(this.#sizes);
    switch (event.kind) {
      case "connected":
        return this.#showDevice(event.device);
      case "progress":
        return this.#showProgress(event);
      case "repeated":
        return;
      case "restarted":
        this.#mayHaveChanged = true;
        return progress.say(`beginning anew: ${event.error instanceof Error ? event.error.message : event.error}`);
      case "committed":
        if (this.#isThere) return;
        reportStage(COMMITTED);
        if (this.#hasBrought) progress.update("verify", { doneBytes: totalBytes, totalBytes });
        return progress.reportStart("install");
      case "installed":
        reportStage(INSTALLED);
        if (this.#isThere) return;
        return progress.update("install", { doneBytes: totalBytes, totalBytes });
      case "restarting":
        return progress.say(`version ${formatVersion(this.#set.version)} is installed: the device restarts`);
    }
  }

  /**
   * Notes that the device was not changed, where what ended it is that it refused to begin.
   *
   * @param error What ended it.
   */
  reportEnd(error: unknown): void {
    const isRefused = error instanceof CdcRefusedError && error.command === "begin";
    if (isRefused && !this.#mayHaveChanged) this.#conversation.reportStage(GREETED);
  }

  /**
   * Says that the port has gone, and how long it is waited for.
   *
   * @param lost What ended the last attempt.
   * @param waitMs How long a cable may be out.
   * @returns Until when, on the clock of `performance.now()`; nothing when that is over.
   */
  reportLoss(lost: unknown, waitMs: number): number | undefined {
    const nowMs = performance.now();
    const isNew = this.#deadlineMs === undefined;
    this.#deadlineMs ??= nowMs + waitMs;
    if (nowMs >= this.#deadlineMs) return undefined;
    const { progress } = this.#conversation;
    const what = lost instanceof LinkTimeoutError ? "the device has fallen silent" : "the port has gone";
    if (isNew) progress.say(`${what}: waiting up to ${Math.round(waitMs / 1000)} s for it to come back`);
    return this.#deadlineMs;
  }

  #showDevice(device: DeviceInformation): void {
    const { progress, reportStage } = this.#conversation;
    const isBack = this.#device !== undefined;
    this.#device = device;
    this.#isThere = device.setA.state === "committed" && equalBytes(device.setA.setId, this.#set.setId);
    this.#deadlineMs = undefined;
    if (isBack) {
      this.#mayHaveChanged = true;
      progress.forget();
      return progress.say("the device is back: going on");
    }
    reportStage(this.#isThere ? GREETED : stagingOf(device));
    const { partName, layoutName, policy, setA, setB, reason } = device;
    progress.say(`connected to ${partName}, layout ${layoutName}: ${describeReason(reason)}`);
    const sets = policy === "single" ? `its slot: ${describeSet(setA)}` : `slot A: ${describeSet(setA)}`;
    progress.say(policy === "single" ? sets : `${sets}; slot B: ${describeSet(setB)}`);
  }

  /** What the device says of a task counts by image; a single sector that it erases is told by name only. */
  #showProgress(event: Extract<DeliveryEvent, { readonly kind: "progress" }>): void {
    const { progress, reportStage } = this.#conversation;
    const { task, image, doneBytes, totalBytes } = event;
    if (task !== "install" && task !== "verify") {
      this.#hasBrought = true;
      reportStage(stagingOf(this.#device!));
    }
    if (task === "transfer") {
      progress.update(task, { doneBytes, totalBytes });
      if (doneBytes >= totalBytes) progress.reportStart("verify");
      return;
    }
    if (image === undefined || totalBytes !== this.#sizes[image]) return progress.reportStart(task);
    const [before, all] = task === "clone" ? [0, totalBytes] : [sumOf(this.#sizes.slice(0, image)), sumOf(this.#sizes)];
    // The end is told by the event that comes with it.
    const isEnd = before + doneBytes >= all && task !== "clone";
    if (!isEnd) progress.update(task, { doneBytes: before + doneBytes, totalBytes: all });
  }
}

function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
