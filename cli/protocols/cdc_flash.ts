/**
 * `coreslot flash update.cslot --protocol cdc`: an update onto a device with a slot loader, through unplugged cables.
 *
 * @module
 */

import { formatHex } from "../../core/hex.ts";
import { SYSTEM_CLOCK } from "../../ports/clock.ts";
import { formatVersion } from "../../packager/version.ts";
import type { ImageDelivery } from "../../protocols/cdc/update.ts";
import { CdcDelivery, type DeliveryReport } from "../../updates/cdc_delivery.ts";
import { type CdcUpdate, cdcUpdateOf } from "../../updates/cdc_update.ts";
import { deliverOverCdc } from "../../updates/deliver_over_cdc.ts";
import type { Conversation, Talk } from "../conversation.ts";
import { isUpdate } from "../flash_source.ts";
import { type Fact, formatFacts, formatSize, groupDigits, type Report } from "../report.ts";
import { drawSessionId } from "../session_id.ts";
import { UsageError } from "../usage_error.ts";
import { CdcDisplay } from "./cdc_display.ts";
import { describeSet, toJsonSet } from "./cdc_words.ts";
import { checkUpdate, UNVERIFIED_NOTE } from "./check_update.ts";
import type { FlashOptions, FlashSource } from "./protocol.ts";

/** How long a cable may be out where nobody says. */
const WAIT_MS_DEFAULT = 60_000;

/** How long a device may take to restart. It has the update by then. */
const RESTART_MS_MAX = 15_000;

/** How long to leave a port alone that was open and nobody spoke on it. */
const BACK_AND_GONE_MS = 200;

/**
 * Checks an update, and says how to bring it onto a device.
 *
 * @param source The update.
 * @param options Keys, layout, and how long to wait for a port that has gone.
 * @returns The conversation.
 * @throws {UsageError} When the file is firmware.
 * @throws {FileContentError} When the update is damaged, not to be trusted, or for another layout.
 */
export async function prepareUpdate(source: FlashSource, options: FlashOptions): Promise<Talk<Report>> {
  if (!isUpdate(source.bytes)) {
    throw new UsageError(
      "bad-value",
      `Cannot run flash: ${source.path} is no update, and cdc carries nothing else`,
      "Pack the firmware of every core with coreslot pack",
    );
  }
  let update: CdcUpdate | undefined;
  const { isVerified } = await checkUpdate(source, options.update, (layout) => {
    update = cdcUpdateOf(source.bytes, layout);
  });
  return async (conversation) => {
    if (!isVerified) conversation.progress.say(UNVERIFIED_NOTE);
    const report = await deliver(conversation, update!, options);
    return describeDelivery(source, update!, { report, isVerified });
  };
}

async function deliver(conversation: Conversation, update: CdcUpdate, options: FlashOptions): Promise<DeliveryReport> {
  const { waitMs = WAIT_MS_DEFAULT } = options;
  const display = new CdcDisplay(conversation, update.headers);
  const { isForced } = options.update ?? {};
  const delivery = new CdcDelivery({ update, drawSessionId, isForced, observer: (event) => display.show(event) });
  try {
    return await deliverOverCdc(delivery, {
      run: (start) => conversation.run(start),
      reopen: async (lost) => {
        const isBackAndGone = display.isWaiting;
        const deadlineMs = display.reportLoss(lost, delivery.isInstalled ? Math.min(waitMs, RESTART_MS_MAX) : waitMs);
        if (deadlineMs === undefined) return false;
        if (isBackAndGone) await SYSTEM_CLOCK.sleep(BACK_AND_GONE_MS);
        return await conversation.reopen(deadlineMs, { isDone: delivery.isInstalled });
      },
    });
  } catch (error) {
    display.reportEnd(error);
    throw error;
  }
}

interface Delivered {
  readonly report: DeliveryReport;
  readonly isVerified: boolean;
}

function describeDelivery(source: FlashSource, update: CdcUpdate, delivered: Delivered): Report {
  const { report, isVerified } = delivered;
  const { device, outcome, deliveries, sentBytes, attemptCount, recoveryCount, booted, isAskedAfterRestart } = report;
  const images = update.headers.flatMap(({ core, payloadSizeBytes }, index) => {
    const delivery = deliveries[index];
    return delivery === undefined ? [] : [{ core, sizeBytes: payloadSizeBytes, ...delivery }];
  });
  const version = formatVersion(booted.version);
  const cores = update.headers.map(({ core }) => `${core} ${version}`).join(" and ");
  const facts: Fact[] = [
    [outcome, `${source.path}${isVerified ? ", verified" : ", not verified here"}`],
    ["device", `${device.partName}, layout ${device.layoutName}`],
    ["before", describeSet(device.setA)],
    ...images.map((image): Fact => [image.core, describeImage(image)]),
    ["sent", `${formatSize(sentBytes)}${attemptCount > 1 ? ` confirmed, in ${attemptCount} attempts` : ""}`],
    ["recovered", recoveryCount === 0 ? undefined : `${groupDigits(recoveryCount)} times from a disturbed line`],
    ["runs", `${cores}, ${isAskedAfterRestart ? "as it says after its restart" : "as it said before it started"}`],
    ["set", formatHex(booted.setId)],
  ];
  return {
    data: {
      file: source.path,
      outcome,
      isVerified,
      part: device.partName,
      layout: device.layoutName,
      reason: device.reason,
      before: { a: toJsonSet(device.setA), b: toJsonSet(device.setB) },
      images,
      sentBytes,
      attemptCount,
      recoveryCount,
      booted: toJsonSet(booted),
      isAskedAfterRestart,
    },
    lines: (style) => formatFacts(facts, style),
  };
}

function describeImage({ how, sizeBytes, sentBytes }: ImageDelivery & { readonly sizeBytes: number }): string {
  if (how === "cloned") return `${formatSize(sizeBytes)}, unchanged: the device copied them from slot A`;
  if (how === "kept") return `${formatSize(sizeBytes)}, there already`;
  if (sentBytes === sizeBytes) return `${formatSize(sizeBytes)} sent`;
  return `${formatSize(sizeBytes)}, the last ${groupDigits(sentBytes)} sent in the last attempt`;
}
