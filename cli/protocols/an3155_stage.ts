/**
 * `coreslot flash update.cslot --protocol an3155`: an update into the slots where updates go, through the boot ROM.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { SetJudgement } from "../../packager/slots/judge_set.ts";
import { formatVersion } from "../../packager/version.ts";
import { BootRomError } from "../../protocols/an3155/error.ts";
import type { SessionEvent } from "../../protocols/an3155/line.ts";
import { UpdateError } from "../../updates/error.ts";
import { type StagedUpdate, stageUpdate, type StageUpdateOptions } from "../../updates/stage_update.ts";
import { stagingOf } from "../../updates/staging.ts";
import type { Conversation, Talk } from "../conversation.ts";
import { type Fact, formatFacts, formatSize, type Report } from "../report.ts";
import { describePart, READING, watch } from "./an3155_session.ts";
import { type FlashStages, followStages } from "./an3155_stages.ts";
import { checkUpdate, UNVERIFIED_NOTE } from "./check_update.ts";
import { refuseFirmwareOptions } from "./firmware_options.ts";
import type { FlashOptions, FlashSource, TargetOptions } from "./protocol.ts";

const NEXT_TRY = "Run the same command again: it erases and writes anew";

const OTHER_SLOT = ", and with two slots the application in slot A is as it was";

/** Only what receives is touched. */
const STAGES = {
  erase: {
    doing: "erasing",
    device: `The device stays in its boot ROM; the slots that receive are erased or half erased${OTHER_SLOT}`,
  },
  write: {
    doing: "staging the update",
    device: "The device stays in its boot ROM; the slots that receive hold a part of the update without commit words" +
      OTHER_SLOT,
    next: NEXT_TRY,
  },
  verify: {
    doing: "verifying",
    device: "The device stays in its boot ROM; not all of the update was read back, and its commit words, which come " +
      `after that, are not there${OTHER_SLOT}`,
    next: NEXT_TRY,
  },
  commit: {
    doing: "writing the commit words",
    device: "The device stays in its boot ROM; the update is written, and commit words are there or not: with all of " +
      "them its loader installs it",
    next: NEXT_TRY,
  },
  confirm: {
    doing: "verifying",
    device: "The device stays in its boot ROM; the update was written with its commit words, and not all of it read " +
      "back",
    next: NEXT_TRY,
  },
} as const satisfies FlashStages;

/** How the loader comes to see it. */
const NEXT = "set BOOT0 low and reset the device: its loader verifies the update and installs it";
const LEFT = "the device was reset as --enter or --leave says: its loader verifies the update and installs it";

/**
 * Checks an update, and says how to stage it.
 *
 * @param source The update.
 * @param options The part, keys and layout.
 * @returns The conversation. It fails with an {@linkcode UpdateError} when the update may not go onto the device.
 * @throws {UsageError} When an option is for firmware.
 * @throws {FileContentError} When the update is damaged, not to be trusted, or for another layout.
 */
export async function prepareStaging(source: FlashSource, options: FlashOptions): Promise<Talk<Report>> {
  refuseFirmwareOptions("flash", source, options);
  const { isVerified, layout } = await checkUpdate(source, options.update, (layout) => stagingOf(source.bytes, layout));
  return async (conversation) => {
    if (!isVerified) conversation.progress.say(UNVERIFIED_NOTE);
    const { part, trustPart, bankMode, verifies: verify, sendAhead } = options;
    const staged = await stage(conversation, source, {
      ...{ part, trustPart, bankMode, verify, sendAhead, layout, force: options.update?.isForced },
      observer: watch(conversation, options),
    });
    return describeStaged(source, staged, { ...options, isVerified, leaves: conversation.leaves });
  };
}

async function stage(
  conversation: Conversation,
  source: FlashSource,
  options: StageUpdateOptions,
): Promise<StagedUpdate> {
  const follow = followStages(conversation, STAGES);
  const observer = (event: SessionEvent) => {
    if (event.kind === "connected") conversation.reportStage(READING);
    follow(event);
    // The headers of the slots: too little to tell of.
    if (event.kind !== "progress" || event.task !== "read") options.observer?.(event);
  };
  try {
    return await conversation.run((link) => stageUpdate(link, source.bytes, { ...options, observer }));
  } catch (error) {
    // Thrown before the first erase.
    if (error instanceof UpdateError || error instanceof BootRomError) conversation.reportStage(READING);
    throw error;
  }
}

function describeStaged(
  source: FlashSource,
  staged: StagedUpdate,
  options: TargetOptions & { readonly isVerified: boolean; readonly leaves: boolean },
): Report {
  const { policy, images, before, warnings, flash } = staged;
  const { isVerified, leaves } = options;
  const place = policy === "single" ? "the slot" : "slot B";
  const facts: Fact[] = [
    ["staged", `${source.path}${isVerified ? ", verified" : ", not verified here"}`],
    ["part", describePart(flash.part, options)],
    ...images.map(({ core, addressStart, sizeBytes }): Fact => [
      core,
      `${formatSize(sizeBytes)} in ${place} at ${formatAddress(addressStart)}`,
    ]),
    [
      "before",
      policy === "single" ? describeSet(before.a) : `A: ${describeSet(before.a)}; B: ${describeSet(before.b)}`,
    ],
    ["read back", flash.verifiedBytes > 0 ? formatSize(flash.verifiedBytes) : "no: --no-verify was given"],
    ["next", leaves ? LEFT : NEXT],
    ...warnings.map((warning): Fact => ["forced", `although ${warning.replace("Cannot stage the update: ", "")}`]),
  ];
  return {
    data: {
      file: source.path,
      outcome: staged.kind,
      isVerified,
      policy,
      images: images.map((image) => ({ ...image, addressStart: formatAddress(image.addressStart) })),
      before: { a: describeSet(before.a), b: describeSet(before.b) },
      warnings,
      flash: { ...flash, part: flash.part.name },
    },
    lines: (style) => formatFacts(facts, style),
  };
}

/** What stood in the slots, in words. */
function describeSet(set: SetJudgement): string {
  if (set.kind === "none") return `no set, ${set.problem.text}`;
  const version = formatVersion(set.headers[0]!.version);
  return set.commitProblem === undefined ? `${version}, committed` : `${version}, not committed`;
}
