/**
 * What every AN3155 command begins with: finding the boot ROM and the part, and telling so.
 *
 * @module
 */

import { PARTS } from "../../core/parts/find_part.ts";
import type { Part } from "../../core/parts/part.ts";
import type { SessionEvent } from "../../protocols/an3155/line.ts";
import { connect, type ConnectOptions, type Session } from "../../protocols/an3155/session.ts";
import type { ByteLink } from "../../protocols/link/byte_link.ts";
import { RefusedError } from "../../protocols/link/error.ts";
import type { Procedure } from "../../protocols/link/procedure.ts";
import type { Conversation } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import type { TargetOptions } from "./protocol.ts";

/** Nothing was asked of the device that changes it. */
export const READING: Stage = {
  doing: "reading",
  device: "Nothing on the device was changed, and it stays in its boot ROM",
  next: "Run the same command again",
};

/**
 * Connects, then does something in the session.
 *
 * @typeParam T What that gives.
 * @param conversation The conversation.
 * @param options The part, and what to send ahead.
 * @param work What to do.
 * @returns What it gives.
 */
export function inSession<T>(
  conversation: Conversation,
  options: ConnectOptions,
  work: (session: Session) => Procedure<T>,
): Promise<T> {
  const observer = watch(conversation, options);
  return conversation.run(function* (link: ByteLink): Procedure<T> {
    const session = yield* connect(link, { ...options, observer });
    conversation.reportStage(READING);
    return yield* work(session);
  });
}

/**
 * Shows what happens in a session.
 *
 * @param conversation Where to show it.
 * @param options What the user said of the device.
 * @returns The session's observer.
 */
export function watch({ progress }: Conversation, options: TargetOptions): (event: SessionEvent) => void {
  return (event) => {
    switch (event.kind) {
      case "connected":
        return progress.say(
          `connected to ${nameOf(event, options)}, boot ROM protocol ${formatVersion(event.version)}`,
        );
      case "erasing":
        return progress.reportStart("erase");
      case "progress":
        return progress.update(event.task, event);
      case "recovered":
        // A refusal is an answer: in info it is what was asked for, elsewhere it ends the command when it stays.
        if (event.error instanceof RefusedError) return;
        return progress.say(`the line was disturbed, going on: ${messageOf(event.error)}`);
      case "fell-back":
        return progress.say("the boot ROM does not follow when bytes are sent ahead: going on without");
      case "rewriting":
        return progress.say(`sector ${event.sector.index} does not hold what was written: writing it anew`);
    }
  };
}

/**
 * Names the part. The boot ROM of an H747 answers as that of an H743: unless the user says it, nobody knows.
 *
 * @param part The part that was chosen.
 * @param options What the user said of the device.
 * @returns Its name, and that others answer alike where they do.
 */
export function describePart(part: Part, options: TargetOptions): string {
  if (options.trustPart === true) return `${part.name}, on trust`;
  const isOnlyOne = options.part !== undefined || findAlike(part).length === 0;
  return isOnlyOne ? part.name : `${part.name} or one that answers alike`;
}

/** As every line has it: short, as long as nothing depends on which it is. */
function nameOf(choice: Choice, options: TargetOptions): string {
  return choice.isPartGuessed ? describeChoice(choice, options) : describePart(choice.part, options);
}

/** A part, and how it was chosen. */
type Choice = Pick<Session, "part" | "isPartGuessed">;

/**
 * Names every part that it may be.
 *
 * @param choice The part that was chosen.
 * @param options What the user said of the device.
 * @returns All names.
 */
export function describeChoice(choice: Choice, options: TargetOptions): string {
  const others = findOthers(choice, options);
  if (others.length === 0) return describePart(choice.part, options);
  return `${choice.part.name}, or ${others.map(({ name }) => name).join(", ")}: they answer alike`;
}

/**
 * Finds the parts that it may be as well.
 *
 * @param choice The part that was chosen.
 * @param options What the user said of the device.
 * @returns The others.
 */
export function findOthers({ part, isPartGuessed }: Choice, options: TargetOptions): Part[] {
  if (options.part !== undefined) return [];
  const sharing = isPartGuessed ? PARTS.filter(({ chipId }) => chipId === part.chipId) : [];
  return [...new Set([...sharing, ...findAlike(part)])].filter((other) => other !== part);
}

/** Finds the parts that no answer tells from one. */
function findAlike(part: Part): Part[] {
  return PARTS.filter((other) =>
    other !== part && other.chipId === part.chipId && other.flash.sizeBytes === part.flash.sizeBytes
  );
}

/**
 * Formats the version of the protocol.
 *
 * @param version As the ROM says it: 0x31.
 * @returns As people say it: 3.1.
 */
export function formatVersion(version: number): string {
  return `${version >> 4}.${version & 15}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace("Cannot go on: ", "") : String(error);
}
