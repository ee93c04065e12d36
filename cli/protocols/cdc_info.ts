/**
 * `coreslot info --protocol cdc`: what a device with a slot loader says of itself.
 *
 * @module
 */

import { formatAddress, formatHex } from "../../core/hex.ts";
import type { DeviceInformation } from "../../protocols/cdc/device.ts";
import { openSession } from "../../protocols/cdc/host.ts";
import type { Conversation } from "../conversation.ts";
import { type Fact, formatArea, formatFacts, formatSize, formatUuid, type Report } from "../report.ts";
import { drawSessionId } from "../session_id.ts";
import { describeReason, describeSet, toJsonSet } from "./cdc_words.ts";

/**
 * Asks a device what it is.
 *
 * A loader that has stayed only because it was spoken to is reset afterwards, so that the application runs again.
 *
 * @param conversation The conversation.
 * @returns The report.
 */
export async function readInformation(conversation: Conversation): Promise<Report> {
  const { device, isReset } = await conversation.run(function* (link) {
    const session = yield* openSession(link, { sessionId: drawSessionId() });
    const isReset = session.device.reason === "listening";
    if (isReset) yield* session.reset();
    return { device: session.device, isReset };
  });
  return {
    data: toJson(device),
    summary: `${device.partName}, ${describeSet(device.setA)}`,
    lines: (style) => formatFacts(listFacts(device, isReset), style),
  };
}

function listFacts(device: DeviceInformation, isReset: boolean): Fact[] {
  const { partName, chipId, layoutName, policy, productId, reason, counterMin, limits, setA, setB, slots } = device;
  const isSingle = policy === "single";
  return [
    ["part", `${partName}, chip id ${formatChipId(chipId)}`],
    ["layout", `${layoutName}, policy ${policy}`],
    ["product", formatUuid(formatHex(productId))],
    ...isSingle
      ? [["set", describeSet(setA)] as const]
      : [["slot A", describeSet(setA)] as const, ["slot B", describeSet(setB)] as const],
    ...slots.map(({ core, runAddress, stagingAddress, slotSizeBytes }): Fact => {
      const places = isSingle
        ? `at ${formatAddress(runAddress)}`
        : `A at ${formatAddress(runAddress)}, B at ${formatAddress(stagingAddress)}`;
      return [core, `${formatArea(slotSizeBytes)}, ${places}`];
    }),
    ["counter", `${Math.max(counterMin, setA.counter)} or higher is taken`],
    ["loader", `it runs, for ${describeReason(reason)}`],
    [
      "limits",
      `${limits.window} frames of ${formatSize(limits.dataSizeMax)}; ` +
      `it may be silent for ${(limits.silenceMs / 1000).toFixed(1)} s`,
    ],
    ["next", isReset ? "it was reset, and starts its application if it has one" : undefined],
  ];
}

function toJson(device: DeviceInformation): Record<string, unknown> {
  const { partName, chipId, layoutName, productId, setA, setB, slots, ...rest } = device;
  return {
    part: partName,
    layout: layoutName,
    chipId: formatChipId(chipId),
    productId: formatUuid(formatHex(productId)),
    ...rest,
    setA: toJsonSet(setA),
    setB: toJsonSet(setB),
    slots: slots.map(({ core, runAddress, stagingAddress, slotSizeBytes, digestStart }) => ({
      core,
      runAddress: formatAddress(runAddress),
      stagingAddress: formatAddress(stagingAddress),
      slotSizeBytes,
      payloadDigestStart: formatHex(digestStart),
    })),
  };
}

function formatChipId(chipId: number): string {
  return `0x${chipId.toString(16).toUpperCase()}`;
}
