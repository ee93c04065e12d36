/**
 * The device's end: sessions, sequence numbers and credits. What the commands do is in `target_commands.ts`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import {
  CRC_BYTES,
  DATA_OFFSET_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_TYPES,
  HELLO_HEAD_BYTES,
  PROBE_BYTES,
  REFUSALS,
  STATUS,
} from "./constants.ts";
import type { CdcDevice, CdcExit } from "./device.ts";
import { FrameReader, type ReadResult } from "./frame_reader.ts";
import { addToSequence, encodeReply, type Frame, sequenceDistance } from "./frames.ts";
import { answerHello, COMMANDS, findHelloFlaw, refusalBody } from "./target_commands.ts";
import type { Answer, Conversation } from "./target_steps.ts";

/** Options of {@linkcode runCdcTarget}. */
export interface RunCdcTargetOptions {
  /** The loader. */
  readonly device: CdcDevice;
}

/**
 * Talks for a loader until it resets or starts the application.
 *
 * While a step of an operation runs, nothing is read: what comes waits in the receiver, which has to hold what the credits
 * allow.
 *
 * @param link The device's end of the wire.
 * @param options The loader.
 * @returns How it ended: the last reply has left the wire by then.
 */
export function* runCdcTarget(link: ByteLink, options: RunCdcTargetOptions): Procedure<CdcExit> {
  return yield* new Target(link, options.device).run();
}

/** Bytes of the largest frame that a device has to take, before COBS. */
export function frameSizeMax(dataSizeMax: number): number {
  const largestBody = Math.max(DATA_OFFSET_BYTES + dataSizeMax, HELLO_HEAD_BYTES + PROBE_BYTES);
  return FRAME_HEADER_BYTES + largestBody + CRC_BYTES;
}

const NO_BODY: Bytes = new Uint8Array(0);

class Target implements Conversation {
  readonly link: ByteLink;
  readonly device: CdcDevice;
  readonly #reader: FrameReader;
  readonly #window: number;
  #session: number | undefined;
  /** The sequence number that comes next. */
  #next = 0;
  /** Whether the host knows that the next frame is missing: it is told once, or each frame in flight would tell it anew. */
  #isGapReported = false;
  /** The last reply that ended a command, for a host that missed it. */
  #lastReply: Bytes = NO_BODY;

  constructor(link: ByteLink, device: CdcDevice) {
    const { limits } = device.describe();
    this.link = link;
    this.device = device;
    this.#window = limits.window;
    this.#reader = new FrameReader(link, frameSizeMax(limits.dataSizeMax));
  }

  *run(): Procedure<CdcExit> {
    let frame = yield* this.#reader.read("frame", Infinity);
    while (true) {
      const answer = yield* this.#deal(frame);
      if (answer?.exit !== undefined) {
        yield* this.link.flush();
        return answer.exit;
      }
      frame = answer?.interruptedBy ?? (yield* this.#reader.read("frame", Infinity));
    }
  }

  /** Says that a command is being worked on. */
  report(frame: Frame, body: Bytes): void {
    this.link.send(this.#encode(frame, { status: STATUS.working, body }), "at work");
  }

  /**
   * Looks between two steps of a long operation for what may break it off: another host's hello, or an abort. A repeated
   * command gets a notice at once; anything else breaks the rules, and is forgotten.
   */
  *findInterruption(frame: Frame, notice: Bytes): Procedure<Frame | undefined> {
    for (let came = yield* this.#reader.poll(); came !== undefined; came = yield* this.#reader.poll()) {
      if (came === "damaged") continue;
      if (came.type === FRAME_TYPES.hello) {
        if (findHelloFlaw(came) === undefined) return came;
        this.#reportFlaw(came);
        continue;
      }
      if (came.session !== this.#session) continue;
      const distance = sequenceDistance(came.sequence, this.#next);
      if (distance === 0) this.report(frame, notice);
      if (distance !== 1 || came.type !== FRAME_TYPES.abort) continue;
      this.#next = came.sequence;
      return came;
    }
    return undefined;
  }

  *#deal(frame: ReadResult): Procedure<Answer | undefined> {
    if (frame === "damaged") {
      this.#reportGap(undefined);
      return undefined;
    }
    if (frame.type === FRAME_TYPES.hello) return this.#greet(frame);
    if (frame.session !== this.#session) {
      const bytes = this.#encode(frame, { status: REFUSALS["no-session"], body: refusalBody(undefined) });
      this.link.send(bytes, "no session");
      return undefined;
    }
    const distance = sequenceDistance(frame.sequence, this.#next);
    if (distance > 0) this.#reportGap(frame);
    else if (distance < 0) this.link.send(this.#lastReply, "reply again");
    else return yield* this.#execute(frame);
    return undefined;
  }

  *#execute(frame: Frame): Procedure<Answer | undefined> {
    this.#isGapReported = false;
    const command = COMMANDS.get(frame.type);
    const result = command === undefined
      ? { status: REFUSALS["unknown-command"], body: refusalBody(undefined) }
      : command(this, frame);
    const answer = "status" in result ? result : yield* result;
    if (answer.interruptedBy === undefined) this.#lastReply = this.#conclude(frame, answer);
    return answer;
  }

  #greet(frame: Frame): undefined {
    const answer = answerHello(this, frame);
    if (answer.status !== STATUS.done) {
      this.#reply(frame, answer);
      return undefined;
    }
    this.#session = frame.session;
    this.#next = frame.sequence;
    this.#isGapReported = false;
    this.#lastReply = this.#conclude(frame, answer);
    return undefined;
  }

  /** Refuses a hello, and nothing else changes. */
  #reportFlaw(hello: Frame): void {
    this.#reply(hello, answerHello(this, hello));
  }

  #conclude(frame: Frame, answer: Answer): Bytes {
    if (frame.session === this.#session) this.#next = addToSequence(frame.sequence, 1);
    return this.#reply(frame, answer);
  }

  #reportGap(frame: Frame | undefined): void {
    if (this.#session === undefined || this.#isGapReported) return;
    this.#isGapReported = true;
    const about = frame ?? { type: 0, argument: 0, sequence: this.#next, session: this.#session, body: NO_BODY };
    this.link.send(this.#encode(about, { status: STATUS.gap, body: NO_BODY }), "gap");
  }

  #reply(frame: Frame, answer: Answer): Bytes {
    const bytes = this.#encode(frame, answer);
    this.link.send(bytes, "reply");
    return bytes;
  }

  #encode(frame: Frame, answer: Pick<Answer, "status" | "body">): Bytes {
    const { type, sequence, session } = frame;
    const isOurs = session === this.#session;
    const next = isOurs ? this.#next : 0;
    const limit = isOurs ? addToSequence(next, this.#window - 1) : 0;
    return encodeReply({ type, argument: answer.status, sequence, session, next, limit, body: answer.body });
  }
}
