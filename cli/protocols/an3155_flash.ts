/**
 * `coreslot flash --protocol an3155`: firmware into flash through the boot ROM.
 *
 * @module
 */

import type { MemoryImage } from "../../core/memory_image.ts";
import type { Part } from "../../core/parts/part.ts";
import { flashImage, type FlashResult } from "../../protocols/an3155/flash_image.ts";
import { connect } from "../../protocols/an3155/session.ts";
import type { Conversation, Talk } from "../conversation.ts";
import { isUpdate } from "../flash_source.ts";
import { type Fact, formatFacts, formatSize, type Report } from "../report.ts";
import { cropToFlash } from "./an3155_crop.ts";
import { describeGo } from "./an3155_go.ts";
import { describePart, watch } from "./an3155_session.ts";
import { type FlashStages, followStages } from "./an3155_stages.ts";
import { refuseUpdateOptions } from "./firmware_options.ts";
import type { FlashOptions, FlashSource, TargetOptions } from "./protocol.ts";

const STAYS = "the device stays in its boot ROM: set BOOT0 low and reset it";
const LEFT = "the device was taken out of its boot ROM as --enter or --leave says";
const NEXT = "Run the same command again: it erases and writes anew";

/** What the device is in while each task goes on. */
const STAGES = {
  erase: {
    doing: "erasing",
    device: "The device stays in its boot ROM; sectors of the image are erased or half erased",
  },
  write: {
    doing: "writing",
    device: "The device stays in its boot ROM; its flash holds a part of the image, the last block is not there",
    next: NEXT,
  },
  verify: {
    doing: "verifying",
    device: "The device stays in its boot ROM; not all of the image was read back, and the last block is not there: " +
      "it is written when all else was read back",
    next: NEXT,
  },
  commit: {
    doing: "writing the last block",
    device: "The device stays in its boot ROM; the image is written, and the last block is there or not",
    next: NEXT,
  },
  confirm: {
    doing: "verifying",
    device: "The device stays in its boot ROM; the image was written and not all of it read back",
    next: NEXT,
  },
  start: {
    doing: "starting the application",
    device: "The image is written and verified; the device is in its boot ROM, or in the application",
    next: "Set BOOT0 low and reset it",
  },
} as const satisfies FlashStages;

/** The same where not only sectors of the image are erased. */
const ALL_ERASED = {
  ...STAGES.erase,
  device: "The device stays in its boot ROM; sectors of its flash are erased or half erased",
};

/**
 * Reads a firmware file, or an update, and says how to flash it.
 *
 * @param source The file.
 * @param options The part, what to erase, whether to verify and to go.
 * @returns The conversation.
 * @throws {UsageError} When an option is for the other kind of file.
 * @throws {FileContentError} When the file is damaged.
 */
export async function prepareFlash(source: FlashSource, options: FlashOptions): Promise<Talk<Report>> {
  if (isUpdate(source.bytes)) return await (await import("./an3155_stage.ts")).prepareStaging(source, options);
  refuseUpdateOptions(source, options);
  const { image: whole, notes } = await source.readImage();
  return async (conversation) => {
    const { image, notes: cropNotes } = options.crops
      ? cropToFlash(whole, { ...options, part: options.part ?? await askPart(conversation) })
      : { image: whole, notes: [] };
    const result = await flashInto(conversation, image, options);
    return describeFlash(source, result, {
      ...options,
      notes: [...notes, ...cropNotes],
      leaves: conversation.leaves,
    });
  };
}

function askPart(conversation: Conversation): Promise<Part> {
  return conversation.run(function* (link) {
    return (yield* connect(link)).part;
  });
}

function flashInto(conversation: Conversation, image: MemoryImage, options: FlashOptions): Promise<FlashResult> {
  const { part, trustPart, bankMode, erasesAll, verifies, goAddress, sendAhead } = options;
  const show = watch(conversation, options);
  const follow = followStages(conversation, erasesAll ? { ...STAGES, erase: ALL_ERASED } : STAGES);
  return conversation.run((link) =>
    flashImage(link, image, {
      part,
      trustPart,
      bankMode,
      erase: erasesAll ? "all" : "sectors",
      verify: verifies,
      goAddress,
      sendAhead,
      observer: (event) => {
        follow(event);
        show(event);
      },
    })
  );
}

function describeFlash(
  source: FlashSource,
  result: FlashResult,
  options: TargetOptions & { readonly notes: readonly string[]; readonly leaves: boolean },
): Report {
  const { notes, leaves } = options;
  const { part, writtenBytes, verifiedBytes, blankBytes, erasedSectorCount, rewrittenSectorCount, go } = result;
  const facts: Fact[] = [
    ["flashed", source.path],
    ["part", describePart(part, options)],
    ["written", formatSize(writtenBytes)],
    [
      "verified",
      verifiedBytes > 0 ? formatSize(verifiedBytes) : "no: --no-verify was given",
    ],
    ["blank", blankBytes === 0 ? undefined : `${formatSize(blankBytes)}, erased and not written`],
    ["erased", count(erasedSectorCount, "sector")],
    ["rewritten", rewrittenSectorCount === 0 ? undefined : `${count(rewrittenSectorCount, "sector")}, found spoilt`],
    [
      "recovered",
      result.recoveryCount === 0 ? undefined : `${count(result.recoveryCount, "time")} from a disturbed line`,
    ],
    ["next", go === "not-asked" ? leaves ? LEFT : STAYS : describeGo(go)],
    ...notes.map((note): Fact => ["note", note]),
  ];
  return {
    data: { file: source.path, ...result, part: part.name, notes },
    lines: (style) => formatFacts(facts, style),
  };
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
