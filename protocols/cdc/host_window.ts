/**
 * The host's end of a session: frames go out in order as far as the device's credit reaches, and again when one was lost.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import {
  FRAME_NAMES,
  FRAME_TYPES,
  type FrameName,
  NO_IMAGE,
  REFUSAL_NAMES,
  REFUSALS,
  REPLY_SIZE_MAX,
  STATUS,
} from "./constants.ts";
import { CdcRefusedError, EndlessWorkError, UnknownRefusalError } from "./error.ts";
import type { WorkProgress } from "./device.ts";
import { FrameReader } from "./frame_reader.ts";
import { addToSequence, decodeReply, encodeFrame, type Frame, type Reply, sequenceDistance } from "./frames.ts";
import { WORK_WITHIN_MS } from "./patience.ts";
import { decodeProgress } from "./records.ts";

/** What the host allows beyond the time for which the device says it can be silent: latency, and a busy computer. */
export const ANSWER_MARGIN_MS = 1000;

/** How often the same frames are sent again before the host gives up. */
export const REPEAT_COUNT_MAX = 4;

/** A frame that was sent and is not dealt with. */
interface Sent extends Frame {
  readonly isData: boolean;
}

/** What a window tells its owner. */
export interface WindowObserver {
  /** Data of this many bytes are in flash. */
  onStored(sizeBytes: number): void;
  /** The device is at work. */
  onWork(progress: WorkProgress): void;
  /** Frames were sent again, because something was lost. */
  onRepeat(reason: "timeout" | "gap"): void;
}

/** A session's frames on their way. */
export class HostWindow {
  /** The host's end of the wire. */
  readonly link: ByteLink;
  readonly #session: number;
  readonly #observer: WindowObserver;
  readonly #reader: FrameReader;
  #next = 0;
  #limit = 0;
  #unanswered: Sent[] = [];
  #answerWithinMs: number;
  #deadlineMs = 0;
  #repeatCount = 0;
  /** When it last got further, but for notices that it works. */
  #workSinceMs = 0;
  /** Refusals up to this one follow from one that was thrown already. */
  #refusedThrough: number | undefined;
  #damagedCount = 0;

  /**
   * Makes a session in which nothing was sent.
   *
   * @param link The host's end of the wire.
   * @param options Session number, how long to wait for the first answer, and who is told.
   */
  constructor(
    link: ByteLink,
    options: { readonly session: number; readonly answerWithinMs: number; readonly observer: WindowObserver },
  ) {
    this.link = link;
    this.#session = options.session;
    this.#answerWithinMs = options.answerWithinMs;
    this.#observer = options.observer;
    this.#reader = new FrameReader(link, REPLY_SIZE_MAX);
  }

  /** Frames that came damaged. */
  get damagedCount(): number {
    return this.#damagedCount;
  }

  /** How long the device can be silent, in milliseconds, once it has said so: answers are awaited for longer. */
  set silenceMs(silenceMs: number) {
    this.#answerWithinMs = silenceMs + ANSWER_MARGIN_MS;
  }

  /**
   * Sends a command, when everything before it has been dealt with, and waits for its end.
   *
   * @param name The command.
   * @param options Its argument and body.
   * @returns The reply that ended it.
   * @throws {CdcRefusedError} When the device says no.
   * @throws {LinkTimeoutError} When it does not answer, although asked again.
   */
  *run(name: FrameName, options: { readonly argument?: number; readonly body?: Bytes } = {}): Procedure<Reply> {
    yield* this.drain();
    const sent = this.#makeFrame(name, options);
    this.#workSinceMs = this.link.nowMs;
    yield* this.#transmit([sent], name === "hello");
    while (true) {
      const reply = yield* this.#hear();
      if (reply?.sequence === sent.sequence && reply.argument === STATUS.done && reply.type === sent.type) {
        this.#unanswered = [];
        this.#repeatCount = 0;
        return reply;
      }
    }
  }

  /**
   * Sends data as soon as there is credit. It does not wait until they are in flash.
   *
   * @param image Index of the image.
   * @param body Offset and bytes.
   */
  *sendData(image: number, body: Bytes): Procedure<void> {
    while (sequenceDistance(this.#next, this.#limit) > 0) yield* this.#hear();
    yield* this.#transmit([this.#makeFrame("data", { argument: image, body })], false);
  }

  /** Waits until everything sent has been dealt with. */
  *drain(): Procedure<void> {
    while (this.#unanswered.length > 0) yield* this.#hear();
  }

  #makeFrame(name: FrameName, options: { readonly argument?: number; readonly body?: Bytes }): Sent {
    const { argument = 0, body = new Uint8Array(0) } = options;
    const frame = { type: FRAME_TYPES[name], argument, sequence: this.#next, session: this.#session, body };
    const sent = { ...frame, isData: name === "data" };
    this.#unanswered.push(sent);
    this.#next = addToSequence(this.#next, 1);
    return sent;
  }

  *#transmit(frames: readonly Frame[], isFenced: boolean): Procedure<void> {
    for (const frame of frames) this.link.send(encodeFrame(frame, { isFenced }), FRAME_NAMES.get(frame.type));
    yield* this.link.flush();
    this.#deadlineMs = this.link.nowMs + this.#answerWithinMs;
  }

  /** Waits for a reply, and does what it asks for; gives nothing when none came, and frames were sent again. */
  *#hear(): Procedure<Reply | undefined> {
    const reply = yield* this.#read();
    if (reply === undefined) return undefined;
    // The session that it does not know has neither a next frame nor a credit.
    if (reply.argument === REFUSALS["no-session"]) throw new CdcRefusedError(commandOf(reply), "no-session");
    if (sequenceDistance(reply.next, this.#next) <= 0) yield* this.#heed(reply);
    return reply;
  }

  /** Waits for a frame of this session about something that was sent. */
  *#read(): Procedure<Reply | undefined> {
    const [first] = this.#unanswered;
    const expected = first === undefined ? "credit" : `reply to ${FRAME_NAMES.get(first.type)}`;
    try {
      const frame = yield* this.#reader.read(expected, this.#deadlineMs - this.link.nowMs);
      if (frame === "damaged") this.#damagedCount++;
      const reply = frame === "damaged" ? undefined : decodeReply(frame);
      const isOurs = reply?.session === this.#session && sequenceDistance(reply.sequence, this.#next) < 0;
      return isOurs ? reply : undefined;
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
    }
    if (this.#repeatCount >= REPEAT_COUNT_MAX) throw new LinkTimeoutError(expected, this.#answerWithinMs);
    yield* this.#repeat("timeout");
    return undefined;
  }

  *#heed(reply: Reply): Procedure<void> {
    const { next, limit, sequence, argument: status } = reply;
    if (sequenceDistance(limit, this.#limit) > 0) this.#limit = limit;
    const isRefusal = status > STATUS.gap;
    if (this.#forgetBefore(isRefusal ? sequence : next)) this.#workSinceMs = this.link.nowMs;
    else if (status !== STATUS.working) return yield* this.#act(reply);
    if (this.link.nowMs - this.#workSinceMs >= WORK_WITHIN_MS) {
      throw new EndlessWorkError(FRAME_NAMES.get(reply.type) ?? "work", WORK_WITHIN_MS);
    }
    this.#repeatCount = 0;
    this.#deadlineMs = this.link.nowMs + this.#answerWithinMs;
    yield* this.#act(reply);
  }

  *#act(reply: Reply): Procedure<void> {
    const { argument: status } = reply;
    if (status === STATUS.gap) {
      if (this.#unanswered.length > 0 && this.#repeatCount < REPEAT_COUNT_MAX) yield* this.#repeat("gap");
    } else if (status === STATUS.working) {
      const progress = decodeProgress(reply.body);
      if (progress !== undefined) this.#observer.onWork(progress);
    } else if (status !== STATUS.done) {
      const refusal = this.#takeRefusal(reply);
      if (refusal !== undefined) throw refusal;
    }
  }

  /** Data are forgotten when they are in flash; a command only by its own reply, for that is what is waited for. */
  #forgetBefore(next: number): boolean {
    const isDealtWith = ({ isData, sequence }: Sent) => isData && sequenceDistance(sequence, next) < 0;
    const stored = this.#unanswered.filter(isDealtWith);
    if (stored.length === 0) return false;
    this.#unanswered = this.#unanswered.filter((sent) => !isDealtWith(sent));
    for (const { body } of stored) this.#observer.onStored(body.length - 4);
    return true;
  }

  #takeRefusal(reply: Reply): Error | undefined {
    const { sequence, argument: status, body } = reply;
    if (this.#refusedThrough !== undefined && sequenceDistance(sequence, this.#refusedThrough) <= 0) return undefined;
    const command = commandOf(reply);
    this.#refusedThrough = addToSequence(this.#next, -1);
    this.#unanswered = [];
    const code = REFUSAL_NAMES.get(status);
    if (code === undefined) return new UnknownRefusalError(command, status);
    const image = body[0] === NO_IMAGE ? undefined : body[0];
    return new CdcRefusedError(command, code, image);
  }

  *#repeat(reason: "timeout" | "gap"): Procedure<void> {
    this.#repeatCount++;
    this.#observer.onRepeat(reason);
    yield* this.#transmit(this.#unanswered, true);
  }
}

function commandOf({ type }: Reply): FrameName {
  return FRAME_NAMES.get(type) ?? "status";
}
