/**
 * `coreslot flash --protocol cdc7`: firmware to a loader that compares a checksum, and starts it.
 *
 * @module
 */

import { type Cdc7Event, type Cdc7Result, flashOverCdc7 } from "../../protocols/cdc7/host.ts";
import type { Conversation, Talk } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import { type Fact, formatFacts, formatSize, groupDigits, type Report } from "../report.ts";
import { type Application, APPLICATION_RANGE, readApplication } from "./cdc7_application.ts";
import type { FlashSource } from "./protocol.ts";

const NEXT = "Run the same command again: the loader erases and takes all of it anew";

/** What the device is in while each task goes on. */
const STAGES = {
  ask: {
    doing: "waiting for the device to take the download",
    device: "Nothing on the device was changed, unless it heard the command and its answer was lost: then it erases",
    next: "Bring the device into its loader, and check that this is its port; then run the same command again",
  },
  erase: {
    doing: "erasing",
    device: "The device stays in its loader; its application is erased or half erased",
    next: NEXT,
  },
  write: {
    doing: "writing",
    device:
      "The device stays in its loader as long as it is not reset; it holds a part of the application, and would " +
      "start it: it looks at the first word only",
    next: NEXT,
  },
  compare: {
    doing: "waiting until the device has compared the checksum",
    device:
      "Every packet was taken; the device starts the application when its checksum is right, and erases it when not",
    next: "If the application does not run, bring the device into its loader and run the same command again",
  },
} as const satisfies Readonly<Record<string, Stage>>;

/** What everybody should know who uses such a loader. */
const UNSIGNED_NOTE = "this loader verifies no signature, and may start half an application after a power cut";

/**
 * Reads a firmware file, and says how to flash it.
 *
 * @param source The file.
 * @returns The conversation.
 * @throws {UsageError} When it is an update.
 * @throws {FileContentError} When it is damaged, or no application for this loader.
 */
export async function prepareFlash(source: FlashSource): Promise<Talk<Report>> {
  const application = await readApplication(source, "flash");
  return async (conversation) => {
    conversation.reportStage(STAGES.ask);
    const observer = (event: Cdc7Event) => show(conversation, event);
    const result = await conversation.run((link) => flashOverCdc7(link, application.payload, { observer }));
    return describeFlash(source, application, result);
  };
}

function show(conversation: Conversation, event: Cdc7Event): void {
  const { progress } = conversation;
  switch (event.kind) {
    case "erasing":
      conversation.reportStage(STAGES.erase);
      return progress.reportStart("erase");
    case "progress":
      conversation.reportStage(event.doneBytes < event.totalBytes ? STAGES.write : STAGES.compare);
      return progress.update("write", event);
    case "repeated":
      return progress.say(`packet ${event.packet} did not arrive whole: sending it again`);
    case "settling":
      return progress.say(
        "no answer that fits: waiting until the loader is done with what it was told before, " +
          `${event.withinMs / 1000} s at least and mostly no more than three times that`,
      );
    case "restarted":
      progress.forget();
      conversation.reportStage(STAGES.ask);
      return progress.say(`the download failed and begins anew: ${messageOf(event.error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeFlash(source: FlashSource, { payload, notes }: Application, result: Cdc7Result): Report {
  const { packetCount, restartCount } = result;
  const all = [...notes, UNSIGNED_NOTE];
  const facts: Fact[] = [
    ["flashed", source.path],
    ["written", `${formatSize(payload.length)} in ${groupDigits(packetCount)} packets`],
    ["verified", "by the device, which compared a checksum over all packets"],
    ["erased", `${APPLICATION_RANGE}, all that this loader can erase`],
    ["restarted", restartCount === 0 ? undefined : restartCount === 1 ? "once" : `${restartCount} times`],
    ["next", "the device says that it starts the application"],
    ...all.map((note): Fact => ["note", note]),
  ];
  return {
    data: { file: source.path, sizeBytes: payload.length, ...result, notes: all },
    lines: (style) => formatFacts(facts, style),
  };
}
