/**
 * An operation step by step: the target sleeps for as long as each step keeps its CPU busy, and says in between that it
 * works.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { NOTICE_AFTER_MS, REFUSALS, STATUS } from "./constants.ts";
import type { CdcDevice, CdcExit, Step } from "./device.ts";
import type { Frame } from "./frames.ts";
import { encodeProgress } from "./records.ts";
import { RecordWriter } from "./record_bytes.ts";
import { NO_IMAGE } from "./constants.ts";

/** What a command is answered with. */
export interface Answer {
  /** Status of the reply. */
  readonly status: number;
  /** Body of the reply. */
  readonly body: Bytes;
  /** How the conversation ends once the reply has left. */
  readonly exit?: CdcExit | undefined;
  /** The frame that broke the command off; there is no reply then. */
  readonly interruptedBy?: Frame | undefined;
}

/** A conversation, as its commands see it. */
export interface Conversation {
  /** The device's end of the wire. */
  readonly link: ByteLink;
  /** The loader. */
  readonly device: CdcDevice;
  /** Says that a command is being worked on. */
  report(frame: Frame, body: Bytes): void;
  /** Looks for a frame that breaks a long operation off. */
  findInterruption(frame: Frame, notice: Bytes): Procedure<Frame | undefined>;
}

/** Options of {@linkcode runSteps}. */
export interface RunStepsOptions<T> {
  /** Makes the body of the reply. */
  readonly toBody: (value: T) => Bytes;
  /** How the conversation ends when the operation is done. */
  readonly exit?: CdcExit | undefined;
  /**
   * Whether frames are looked at between two steps. Not while data come: the next ones wait their turn.
   *
   * @default {true}
   */
  readonly canBeInterrupted?: boolean | undefined;
}

/**
 * Runs an operation to its end.
 *
 * @typeParam T What the operation ends with.
 * @param conversation Whose operation it is.
 * @param frame The command.
 * @param step Does one step.
 * @param options What to answer with.
 * @returns The answer.
 */
export function* runSteps<T>(
  conversation: Conversation,
  frame: Frame,
  step: () => Step<T>,
  options: RunStepsOptions<T>,
): Procedure<Answer> {
  const { link } = conversation;
  const { toBody, exit, canBeInterrupted = true } = options;
  let quietSinceMs = link.nowMs;
  while (true) {
    const result = step();
    if (result.busyMs > 0) yield* link.sleep(result.busyMs);
    if (result.kind === "refused") return { status: REFUSALS[result.code], body: refusalBody(result.image) };
    if (result.kind === "done") return { status: STATUS.done, body: toBody(result.value), exit };
    const notice = encodeProgress(result.progress);
    if (link.nowMs - quietSinceMs >= NOTICE_AFTER_MS) {
      conversation.report(frame, notice);
      quietSinceMs = link.nowMs;
    }
    const interruptedBy = canBeInterrupted ? yield* conversation.findInterruption(frame, notice) : undefined;
    if (interruptedBy !== undefined) return { status: STATUS.working, body: notice, interruptedBy };
  }
}

/**
 * Gives the body of a refusal.
 *
 * @param image Index of the image at fault, if there is one.
 * @returns Fresh bytes, 4 of them.
 */
export function refusalBody(image: number | undefined): Bytes {
  return new RecordWriter(4).u8(image ?? NO_IMAGE).bytes;
}
